"""What the application asks of Twitch's Helix API, and what EventSub tells it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol, TypeAlias

from companion.kernel.instant import Instant
from companion.kernel.result import Result
from companion.ports.failures import ServiceError
from companion.ports.tokens import Account


@dataclass(frozen=True, slots=True)
class LiveStream:
    """A stream that Helix reports as live."""

    stream_id: str
    started_at: Instant
    viewer_count: int
    title: str
    category: str


@dataclass(frozen=True, slots=True)
class StreamAnswer:
    """What Get Streams said, and when Twitch said it (the answer's `Date`, not this machine's clock)."""

    stream: LiveStream | None
    answered_at: Instant


class TwitchApi(Protocol):
    """Helix, as the durable objects use it. 401 is answered with one refreshed retry inside."""

    async def get_stream(self) -> Result[StreamAnswer, ServiceError]:
        """The signed-in broadcaster's stream. Lags the truth by minutes both ways."""
        ...

    async def get_account(self) -> Result[Account, ServiceError]:
        """The signed-in user."""
        ...


@dataclass(frozen=True, slots=True)
class StreamOnline:
    """EventSub `stream.online`; `sent_at` is the message's timestamp."""

    message_id: str
    sent_at: Instant
    stream_id: str
    started_at: Instant


@dataclass(frozen=True, slots=True)
class StreamOffline:
    """EventSub `stream.offline`; `sent_at` is the only time it carries."""

    message_id: str
    sent_at: Instant


Notification: TypeAlias = StreamOnline | StreamOffline


@dataclass(frozen=True, slots=True)
class Gap:
    """A span in which notifications may have been lost (nothing is replayed by Twitch)."""

    since: Instant | None
    """None at the first connection after a start."""
    until: Instant
    reason: str


class EventSubReceiver(Protocol):
    """Who is told. Both calls are awaited in order; a slow receiver delays the next message, loses none."""

    async def on_notification(self, notification: Notification) -> None:
        """One notification, already parsed and deduplicated by message id."""
        ...

    async def on_gap(self, gap: Gap) -> None:
        """Called after each (re)connection that was not a seamless reconnect: time to catch up over Helix."""
        ...

    async def on_revoked(self, subscription_type: str, status: str) -> None:
        """Twitch withdrew a subscription (`authorization_revoked`, `user_removed`, ...)."""
        ...


EventSubPhase: TypeAlias = Literal["off", "connecting", "connected", "waiting"]


@dataclass(frozen=True, slots=True)
class EventSubStatus:
    """The state of the EventSub connection, for the connection strip."""

    phase: EventSubPhase
    reason: str | None
    since: Instant | None
    retry_at: Instant | None
    subscriptions: tuple[str, ...]
    failed_subscriptions: tuple[tuple[str, str], ...]
    """(type, why): a subscription that Twitch refused; the others go on."""
    clock_offset: timedelta | None
    """This machine's clock minus Twitch's, measured at each welcome."""
    last_gap: Gap | None


class EventSubConnection(Protocol):
    """The EventSub client, as the application sees it."""

    def status(self) -> EventSubStatus:
        """The present state, without I/O."""
        ...

    def reconnect_now(self) -> None:
        """Do not wait for the next attempt."""
        ...
