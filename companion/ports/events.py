"""Domain events: what happened, told through the outbox to whoever receives them.

Every event names itself (`kind`), has a deterministic or random `event_id`, and the instant it happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from companion.kernel.instant import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamWentOnline:
    """A session went live; `resumed` when it continues one that had gone offline within the resume window."""

    event_id: str
    at: Instant
    session_id: str
    stream_id: str
    started_at: Instant
    resumed: bool
    kind: Literal["stream_online"] = "stream_online"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamWentOffline:
    """A session went offline, for now: it ends when nothing comes back within the resume window."""

    event_id: str
    at: Instant
    session_id: str
    started_at: Instant
    ended_at: Instant
    peak_viewer_count: int
    resume_until: Instant
    kind: Literal["stream_offline"] = "stream_offline"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSessionEnded:
    """A session is over for good. Refunds, raffle closing and streak resets hang on this."""

    event_id: str
    at: Instant
    session_id: str
    started_at: Instant
    ended_at: Instant
    peak_viewer_count: int
    kind: Literal["stream_session_ended"] = "stream_session_ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class NowPlayingChanged:
    """Another song plays, or playing began, paused or stopped."""

    event_id: str
    at: Instant
    playing_kind: str
    track_id: str | None
    title: str | None
    artists: tuple[str, ...]
    is_playing: bool
    kind: Literal["now_playing_changed"] = "now_playing_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SongRequestSucceeded:
    """A requested song was seen playing, whatever becomes of its points.

    `at`: when it began to play, by Twitch's clock, as the start of a session is.
    """

    event_id: str
    at: Instant
    request_id: str
    source: str
    session_id: str | None
    viewer_id: str
    viewer_name: str
    track_id: str
    title: str
    artists: tuple[str, ...]
    kind: Literal["song_request_success"] = "song_request_success"


@dataclass(frozen=True, slots=True, kw_only=True)
class SongRequestRefused:
    """A request came to nothing. `by_viewer`: for the viewer's own doing (a rule, a bad link), not for an outage."""

    event_id: str
    at: Instant
    request_id: str
    source: str
    session_id: str | None
    viewer_id: str
    viewer_name: str
    reason: str
    by_viewer: bool
    text: str
    kind: Literal["song_request_refused"] = "song_request_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class RaffleRolled:
    """One roll of the raffle, fulfilled. `chain` is the hash chain's head (hex) after entry number `entry`."""

    event_id: str
    at: Instant
    redemption_id: str
    session_id: str | None
    viewer_id: str
    viewer_name: str
    epoch: int
    roll: int
    winning: int
    distance: int
    won: bool
    new_record: bool
    entry: int
    chain: str
    prize: str
    kind: Literal["raffle_roll"] = "raffle_roll"


@dataclass(frozen=True, slots=True, kw_only=True)
class RaffleEpochChanged:
    """An epoch of the raffle opened (its commitment stands in chat) or was revealed (`seed` is set)."""

    event_id: str
    at: Instant
    epoch: int
    commitment: str
    seed: str | None
    kind: Literal["raffle_epoch"] = "raffle_epoch"


@dataclass(frozen=True, slots=True, kw_only=True)
class AchievementUnlocked:
    """A viewer unlocked an achievement."""

    event_id: str
    at: Instant
    session_id: str | None
    viewer_id: str
    viewer_name: str
    achievement_id: str
    name: str
    description: str
    icon: str
    kind: Literal["achievement_unlocked"] = "achievement_unlocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewerFollowed:
    """A new follower."""

    event_id: str
    at: Instant
    viewer_id: str
    viewer_name: str
    kind: Literal["follow"] = "follow"


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewerSubscribed:
    """A subscription of one's own (not a gift received). `months` 1 for a new one; more for a renewal told in chat."""

    event_id: str
    at: Instant
    viewer_id: str
    viewer_name: str
    tier: int
    months: int
    kind: Literal["subscription"] = "subscription"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubsWereGifted:
    """One gift of `count` subscriptions, however many receivers are told of one by one. `viewer_id` None: anonymous."""

    event_id: str
    at: Instant
    viewer_id: str | None
    viewer_name: str | None
    tier: int
    count: int
    kind: Literal["gift"] = "gift"


@dataclass(frozen=True, slots=True, kw_only=True)
class BitsCheered:
    """A cheer. `viewer_id` None: anonymous."""

    event_id: str
    at: Instant
    viewer_id: str | None
    viewer_name: str | None
    bits: int
    kind: Literal["cheer"] = "cheer"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRaided:
    """Another channel brought its viewers."""

    event_id: str
    at: Instant
    viewer_id: str
    viewer_name: str
    viewers: int
    kind: Literal["raid"] = "raid"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMessageSeen:
    """Somebody wrote in our own chat (commands included, our own lines not)."""

    event_id: str
    at: Instant
    session_id: str | None
    viewer_id: str
    viewer_name: str
    kind: Literal["chat_message"] = "chat_message"


DomainEvent: TypeAlias = (
    StreamWentOnline
    | StreamWentOffline
    | StreamSessionEnded
    | NowPlayingChanged
    | SongRequestSucceeded
    | SongRequestRefused
    | RaffleRolled
    | RaffleEpochChanged
    | AchievementUnlocked
    | ViewerFollowed
    | ViewerSubscribed
    | SubsWereGifted
    | BitsCheered
    | ChannelRaided
    | ChatMessageSeen
)
