"""Whose turn it is to be handed over to Spotify, and when: pure planning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from companion.kernel.instant import Instant
from companion.objects.song_queue.occurrences import Known
from companion.objects.song_queue.state import Entry
from companion.ports.song_rules import HandOver
from companion.ports.spotify import PlaybackPicture, UpcomingPicture, list_begins

LATE: Final = timedelta(seconds=30)
"""`late`: so long before the expected end of what plays."""
LATE_LOOKS: Final = timedelta(seconds=45)
"""`late`: from so long before the end Spotify is asked every 3 s."""
MOST_AT_ONCE: Final = 10
"""`at_once`: so many unplayed requests stand in Spotify's queue at most. It shows 20, the streamer's own additions
included: what stands behind those could not be looked for when the answer to a hand-over is lost."""
UNSEEN: Final = timedelta(seconds=60)
"""A look at all of what was added to Spotify's queue so long after a hand-over that does not show the song: it came and
went unseen, or never got there. Its own run waits on, but nobody else waits for it."""

BLIND: Final = timedelta(minutes=2)
"""`late`: for so long nothing was seen of Spotify, or something without a length played, so nobody knows when it ends.
The turn comes all the same: the hand-over is tried, says why it cannot be, and is given up in time."""
LOOK_AFTER: Final = timedelta(seconds=2)
"""So long after something was changed in Spotify it is looked at: at once it might not show yet."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`grant`: the request whose turn it is. Else `first` is the next one, and its turn comes at `until` if known."""

    grant: str | None = None
    first: str | None = None
    until: Instant | None = None


def plan(
    entries: Sequence[Entry],
    mode: HandOver,
    *,
    playing: PlaybackPicture | None,
    now: Instant,
    looked_at: Instant | None = None,
    started_at: Instant | None = None,
    endless_since: Instant | None = None,
) -> Plan:
    """`entries` are those that are not over, in order. One at a time: the next only when the one before is through.

    `early` and `late`: while a request stands in Spotify's queue unplayed, no other is given. An undecided one does
    not count, so that it never blocks those behind it; nor does one that the newest look at Spotify's queue, of
    `looked_at`, should have shown: None if more may stand behind what it shows. `started_at`: since when Spotify is
    looked at. `endless_since`: since when something without a known length plays.
    """
    waiting = [entry for entry in entries if entry.state == "waiting" and not entry.is_stuck(now)]
    for entry in waiting:
        if entry.granted:
            return Plan(grant=entry.id)
    if not waiting:
        return Plan()
    first = waiting[0].id
    standing = sum(_stands_in_spotify(entry, looked_at) for entry in entries)
    if standing >= (MOST_AT_ONCE if mode == "at_once" else 1):
        return Plan(first=first)
    if mode == "at_once":
        return Plan(grant=first)
    if mode == "early":
        return Plan(grant=first)
    return _late(first, playing, now, started_at, endless_since)


def _stands_in_spotify(entry: Entry, looked_at: Instant | None) -> bool:
    if entry.state != "handed_over":
        return False
    if entry.seen_at is not None or entry.handed_over_at is None or looked_at is None:
        return True
    return looked_at - entry.handed_over_at < UNSEEN


def _late(
    first: str,
    playing: PlaybackPicture | None,
    now: Instant,
    started_at: Instant | None,
    endless_since: Instant | None,
) -> Plan:
    if playing is None:
        return _blind(first, started_at, now)
    if playing.kind == "nothing":
        return Plan(grant=first)
    end = expected_end(playing)
    if end is None:  # paused, or of unknown length: planned again when that changes
        return _blind(first, endless_since or playing.seen_at, now)
    due = end - LATE
    return Plan(grant=first) if due <= now else Plan(first=first, until=due)


def _blind(first: str, since: Instant | None, now: Instant) -> Plan:
    if since is None:
        return Plan(first=first)
    return Plan(grant=first) if now - since >= BLIND else Plan(first=first, until=since + BLIND)


def is_endless(playing: PlaybackPicture) -> bool:
    """Whether something plays whose length Spotify does not tell: an episode, an advertisement, a local file."""
    return playing.is_playing and playing.track is None


def expected_end(playing: PlaybackPicture) -> Instant | None:
    """When what plays ends if it plays on; None while it is paused or has no known length."""
    if playing.track is None or not playing.is_playing:
        return None
    left = timedelta(milliseconds=playing.track.duration_ms - playing.progress_ms)
    return playing.seen_at + left


def looked_at(upcoming: UpcomingPicture | None, known: Known) -> Instant | None:
    """When all that was added to Spotify's queue was in sight; None if something may stand behind what it shows."""
    if upcoming is None:
        return None
    in_sight = not upcoming.is_full or list_begins([track.uri for track in upcoming.upcoming], known.listed) is not None
    return upcoming.seen_at if in_sight else None
