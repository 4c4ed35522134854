"""Every message between the server and an overlay page, and how our own values become them.

`resources/overlay/PROTOCOL.md` says the same in words; a change here is a change there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer, SerializeAsAny, TypeAdapter

from companion.kernel.instant import format_instant
from companion.ports.events import (
    DomainEvent,
    NowPlayingChanged,
    StreamSessionEnded,
    StreamWentOffline,
    StreamWentOnline,
)
from companion.ports.playback import PlaybackState
from companion.ports.spotify import PlayingKind
from companion.ports.stream import StreamState, ViewerPoint

PROTOCOL_VERSION: Final = 1
LONGEST_SPARKLINE: Final = 240

Topic: TypeAlias = Literal["live", "now_playing"]
EventName: TypeAlias = Literal["stream_online", "stream_offline", "stream_session_ended", "now_playing_changed"]
WireInstant: TypeAlias = Annotated[AwareDatetime, PlainSerializer(format_instant, return_type=str)]


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


# ---- what pages draw -------------------------------------------------------------------------------------------------


class SparklinePoint(_Wire):
    """One recorded viewer count."""

    at: WireInstant
    viewers: int


class LiveData(_Wire):
    """Topic `live`. Instants, not durations: the page counts the uptime itself."""

    is_live: bool
    session_id: str | None
    started_at: WireInstant | None
    ended_at: WireInstant | None
    resume_until: WireInstant | None
    viewers: int | None
    viewers_seen_at: WireInstant | None
    peak_viewers: int
    sparkline: tuple[SparklinePoint, ...]


class NowPlayingData(_Wire):
    """Topic `now_playing`. `progress_ms` held at `seen_at`; the page goes on from there while `is_playing`.

    `seen_at` None: Spotify was not asked yet. `trouble` names why there is no newer picture.
    """

    kind: PlayingKind
    is_playing: bool
    title: str | None
    artists: tuple[str, ...]
    album: str | None
    explicit: bool
    cover_url: str | None
    link: str | None
    progress_ms: int
    duration_ms: int | None
    seen_at: WireInstant | None
    trouble: str | None
    trouble_since: WireInstant | None


class StreamOnlineData(_Wire):
    """Event `stream_online`."""

    event_id: str
    session_id: str
    started_at: WireInstant
    resumed: bool


class StreamOfflineData(_Wire):
    """Event `stream_offline`."""

    event_id: str
    session_id: str
    started_at: WireInstant
    ended_at: WireInstant
    peak_viewers: int
    resume_until: WireInstant


class StreamSessionEndedData(_Wire):
    """Event `stream_session_ended`."""

    event_id: str
    session_id: str
    started_at: WireInstant
    ended_at: WireInstant
    peak_viewers: int


class NowPlayingChangedData(_Wire):
    """Event `now_playing_changed`."""

    event_id: str
    kind: str
    track_id: str | None
    title: str | None
    artists: tuple[str, ...]
    is_playing: bool


EventData: TypeAlias = StreamOnlineData | StreamOfflineData | StreamSessionEndedData | NowPlayingChangedData


# ---- server to page --------------------------------------------------------------------------------------------------


class Welcome(_Wire):
    """First message of every connection. `seq` is the number up to which the page will be after catching up."""

    type: Literal["welcome"] = "welcome"
    protocol: int = PROTOCOL_VERSION
    epoch: str
    seq: int
    resumed: bool
    server_time: WireInstant
    assets: str


class Snapshot(_Wire):
    """Second message unless the connection was resumed: the last value of every topic."""

    type: Literal["snapshot"] = "snapshot"
    seq: int
    states: Mapping[str, SerializeAsAny[BaseModel]]


class StateMessage(_Wire):
    """A topic's new value."""

    type: Literal["state"] = "state"
    seq: int
    at: WireInstant
    topic: str
    data: SerializeAsAny[BaseModel]


class EventMessage(_Wire):
    """Something happened, once."""

    type: Literal["event"] = "event"
    seq: int
    at: WireInstant
    name: str
    data: SerializeAsAny[BaseModel]


class Tick(_Wire):
    """The server is there. Not numbered."""

    type: Literal["tick"] = "tick"
    server_time: WireInstant


# ---- page to server --------------------------------------------------------------------------------------------------


class Hello(_Wire):
    """Which page this is, and the OBS browser plug-in's version when it runs in OBS."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    type: Literal["hello"]
    page: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    obs_version: str | None = Field(default=None, max_length=40)


class ObsStatus(_Wire):
    """What OBS tells its page. None: OBS did not say."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    type: Literal["obs"]
    streaming: bool | None = None
    visible: bool | None = None
    active: bool | None = None


FromPage: TypeAlias = Annotated[Hello | ObsStatus, Field(discriminator="type")]
FROM_PAGE: Final[TypeAdapter[Hello | ObsStatus]] = TypeAdapter(FromPage)


# ---- our values on the wire ------------------------------------------------------------------------------------------


def live_data(stream: StreamState, sparkline: Sequence[ViewerPoint]) -> LiveData:
    """The picture of the stream; of `sparkline` (ascending) the newest 240 points are kept."""
    return LiveData(
        is_live=stream.is_live,
        session_id=stream.session_id,
        started_at=stream.started_at,
        ended_at=stream.ended_at,
        resume_until=stream.resume_until,
        viewers=stream.viewer_count,
        viewers_seen_at=stream.viewers_seen_at,
        peak_viewers=stream.peak_viewer_count,
        sparkline=tuple(
            SparklinePoint(at=point.at, viewers=point.viewer_count) for point in sparkline[-LONGEST_SPARKLINE:]
        ),
    )


def now_playing_data(playback: PlaybackState) -> NowPlayingData:
    """The picture of what plays, with its age and what hinders a newer one."""
    picture = playback.picture
    track = picture.track if picture is not None else None
    return NowPlayingData(
        kind=picture.kind if picture is not None else "unknown",
        is_playing=picture is not None and picture.is_playing,
        title=(track.title if track is not None else None) or (picture.title if picture is not None else None),
        artists=track.artists if track is not None else (),
        album=track.album if track is not None else None,
        explicit=track is not None and track.explicit,
        cover_url=track.cover_url if track is not None else None,
        link=track.link if track is not None else None,
        progress_ms=picture.progress_ms if picture is not None else 0,
        duration_ms=track.duration_ms if track is not None else None,
        seen_at=picture.seen_at if picture is not None else None,
        trouble=None if playback.problem is None else type(playback.problem).__name__,
        trouble_since=playback.problem_since,
    )


def event_data(event: DomainEvent) -> tuple[EventName, EventData]:
    """A domain event's name and content as pages get it."""
    match event:
        case StreamWentOnline():
            return event.kind, StreamOnlineData(
                event_id=event.event_id,
                session_id=event.session_id,
                started_at=event.started_at,
                resumed=event.resumed,
            )
        case StreamWentOffline():
            return event.kind, StreamOfflineData(
                event_id=event.event_id,
                session_id=event.session_id,
                started_at=event.started_at,
                ended_at=event.ended_at,
                peak_viewers=event.peak_viewer_count,
                resume_until=event.resume_until,
            )
        case StreamSessionEnded():
            return event.kind, StreamSessionEndedData(
                event_id=event.event_id,
                session_id=event.session_id,
                started_at=event.started_at,
                ended_at=event.ended_at,
                peak_viewers=event.peak_viewer_count,
            )
        case NowPlayingChanged():
            return event.kind, NowPlayingChangedData(
                event_id=event.event_id,
                kind=event.playing_kind,
                track_id=event.track_id,
                title=event.title,
                artists=event.artists,
                is_playing=event.is_playing,
            )
