"""What the saga of a song request asks of the song queue, by what it asks it for.

Methods ending in `_in` join the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from companion.kernel.instant import Instant
from companion.kernel.result import Result
from companion.ports.failures import SpotifyError, StorageFailed
from companion.ports.song_rules import QueueSettings, RequestSource, RuleRefusal
from companion.ports.spotify import Track
from companion.ports.transaction import Transaction
from companion.ports.viewers import Role, Viewer


@dataclass(frozen=True, slots=True)
class ResolvedTrack:
    """The song that the viewer's words stand for, and whether they named it or it is the best match of a search."""

    track: Track
    found: Literal["link", "search"]


@dataclass(frozen=True, slots=True)
class NewRequest:
    """A request that wants to be let in. `id` is the id of its run."""

    id: str
    source: RequestSource
    viewer: Viewer
    role: Role
    track: Track
    requested_at: Instant


@dataclass(frozen=True, slots=True)
class Admitted:
    """It is let in: `position` in line (1 plays next; those in Spotify's queue count), `wait` in seconds till then."""

    position: int | None
    wait: float | None
    needs_approval: bool


@dataclass(frozen=True, slots=True)
class Granted:
    """It is its turn, and nobody else's."""


@dataclass(frozen=True, slots=True)
class NotYet:
    """The run is woken when that changes, and may ask again at `until`."""

    until: Instant | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """It was seen playing."""


@dataclass(frozen=True, slots=True)
class NeverSeen:
    """It was handed over long ago and never seen in Spotify: only the streamer can say what became of it."""


@dataclass(frozen=True, slots=True)
class Over:
    """It will not be heard. `text` is for the viewer; `keep`: the points are kept all the same (a setting)."""

    code: str
    text: str
    keep: bool = False


Turn: TypeAlias = Granted | NotYet | Over
Outcome: TypeAlias = Heard | NotYet | NeverSeen | Over


@dataclass(frozen=True, slots=True)
class Refused:
    """A request that came to nothing."""

    request_id: str
    source: RequestSource
    viewer: Viewer
    reason: str
    text: str
    by_viewer: bool


class SongStanding(Protocol):
    """What is set, and what is known of a request. Asked at any time, also within a transaction."""

    def get_settings(self) -> QueueSettings:
        """The settings in force."""
        ...

    def given_back(self, request_id: str) -> Over | None:
        """Why it must not be let in or sent any more: its points were given back at Twitch before.

        None also for one that left the queue by that, see `why_not`.
        """
        ...

    def why_not(self, request_id: str) -> Over | None:
        """Why it must not be handed over any more (it was removed, the session ended); None when it may be."""
        ...

    def why_taken_out(self, request_id: str) -> Over | None:
        """Which person's will it was that it left the queue; None when it has not, or for another reason."""
        ...

    def never_sent(self, request_id: str) -> bool:
        """Whether the hand-over came to no call at all: the process ended before `begin_handing` was written."""
        ...

    def was_seen(self, request_id: str) -> bool:
        """Whether it was seen in Spotify's queue, or playing."""
        ...


class SongQueueSteps(Protocol):
    """A request's life in the queue: let in, and in the end heard, given back or left alone."""

    def admit_in(self, tx: Transaction, new: NewRequest) -> Admitted | RuleRefusal:
        """Check the rules and let it in; the same id again answers where it stands."""
        ...

    def remove_in(self, tx: Transaction, request_id: str) -> None:
        """Take it out again, if it is there and not over. What plays stays: it was heard."""
        ...

    def undecided_in(self, tx: Transaction, request_id: str) -> None:
        """Its run needs the streamer before it can go on: the ones behind go on without it.

        It may stand in Spotify's queue, if it was sent; then it is still looked for there. One that nobody has approved
        yet holds nobody up, and stays that.
        """
        ...

    def left_in(self, tx: Transaction, request_id: str) -> None:
        """The streamer leaves its run as it is: it leaves the queue, unless Spotify is known to have it."""
        ...

    def outcome_in(self, tx: Transaction, request_id: str) -> Outcome:
        """What became of it after it was handed over."""
        ...

    def heard_in(self, tx: Transaction, request_id: str) -> None:
        """It was heard, whatever becomes of its points: the success is published, once."""
        ...

    def fulfilled_in(self, tx: Transaction, request_id: str, at: Instant) -> None:
        """Its points are settled; if it was heard, the success is published unless `heard_in` has done so."""
        ...

    def refused_in(self, tx: Transaction, refused: Refused) -> None:
        """It came to nothing, and points there were are back: marked and published. It need not have been let in."""
        ...


class SongHandOver(Protocol):
    """A request's way into Spotify's queue: its turn, the hand-over, and what came of that."""

    def turn_in(self, tx: Transaction, request_id: str) -> Turn:
        """Whether it may be handed over now."""
        ...

    def paused(self, request_id: str) -> str | None:
        """Why it may not be handed over just now, though it is its turn (on hold, off air), in words.

        One whose run needed the streamer and goes on with this waits in line again.
        """
        ...

    def listed(self) -> Sequence[str]:
        """What was last seen to come next of the list that Spotify plays by itself; empty if that is not known."""
        ...

    def begin_handing(self, request_id: str) -> Result[Over | None, StorageFailed]:
        """Right before the call to Spotify: from now on it cannot be withdrawn. `Over` when it must not be sent."""
        ...

    def not_handed_over(self, request_id: str, note: str | None) -> Result[None, StorageFailed]:
        """The call has certainly done nothing. With `note` (why Spotify takes nothing) it is held.

        If its session has ended meanwhile it is over, see `SongStanding.why_not`.
        """
        ...

    def turned_down(self, error: SpotifyError) -> None:
        """Spotify takes no song of anybody's (no Premium, not allowed): shown to the streamer until it takes one."""
        ...

    def not_there(self, request_id: str, at: Instant) -> Result[Instant, StorageFailed]:
        """Spotify's queue was read at `at` and does not show it; since when, also through restarts, that is so."""
        ...

    def handed_over_in(self, tx: Transaction, request_id: str) -> None:
        """Spotify took it."""
        ...
