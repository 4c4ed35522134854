"""Chat in memory: Helix's side of sending, the shout-outs, a voice that remembers, and messages as EventSub tells."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from companion.kernel.instant import Clock, Instant
from companion.kernel.result import Err, Ok, Result
from companion.ports.chat import ChatDropped, ChatOff, SayError, Sent
from companion.ports.failures import NetworkDown, RateLimited, Refused, ServiceError
from companion.ports.twitch import ChatMessage
from companion.ports.viewers import Role, Viewer
from tests.fakes.clock import START

STREAMER = Viewer("900100", "lanternharbor", "LanternHarbor")
ANN = Viewer("2", "ann", "Ann")


def a_message(
    text: str,
    *,
    chat_id: str = "chat-1",
    viewer: Viewer = ANN,
    role: Role = "everyone",
    sent_at: Instant = START,
    reply_to: str | None = None,
    from_other_channel: bool = False,
) -> ChatMessage:
    """A chat message as EventSub tells it; the notification's id follows from the chat's."""
    return ChatMessage(
        message_id=f"notification-{chat_id}",
        sent_at=sent_at,
        chat_id=chat_id,
        viewer=viewer,
        text=text,
        role=role,
        color="",
        reply_to=reply_to,
        from_other_channel=from_other_channel,
        reward_id=None,
    )


@dataclass(frozen=True, slots=True)
class Line:
    """One line that stands in chat."""

    chat_id: str
    text: str
    reply_to: str | None
    sent_at: Instant


class FakeChat:
    """`ChatApi`. `lines` is what stands in chat, whatever was answered.

    `answers` are taken one each by the next calls: an error (nothing is sent), "lost" (it is sent, the answer is
    not heard), or None (all well). `may_answer`, cleared, makes calls wait after their effect.
    """

    def __init__(self, clock: Clock, *, sender: Viewer | None = STREAMER) -> None:
        self._clock = clock
        self.sender = sender
        self.lines: list[Line] = []
        self.calls: list[str] = []
        self.answers: deque[ServiceError | ChatDropped | str | None] = deque()
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    def sender_id(self) -> str | None:
        return None if self.sender is None else self.sender.user_id

    async def send_message(self, text: str, *, reply_to: str | None = None) -> Result[Sent, ChatDropped | ServiceError]:
        self.calls.append(text)
        fault = self.answers.popleft() if self.answers else None
        if fault is not None and not isinstance(fault, str):
            await self.may_answer.wait()
            return Err(fault)
        line = Line(f"sent-{len(self.lines) + 1}", text, reply_to, self._clock.now())
        self.lines.append(line)
        await self.may_answer.wait()
        if fault is not None:
            return Err(NetworkDown("the answer was lost"))
        return Ok(Sent(line.chat_id, self._clock.now()))

    def as_heard(self, line: Line) -> ChatMessage:
        """The same line as EventSub tells it."""
        assert self.sender is not None
        return a_message(
            line.text, chat_id=line.chat_id, viewer=self.sender, role="broadcaster", reply_to=line.reply_to
        )


class FakeVoice:
    """`ChatVoice` that remembers what was said. `errors` answer the next calls, one each; `held` answers all."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.said: list[str] = []
        self.replies: list[tuple[str, str | None]] = []
        """(text, reply_to) of everything said."""
        self.errors: deque[SayError | None] = deque()
        self.held = False
        self.fast = timedelta(0)
        """So far this machine's clock is ahead of Twitch's."""

    async def say(self, text: str, *, reply_to: str | None = None, patience: float = 10.0) -> Result[Sent, SayError]:
        assert patience >= 0
        if self.held:
            return Err(ChatOff("Everything is on hold.", held=True))
        error = self.errors.popleft() if self.errors else None
        if error is not None:
            return Err(error)
        self.said.append(text)
        self.replies.append((text, reply_to))
        return Ok(Sent(f"said-{len(self.said)}", self._clock.now() - self.fast))


class FakeShoutouts:
    """`ShoutoutApi` with Twitch's two limits. `errors` answer the next calls, one each."""

    def __init__(self, clock: Clock, *, own_id: str = STREAMER.user_id) -> None:
        self._clock = clock
        self._own_id = own_id
        self._given: list[tuple[Instant, str]] = []
        self.errors: deque[ServiceError] = deque()

    @property
    def given(self) -> Sequence[str]:
        """The channels that were shouted out, in order."""
        return [channel for _, channel in self._given]

    async def shout_out(self, to_user_id: str) -> Result[None, ServiceError]:
        if self.errors:
            return Err(self.errors.popleft())
        if to_user_id == self._own_id:
            return Err(Refused(400, "The broadcaster may not give themselves a Shoutout."))
        now = self._clock.now()
        free = [at + timedelta(minutes=2) for at, _ in self._given]
        free += [at + timedelta(hours=1) for at, channel in self._given if channel == to_user_id]
        if free and max(free) > now:
            return Err(RateLimited(max(free)))
        self._given.append((now, to_user_id))
        return Ok(None)
