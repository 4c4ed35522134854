"""Chat: what comes over EventSub, and the voice that answers over Helix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from companion.kernel.instant import Instant
from companion.kernel.result import Result
from companion.ports.failures import ServiceError

LONGEST_LINE: Final = 500
"""Code points that Twitch takes in one message."""


@dataclass(frozen=True, slots=True)
class Sent:
    """Twitch took the message; `message_id` is what EventSub will show it under, `sent_at` is Twitch's time of it."""

    message_id: str
    sent_at: Instant


@dataclass(frozen=True, slots=True)
class ChatDropped:
    """Twitch answered 200 and did not show the message; `reason` is its text for people."""

    reason: str


@dataclass(frozen=True, slots=True)
class ChatUncertain:
    """The answer was lost and the message was not seen in chat: it may or may not stand there. Never sent again."""


@dataclass(frozen=True, slots=True)
class ChatBusy:
    """The rate limit leaves no room before the caller's patience ends; nothing was sent."""

    retry_at: Instant


@dataclass(frozen=True, slots=True)
class ChatOff:
    """Nothing was sent: chat is not permitted or not signed in (`reason`), or everything is on hold (`held`)."""

    reason: str
    held: bool = False


@dataclass(frozen=True, slots=True)
class ChatRefused:
    """Nothing was sent: Twitch could not be asked, or refused (banned, too large, ...)."""

    error: ServiceError


SayError: TypeAlias = ChatDropped | ChatUncertain | ChatBusy | ChatOff | ChatRefused


class ChatVoice(Protocol):
    """Speaks in the streamer's chat, in order, within Twitch's limits, at most once per call."""

    async def say(self, text: str, *, reply_to: str | None = None, patience: float = 10.0) -> Result[Sent, SayError]:
        """Send one line. It is cut to 500 code points at a word, and never begins with `!`, `/` or `.`.

        `reply_to`: the id of the chat message that is answered. `patience`: seconds to wait for room in the rate
        limit. A lost answer is looked up in chat itself for 10 s before it is called uncertain.
        """
        ...


class ChatApi(Protocol):
    """The chat calls of Helix, as the voice uses them."""

    async def send_message(self, text: str, *, reply_to: str | None = None) -> Result[Sent, ChatDropped | ServiceError]:
        """`POST /chat/messages` once. `NetworkDown`, `ProviderUnavailable` and `MalformedAnswer`: outcome unknown."""
        ...

    def sender_id(self) -> str | None:
        """The account that sends: the bot's where one is signed in, else the broadcaster's."""
        ...


class ShoutoutApi(Protocol):
    """The official shout-out of Helix."""

    async def shout_out(self, to_user_id: str) -> Result[None, ServiceError]:
        """`POST /chat/shoutouts`: one in 2 minutes, the same channel once an hour (`RateLimited`)."""
        ...
