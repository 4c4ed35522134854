"""One line on its way into chat, and a short memory of message ids."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Final

from companion.kernel.result import Result
from companion.ports.chat import SayError, Sent
from companion.ports.twitch import ChatMessage

_IDS_KEPT: Final = 2000
"""Ten minutes of the fastest that Twitch allows: EventSub tells of a message within seconds."""


@dataclass(eq=False, slots=True)
class Utterance:
    """A line from `say` to its outcome. `deadline` and `look_until` are monotonic seconds."""

    text: str
    reply_to: str | None
    deadline: float
    outcome: asyncio.Future[Result[Sent, SayError]]
    sender: str | None = None
    """The account it left under, once it has left."""
    seen: ChatMessage | None = None
    """The message in chat that it was found to be before Twitch's answer came."""
    look_until: float = 0.0
    doubts: list[asyncio.Future[None]] = field(default_factory=list)
    """Who waits to learn which message this one is."""

    def settle(self, outcome: Result[Sent, SayError]) -> None:
        """Tell whoever said it, if somebody still waits."""
        if not self.outcome.done():
            self.outcome.set_result(outcome)

    def is_in(self, message: ChatMessage) -> bool:
        """Whether this message may be this line: by account, text and what it replies to.

        Twitch puts the name of the person answered before the text of a reply.
        """
        if self.seen is not None or message.viewer.user_id != self.sender or message.from_other_channel:
            return False
        if message.text == self.text:
            return True
        name, _, rest = message.text.partition(" ")
        return self.reply_to is not None and message.reply_to == self.reply_to and name[:1] == "@" and rest == self.text


class Remembered:
    """The newest 2000 ids."""

    def __init__(self) -> None:
        self._ids: dict[str, None] = {}

    def __contains__(self, message_id: str) -> bool:
        return message_id in self._ids

    def add(self, message_id: str) -> None:
        """Remember one; the oldest is forgotten."""
        self._ids[message_id] = None
        if len(self._ids) > _IDS_KEPT:
            del self._ids[next(iter(self._ids))]
