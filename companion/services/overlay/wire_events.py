"""What happened, as pages are told: the forms of all events that go to overlays."""

from __future__ import annotations

from typing import Literal, TypeAlias

from companion.services.overlay.wire_base import Wire, WireInstant

EventName: TypeAlias = Literal[
    "stream_online", "stream_offline", "stream_session_ended", "now_playing_changed", "song_request_success",
    "song_request_refused", "raffle_roll", "raffle_epoch", "achievement_unlocked", "follow", "subscription", "gift",
    "cheer", "raid",
]  # fmt: skip


class StreamOnlineData(Wire):
    """Event `stream_online`."""

    event_id: str
    session_id: str
    started_at: WireInstant
    resumed: bool


class StreamOfflineData(Wire):
    """Event `stream_offline`."""

    event_id: str
    session_id: str
    started_at: WireInstant
    ended_at: WireInstant
    peak_viewers: int
    resume_until: WireInstant


class StreamSessionEndedData(Wire):
    """Event `stream_session_ended`."""

    event_id: str
    session_id: str
    started_at: WireInstant
    ended_at: WireInstant
    peak_viewers: int


class NowPlayingChangedData(Wire):
    """Event `now_playing_changed`."""

    event_id: str
    kind: str
    track_id: str | None
    title: str | None
    artists: tuple[str, ...]
    is_playing: bool


class SongRequestSuccessData(Wire):
    """Event `song_request_success`: a requested song began to play."""

    event_id: str
    request_id: str
    viewer_name: str
    track_id: str
    title: str
    artists: tuple[str, ...]
    session_id: str | None


class SongRequestRefusedData(Wire):
    """Event `song_request_refused`. `text` is the sentence for the viewer."""

    event_id: str
    request_id: str
    viewer_name: str
    reason: str
    by_viewer: bool
    text: str
    session_id: str | None


class RaffleRollData(Wire):
    """Event `raffle_roll`. `chain` is the hash chain's head (hex) after entry number `entry`."""

    event_id: str
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
    session_id: str | None


class RaffleEpochData(Wire):
    """Event `raffle_epoch`. `seed` None: the epoch opened; otherwise it was revealed."""

    event_id: str
    epoch: int
    commitment: str
    seed: str | None


class AchievementUnlockedData(Wire):
    """Event `achievement_unlocked`. `icon` is the emoji's code points in hex."""

    event_id: str
    viewer_name: str
    achievement_id: str
    name: str
    description: str
    icon: str
    session_id: str | None


class FollowData(Wire):
    """Event `follow`."""

    event_id: str
    viewer_name: str


class SubscriptionData(Wire):
    """Event `subscription`. `months` 1: a new one."""

    event_id: str
    viewer_name: str
    tier: int
    months: int


class GiftData(Wire):
    """Event `gift`: one for the whole gift. `viewer_name` None: anonymous."""

    event_id: str
    viewer_name: str | None
    tier: int
    count: int


class CheerData(Wire):
    """Event `cheer`. `viewer_name` None: anonymous."""

    event_id: str
    viewer_name: str | None
    bits: int


class RaidData(Wire):
    """Event `raid`."""

    event_id: str
    viewer_name: str
    viewers: int


EventData: TypeAlias = (
    StreamOnlineData
    | StreamOfflineData
    | StreamSessionEndedData
    | NowPlayingChangedData
    | SongRequestSuccessData
    | SongRequestRefusedData
    | RaffleRollData
    | RaffleEpochData
    | AchievementUnlockedData
    | FollowData
    | SubscriptionData
    | GiftData
    | CheerData
    | RaidData
)
