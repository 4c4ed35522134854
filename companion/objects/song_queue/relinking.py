"""Songs that Spotify plays under another id than they were asked for: pure.

Where a track is not licensed Spotify puts the same recording of another release into its queue. From then on the
request goes by that one's address; its own id stays what viewers asked for, in rules and statistics.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from companion.kernel.instant import Instant
from companion.objects.song_queue.occurrences import SETTLED, SLACK, Known
from companion.objects.song_queue.state import Entry
from companion.ports.spotify import PlaybackPicture, Track, UpcomingPicture, is_same_song


def relink(
    entries: Sequence[Entry], known: Known, picture: PlaybackPicture, upcoming: UpcomingPicture | None
) -> tuple[Entry, ...]:
    """The entries whose song stands in Spotify under another address, with that address.

    Only one that Spotify has taken, that was never seen, and whose own address is nowhere to be seen. What was there
    before it is taken for it only when Spotify must show it by now.
    """
    if upcoming is None:
        return ()
    shown = {track.uri for track in _tracks(picture, upcoming)}
    changed: list[Entry] = []
    for entry in entries:
        if entry.state != "handed_over" or entry.seen_at is not None or entry.track.uri in shown:
            continue
        stands_in = _stand_in(entry, known, picture, upcoming)
        if stands_in is not None:
            changed.append(replace(entry, track=replace(entry.track, uri=stands_in.uri)))
    return tuple(changed)


def _stand_in(entry: Entry, known: Known, picture: PlaybackPicture, upcoming: UpcomingPicture) -> Track | None:
    handed_over_at = entry.handed_over_at or picture.seen_at
    if picture.track is not None and is_same_song(picture.track, entry.track) and _began(picture) >= handed_over_at:
        return picture.track
    before = {slot.uri for slot in known.upcoming}
    settled = picture.seen_at - handed_over_at >= SETTLED
    same = (track for track in upcoming.upcoming if is_same_song(track, entry.track))
    return next((track for track in same if settled or track.uri not in before), None)


def _began(picture: PlaybackPicture) -> Instant:
    return picture.seen_at - timedelta(milliseconds=picture.progress_ms) + SLACK


def _tracks(picture: PlaybackPicture, upcoming: UpcomingPicture) -> Iterator[Track]:
    if picture.track is not None:
        yield picture.track
    yield from upcoming.upcoming
