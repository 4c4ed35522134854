"""When to ask Spotify again, and what counts as a change: decisions only."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeAlias

from companion.kernel.backoff import Backoff
from companion.kernel.instant import Instant
from companion.ports.failures import QuotaExhausted, RateLimited, SpotifyError
from companion.ports.spotify import PlaybackPicture, PlayingKind, UpcomingPicture

STEADY = 15.0
"""Seconds between polls while something plays; also the age at which a picture is too old for a new watcher."""
NEAR_END = 3.0
"""Shortest time between polls, in seconds: around a track's end."""
MOST_END_POLLS = 5
"""So many short waits in a row belong to one end of a track."""
_AFTER_END = 1.0
_QUIET = (15.0, 20.0, 25.0, 30.0)
_FAILING = Backoff(first=15.0, cap=300.0)

Told: TypeAlias = tuple[PlayingKind, str | None, bool]
"""What a change is measured by: kind, what plays, and whether it plays."""

NOTHING_TOLD: Told = ("nothing", None, False)


def delay_after_picture(
    picture: PlaybackPicture, *, now: Instant, quiet_polls: int, end_polls: int, closely: float | None = None
) -> float:
    """Seconds until the next poll after a good one.

    `closely`: so many seconds before the end begins a time of polls 3 s apart (a hand-over falls due in it).
    `quiet_polls` counts the good polls in a row, this one included, that found nothing playing; `end_polls` those
    that found the same track about to end. A player that hangs at the end of a track is soon asked less often.
    """
    if not picture.is_playing:
        return _QUIET[min(max(quiet_polls, 1), len(_QUIET)) - 1]
    left = seconds_left(picture, now=now)
    if left is None or end_polls > MOST_END_POLLS:
        return STEADY
    if closely is not None:
        return min(max(left - closely, NEAR_END), STEADY)
    return min(max(left + _AFTER_END, NEAR_END), STEADY)


def is_same_moment(picture: PlaybackPicture, upcoming: UpcomingPicture) -> bool:
    """Whether the two belong together: between the two readings the next song may have begun."""
    playing = picture.track.uri if picture.track is not None else None
    return upcoming.current is None or playing is None or upcoming.current.uri == playing


def is_near_end(picture: PlaybackPicture, *, now: Instant) -> bool:
    """Whether the track ends before the next steady poll."""
    left = seconds_left(picture, now=now)
    return picture.is_playing and left is not None and left < STEADY


def seconds_left(picture: PlaybackPicture, *, now: Instant) -> float | None:
    """Seconds to the expected end of the track, negative once it is past; None where no length is known."""
    if picture.track is None:
        return None
    played = timedelta(milliseconds=picture.progress_ms) + max(now - picture.seen_at, timedelta(0))
    return (timedelta(milliseconds=picture.track.duration_ms) - played).total_seconds()


def delay_after_failure(failures: int, error: SpotifyError, *, now: Instant) -> float:
    """Seconds until the next poll after `failures` failures in a row: doubling, and never before Retry-After."""
    wait = wait_until(error)
    asked = 0.0 if wait is None else (wait - now).total_seconds()
    return max(_FAILING.delay(failures), asked)


def wait_until(error: SpotifyError | None) -> Instant | None:
    """The moment before which Spotify does not want to be asked, if it named one."""
    return error.retry_at if isinstance(error, RateLimited | QuotaExhausted) else None


def told_of(picture: PlaybackPicture) -> Told:
    """Two pictures with the same answer are the same to everybody who is told of changes."""
    what = picture.track.id if picture.track is not None else picture.title
    return (picture.kind, what, picture.is_playing)
