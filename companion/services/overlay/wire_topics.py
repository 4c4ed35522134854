"""What pages draw: the data of every topic, and how our own values become it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias

from companion.ports.achievements import Unlock
from companion.ports.hold import HoldState
from companion.ports.playback import PlaybackState
from companion.ports.raffle import EpochState, LeaderboardRow, RaffleView
from companion.ports.song_queue import QueueView, RequestState, SongRequest
from companion.ports.spotify import PlayingKind
from companion.ports.stream import StreamState, ViewerPoint
from companion.services.overlay.wire_base import Wire, WireInstant

LONGEST_SPARKLINE: Final = 240
MOST_REQUESTS: Final = 10
MOST_AUTOPLAY: Final = 3
MOST_UNLOCKS: Final = 20

Topic: TypeAlias = Literal["live", "now_playing", "queue", "raffle", "achievements", "hold"]


class SparklinePoint(Wire):
    """One recorded viewer count."""

    at: WireInstant
    viewers: int


class LiveData(Wire):
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


class NowPlayingData(Wire):
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


class QueuePlaying(Wire):
    """What plays now. `viewer_name` None: nobody asked for it here."""

    title: str
    artists: tuple[str, ...]
    viewer_name: str | None
    explicit: bool
    cover_url: str | None
    link: str
    is_playing: bool


class QueuedSong(Wire):
    """One request in line. `position` 1 is the next one; `state` is `handed_over` or `waiting`."""

    position: int
    title: str
    artists: tuple[str, ...]
    viewer_name: str
    state: RequestState
    cover_url: str | None
    link: str


class AutoplaySong(Wire):
    """Something upcoming in Spotify that nobody asked for here."""

    title: str
    artists: tuple[str, ...]


class QueueData(Wire):
    """Topic `queue`: at most 10 requests and 3 songs of autoplay; `total` counts every request in line."""

    now: QueuePlaying | None
    requests: tuple[QueuedSong, ...]
    total: int
    autoplay: tuple[AutoplaySong, ...]
    paused_reason: str | None
    seen_at: WireInstant | None


class RaffleRecord(Wire):
    """The closest losing roll on record."""

    viewer_name: str
    distance: int


class RaffleRow(Wire):
    """One row of the leaderboard. `closest` None: never rolled a loss."""

    viewer_name: str
    rolls: int
    wins: int
    closest: int | None


class RaffleRecent(Wire):
    """One of the newest rolls."""

    viewer_name: str
    at: WireInstant
    roll: int
    winning: int
    distance: int
    won: bool
    new_record: bool
    entry: int
    chain: str


class RaffleData(Wire):
    """Topic `raffle`. `epoch`, `epoch_state` and `commitment` are None before the first epoch."""

    epoch: int | None
    epoch_state: EpochState | None
    commitment: str | None
    range: int
    prize: str
    record: RaffleRecord | None
    leaderboard: tuple[RaffleRow, ...]
    recent: tuple[RaffleRecent, ...]


class UnlockedData(Wire):
    """One unlock. `icon` is the emoji's code points in hex, joined by `-` where there are several."""

    viewer_name: str
    at: WireInstant
    achievement_id: str
    name: str
    description: str
    icon: str


class AchievementsData(Wire):
    """Topic `achievements`: at most 20 unlocks, newest first."""

    recent: tuple[UnlockedData, ...]


class HoldData(Wire):
    """Topic `hold`. While `held`, every page shows nothing."""

    held: bool


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


def queue_data(view: QueueView) -> QueueData:
    """The song queue to come: all that is in line, with the number it has everywhere."""
    coming = [(request.position, request) for request in view.requests if request.position is not None]
    playing = view.now_playing
    return QueueData(
        now=None
        if playing is None
        else QueuePlaying(
            title=playing.track.title,
            artists=playing.track.artists,
            viewer_name=None if playing.request is None else playing.request.viewer.display_name,
            explicit=playing.track.explicit,
            cover_url=playing.track.cover_url,
            link=playing.track.link,
            is_playing=playing.is_playing,
        ),
        requests=tuple(_queued(number, request) for number, request in coming[:MOST_REQUESTS]),
        total=len(coming) + max(0, view.total - len(view.requests)),
        autoplay=tuple(
            AutoplaySong(title=item.track.title, artists=item.track.artists) for item in view.autoplay[:MOST_AUTOPLAY]
        ),
        paused_reason=view.paused_reason,
        seen_at=view.seen_at,
    )


def _queued(position: int, request: SongRequest) -> QueuedSong:
    return QueuedSong(
        position=position,
        title=request.track.title,
        artists=request.track.artists,
        viewer_name=request.viewer.display_name,
        state=request.state,
        cover_url=request.track.cover_url,
        link=request.track.link,
    )


def raffle_data(view: RaffleView, leaderboard: Sequence[LeaderboardRow]) -> RaffleData:
    """The raffle's picture; the range is that of the epoch, or of the settings before there is one."""
    epoch, record = view.epoch, view.record
    return RaffleData(
        epoch=epoch.number if epoch is not None else None,
        epoch_state=epoch.state if epoch is not None else None,
        commitment=epoch.commitment if epoch is not None else None,
        range=epoch.range if epoch is not None else view.settings.range,
        prize=view.settings.prize,
        record=None
        if record is None
        else RaffleRecord(viewer_name=record.viewer.display_name, distance=record.distance),
        leaderboard=tuple(
            RaffleRow(viewer_name=row.viewer.display_name, rolls=row.rolls, wins=row.wins, closest=row.closest)
            for row in leaderboard
        ),
        recent=tuple(
            RaffleRecent(
                viewer_name=roll.viewer.display_name,
                at=roll.at,
                roll=roll.roll,
                winning=roll.winning,
                distance=roll.distance,
                won=roll.won,
                new_record=roll.new_record,
                entry=roll.entry,
                chain=roll.chain,
            )
            for roll in view.recent
        ),
    )


def achievements_data(unlocks: Sequence[Unlock]) -> AchievementsData:
    """The newest unlocks; of `unlocks` (newest first) the first 20."""
    return AchievementsData(
        recent=tuple(
            UnlockedData(
                viewer_name=unlock.viewer.display_name,
                at=unlock.at,
                achievement_id=unlock.definition.id,
                name=unlock.definition.name,
                description=unlock.definition.description,
                icon=unlock.definition.icon,
            )
            for unlock in unlocks[:MOST_UNLOCKS]
        )
    )


def hold_data(state: HoldState) -> HoldData:
    """Whether everything is on hold."""
    return HoldData(held=state.held)
