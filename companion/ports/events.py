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


DomainEvent: TypeAlias = StreamWentOnline | StreamWentOffline | StreamSessionEnded | NowPlayingChanged
