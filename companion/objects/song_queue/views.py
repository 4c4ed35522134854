"""The queue as others see it: positions, expected waits, what plays and for whom. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from companion.kernel.instant import Instant
from companion.objects.song_queue.handover import expected_end
from companion.objects.song_queue.occurrences import Known
from companion.objects.song_queue.state import Entry
from companion.ports.playback import PlaybackState
from companion.ports.song_queue import AutoplayItem, NowPlaying, SongRequest
from companion.ports.spotify import PlaybackPicture

_ORDER = {"playing": 0, "handed_over": 1, "undecided": 2, "waiting": 3, "approval": 4}
_STANDING_NOTE = "It stands in Spotify's queue and cannot be withdrawn. It can be skipped when it plays."
_UNDECIDED_NOTE = "Whether Spotify took it cannot be told. See “Needs you”."
_SET_ASIDE_NOTE = "Companion could not go on with it. See “Needs you”."
_APPROVAL_NOTE = "Waits for your yes."
_OFF_AIR_NOTE = "Waits until the stream is live."


def requests(
    entries: Sequence[Entry],
    playing: PlaybackPicture | None,
    now: Instant,
    *,
    held_back: frozenset[str] = frozenset(),
) -> tuple[SongRequest, ...]:
    """What is not over, in the order in which it is expected to play: handed over ones, then the waiting ones.

    Here the line is numbered, for everybody who shows or takes a number. Who stands in Spotify's queue is in line
    like those who wait behind; what plays, what asks for a yes, and what nobody can tell of are not.
    `held_back`: waiting ones that the others pass by. They keep their number, and nobody knows how long they wait.
    """
    if all(entry.id in held_back for entry in entries if entry.state == "waiting"):
        held_back = frozenset()  # everything stands still: there is nobody to pass by
    ordered = sorted(entries, key=lambda entry: (_ORDER.get(entry.state, 9), entry.place))
    ahead = _left(playing, now)
    position = 0
    shown: list[SongRequest] = []
    for entry in ordered:
        if entry.state not in {"handed_over", "waiting"}:
            shown.append(request(entry))
            continue
        position += 1
        if entry.id in held_back:
            shown.append(replace(request(entry, position=position), note=_OFF_AIR_NOTE))
            continue
        shown.append(request(entry, position=position, wait=ahead))
        ahead += timedelta(milliseconds=entry.track.duration_ms)
    return tuple(shown)


def request(entry: Entry, *, position: int | None = None, wait: timedelta | None = None) -> SongRequest:
    """One request."""
    return SongRequest(
        id=entry.id,
        source=entry.source,
        viewer=entry.viewer,
        track=entry.track,
        state=entry.state,
        requested_at=entry.requested_at,
        position=position,
        expected_wait=wait,
        handed_over_at=None if entry.state == "waiting" else entry.handed_over_at,
        playing_since=entry.playing_since,
        note=_note(entry),
        points_spent=entry.points_spent,
    )


def _note(entry: Entry) -> str | None:
    match entry.state:
        case "handed_over":
            return _STANDING_NOTE
        case "undecided":
            return _SET_ASIDE_NOTE if entry.is_set_aside else _UNDECIDED_NOTE
        case "approval":
            return " ".join(filter(None, (_APPROVAL_NOTE, entry.note)))
        case "removed" | "refunded" | "vanished":
            return entry.over_text
        case _:
            return entry.note


def _left(playing: PlaybackPicture | None, now: Instant) -> timedelta:
    """Of what plays; nothing where it has no known length, and what is left of it while it is paused."""
    if playing is None or playing.track is None:
        return timedelta(0)
    end = expected_end(playing)
    if end is None:
        return timedelta(milliseconds=playing.track.duration_ms - playing.progress_ms)
    return max(end - now, timedelta(0))


def now_playing(state: PlaybackState, known: Known, entries: Sequence[Entry]) -> NowPlaying | None:
    """What plays and for whom, of the last good picture; None for anything but a track."""
    picture = state.picture
    if picture is None or picture.track is None:
        return None
    current = known.current
    if current is None or current.uri != picture.track.uri:
        since = picture.seen_at - timedelta(milliseconds=picture.progress_ms)
        return NowPlaying(picture.track, None, since, picture.is_playing)
    owner = next((entry for entry in entries if entry.id == current.request), None)
    return NowPlaying(picture.track, None if owner is None else request(owner), current.since, picture.is_playing)


def autoplay(state: PlaybackState, known: Known) -> tuple[AutoplayItem, ...]:
    """Upcoming in Spotify, and nobody's here."""
    if state.upcoming is None:
        return ()
    tracks = state.upcoming.upcoming
    if [slot.uri for slot in known.upcoming] != [track.uri for track in tracks]:
        return ()  # read just now, and not laid over what is known yet
    pairs = zip(tracks, known.upcoming, strict=True)
    return tuple(AutoplayItem(track) for track, slot in pairs if slot.request is None)
