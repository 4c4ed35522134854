"""What is known of Spotify's queue: whose each occurrence of a song is, as values.

Spotify's queue has no id per entry, so that an occurrence is known only by what stands around it and by when it came.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from companion.kernel.instant import Instant

SLACK: Final = timedelta(seconds=3)
"""How far Spotify's progress and our clock may disagree."""
SETTLED: Final = timedelta(seconds=10)
"""So long after a hand-over Spotify's queue surely shows it."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One upcoming occurrence; `request` None: nobody asked for it here.

    `added`: it was seen to come in between, so somebody has put it into the queue; else it may be the list's.
    `listed`: it is known to be of the list that Spotify plays by itself, behind everything that was added.
    """

    uri: str
    request: str | None = None
    added: bool = False
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Current:
    """The occurrence that plays (or is paused), as it was last seen."""

    uri: str
    request: str | None
    since: Instant
    progress: timedelta
    duration: timedelta
    is_playing: bool
    seen_at: Instant

    @property
    def heard(self) -> bool:
        """Whether any of it was: not one that came while Spotify was paused."""
        return self.is_playing or self.progress > SLACK

    @property
    def expected_end(self) -> Instant:
        """When it ends if it plays on."""
        return self.seen_at + self.duration - self.progress


@dataclass(frozen=True, slots=True)
class Known:
    """What the last picture came to."""

    current: Current | None = None
    upcoming: tuple[Slot, ...] = ()

    @property
    def listed(self) -> tuple[str, ...]:
        """What comes next of Spotify's own list, as far as it is in sight and known to be that."""
        return tuple(slot.uri for slot in self.upcoming if slot.listed)


@dataclass(frozen=True, slots=True)
class Pending:
    """A request that may stand in Spotify's queue. `certain`: Spotify has said that it does; `seen`: it was seen."""

    id: str
    uri: str
    handed_over_at: Instant
    certain: bool = True
    seen: bool = False

    def may_be_old(self, now: Instant) -> bool:
        """Whether it may be one of the occurrences that are known already: it must be there, and none was new."""
        return self.certain and not self.seen and now - self.handed_over_at >= SETTLED


@dataclass(frozen=True, slots=True)
class Ended:
    """The occurrence that played is gone."""

    request: str | None
    skipped: bool


@dataclass(frozen=True, slots=True)
class Observation:
    """What a picture shows: the new state, what began and ended with it, and which requests stand in Spotify."""

    known: Known
    began: str | None = None
    ended: Ended | None = None
    seen: frozenset[str] = frozenset()
    sees_queue: bool = True
    """False: Spotify's queue is not known just now, so that nothing is missing in it."""
