"""What an observation of Spotify means for the requests: pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from companion.kernel.instant import Instant
from companion.objects.song_queue.occurrences import Observation, Pending
from companion.objects.song_queue.state import GONE_AFTER, Entry, OverState, over

VANISHED = "vanished"
VANISHED_TEXT = "Spotify lost your song before it could play."
SESSION_ENDED = "session_ended"
SESSION_ENDED_TEXT = "The stream ended before your song could play."


def pending_of(entries: Sequence[Entry], now: Instant) -> tuple[Pending, ...]:
    """Those that may stand in Spotify's queue, in the order in which they were handed over."""
    standing = [entry for entry in entries if entry.in_spotify]
    standing.sort(key=lambda entry: (entry.handed_over_at or now, entry.place))
    return tuple(
        Pending(
            entry.id,
            entry.track.uri,
            entry.handed_over_at or now,
            certain=entry.state == "handed_over",
            seen=entry.seen_at is not None,
        )
        for entry in standing
    )


def advance(entries: Sequence[Entry], seen: Observation, now: Instant) -> tuple[Entry, ...]:
    """The entries that change, as they are from now on."""
    changed = ((entry, _advance(entry, seen, now)) for entry in entries)
    return tuple(after for before, after in changed if after != before)


def _advance(entry: Entry, seen: Observation, now: Instant) -> Entry:
    current = seen.known.current
    if entry.in_spotify and current is not None and current.request == entry.id and current.heard:
        at_once = entry.id == seen.began
        return replace(
            entry,
            state="playing",
            playing_since=current.since if at_once else current.seen_at - current.progress,
            handing=False,
            handed_over_at=entry.handed_over_at or now,
            seen_at=entry.seen_at or now,
            missing_since=None,
            held_since=None,
            note=None,
        )
    if entry.state == "playing":
        return _after_playing(entry, seen, now)
    return _in_queue(entry, seen, now) if entry.in_spotify else entry


def _after_playing(entry: Entry, seen: Observation, now: Instant) -> Entry:
    """Gone means played, once; what is only not known (paused for long, Spotify closed) is not gone."""
    current = seen.known.current
    ended = seen.ended is not None and seen.ended.request == entry.id
    if not ended and (not seen.sees_queue or (current is not None and current.request == entry.id)):
        return entry
    skipped = ended and seen.ended is not None and seen.ended.skipped
    return replace(entry, state="played", skipped=skipped, over_at=now)


def _in_queue(entry: Entry, seen: Observation, now: Instant) -> Entry:
    current = seen.known.current
    if entry.id in seen.seen or (current is not None and current.request == entry.id):
        return replace(entry, seen_at=entry.seen_at or now, missing_since=None)
    if entry.seen_at is None or not seen.sees_queue:
        return entry
    if entry.missing_since is None or entry.missing_since > now:  # or the clock was set back
        return replace(entry, missing_since=now)
    if now - entry.missing_since < GONE_AFTER or entry.state != "handed_over":
        return entry
    return replace(entry, state="vanished", over_at=now, over_code=VANISHED, over_text=VANISHED_TEXT)


def unheard(entry: Entry, now: Instant) -> Entry:
    """The session ended before it could play."""
    state: OverState = "vanished" if entry.in_spotify else "removed"
    return over(entry, state, at=now, code=SESSION_ENDED, text=SESSION_ENDED_TEXT)
