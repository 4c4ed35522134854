"""Whose turn it is to be handed over to Spotify, and when: pure planning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from companion.kernel.instant import Instant
from companion.objects.song_queue.state import Entry
from companion.ports.song_queue import HandOver
from companion.ports.spotify import PlaybackPicture

LATE: Final = timedelta(seconds=30)
"""`late`: so long before the expected end of what plays."""
LATE_LOOKS: Final = timedelta(seconds=45)
"""`late`: from so long before the end Spotify is asked every 3 s."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`grant`: the request whose turn it is. Else `first` is the next one, and its turn comes at `until` if known."""

    grant: str | None = None
    first: str | None = None
    until: Instant | None = None


def plan(entries: Sequence[Entry], mode: HandOver, *, playing: PlaybackPicture | None, now: Instant) -> Plan:
    """`entries` are those that are not over, in order. One at a time: the next only when the one before is through.

    `early` and `late`: while a request stands in Spotify's queue unplayed, no other is given. An undecided one does
    not count, so that it never blocks those behind it.
    """
    waiting = [entry for entry in entries if entry.state == "waiting" and not entry.is_stuck(now)]
    for entry in waiting:
        if entry.granted:
            return Plan(grant=entry.id)
    if not waiting:
        return Plan()
    first = waiting[0].id
    if mode == "at_once":
        return Plan(grant=first)
    if any(entry.state == "handed_over" for entry in entries):
        return Plan(first=first)
    if mode == "early":
        return Plan(grant=first)
    return _late(first, playing, now)


def _late(first: str, playing: PlaybackPicture | None, now: Instant) -> Plan:
    if playing is None:
        return Plan(first=first)
    if playing.kind == "nothing":
        return Plan(grant=first)
    end = expected_end(playing)
    if end is None:
        return Plan(first=first)  # paused, or of unknown length: planned again when that changes
    due = end - LATE
    return Plan(grant=first) if due <= now else Plan(first=first, until=due)


def expected_end(playing: PlaybackPicture) -> Instant | None:
    """When what plays ends if it plays on; None while it is paused or has no known length."""
    if playing.track is None or not playing.is_playing:
        return None
    left = timedelta(milliseconds=playing.track.duration_ms - playing.progress_ms)
    return playing.seen_at + left
