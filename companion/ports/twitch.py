"""What the application asks of Twitch's Helix API, and what EventSub tells it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol, TypeAlias

from companion.kernel.instant import Instant
from companion.kernel.result import Result
from companion.ports.failures import ServiceError
from companion.ports.rewards import Redemption
from companion.ports.tokens import Account
from companion.ports.viewers import Role, Viewer


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


@dataclass(frozen=True, slots=True)
class RedemptionAdded:
    """EventSub `channel.channel_points_custom_reward_redemption.add`, of any reward in the channel."""

    message_id: str
    sent_at: Instant
    redemption: Redemption


@dataclass(frozen=True, slots=True)
class RedemptionUpdated:
    """EventSub `...redemption.update`: somebody (we, or the streamer in the dashboard) settled it."""

    message_id: str
    sent_at: Instant
    redemption: Redemption


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """EventSub `channel.chat.message`. `chat_id` names the message in chat, `message_id` the notification."""

    message_id: str
    sent_at: Instant
    chat_id: str
    viewer: Viewer
    text: str
    role: Role
    color: str
    reply_to: str | None
    from_other_channel: bool
    """It came out of another channel of a shared chat: never a command."""
    reward_id: str | None
    is_first: bool = False


@dataclass(frozen=True, slots=True)
class Followed:
    """EventSub `channel.follow`."""

    message_id: str
    sent_at: Instant
    viewer: Viewer


@dataclass(frozen=True, slots=True)
class Subscribed:
    """EventSub `channel.subscribe`: new subscriptions, and every receiver of a gift. `tier` is 1, 2 or 3."""

    message_id: str
    sent_at: Instant
    viewer: Viewer
    tier: int
    is_gift: bool


@dataclass(frozen=True, slots=True)
class Resubscribed:
    """EventSub `channel.subscription.message`: a renewal that the viewer shared in chat."""

    message_id: str
    sent_at: Instant
    viewer: Viewer
    tier: int
    months: int


@dataclass(frozen=True, slots=True)
class SubsGifted:
    """EventSub `channel.subscription.gift`. `viewer` None: anonymous."""

    message_id: str
    sent_at: Instant
    viewer: Viewer | None
    tier: int
    count: int


@dataclass(frozen=True, slots=True)
class Cheered:
    """EventSub `channel.cheer`. `viewer` None: anonymous."""

    message_id: str
    sent_at: Instant
    viewer: Viewer | None
    bits: int


@dataclass(frozen=True, slots=True)
class Raided:
    """EventSub `channel.raid` towards us. `raider` is the channel that came."""

    message_id: str
    sent_at: Instant
    raider: Viewer
    viewers: int


Notification: TypeAlias = (
    StreamOnline
    | StreamOffline
    | RedemptionAdded
    | RedemptionUpdated
    | ChatMessage
    | Followed
    | Subscribed
    | Resubscribed
    | SubsGifted
    | Cheered
    | Raided
)


@dataclass(frozen=True, slots=True)
class Gap:
    """A span in which notifications may have been lost (nothing is replayed by Twitch)."""

    since: Instant | None
    """None at the first connection after a start."""
    until: Instant
    reason: str


class EventSubReceiver(Protocol):
    """Who is told. The calls are awaited in order; a slow receiver delays the next message, loses none."""

    async def on_notifications(self, notifications: Sequence[Notification]) -> None:
        """All that came since the last call (one or more), in order, parsed and deduplicated by message id."""
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
