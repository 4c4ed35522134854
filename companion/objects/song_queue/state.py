"""What the song queue knows of one request, as values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Literal, TypeAlias

from companion.kernel.instant import Instant
from companion.ports.song_queue import RequestState
from companion.ports.song_rules import RequestSource
from companion.ports.spotify import Track
from companion.ports.viewers import Role, Viewer

OverState: TypeAlias = Literal["removed", "refunded", "vanished"]
ACTIVE: Final[frozenset[RequestState]] = frozenset({"approval", "waiting", "handed_over", "playing", "undecided"})
"""Not over yet."""
NEVER_SEEN_AFTER: Final = timedelta(hours=1)
"""A handed-over request that was never seen in Spotify for so long is for the streamer to decide."""
FULFILLED_NOTE: Final = "Points stay spent: it was fulfilled in Twitch's dashboard."
GONE_AFTER: Final = timedelta(seconds=10)
"""A request that was seen in Spotify's queue and is missing for so long has vanished."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One request with everything that is stored of it."""

    id: str
    source: RequestSource
    viewer: Viewer
    role: Role
    track: Track
    state: RequestState
    place: int
    """Orders the queue; smaller comes first."""
    requested_at: Instant
    session_id: str | None
    granted: bool = False
    """It is its turn: the saga may hand it over, and nobody else."""
    handing: bool = False
    """A hand-over was sent, and it is not known yet that it came to nothing."""
    held_since: Instant | None = None
    """Since when Spotify takes nothing although it is its turn."""
    handed_over_at: Instant | None = None
    """When it was sent to Spotify: from then on it may be seen there."""
    seen_at: Instant | None = None
    """When it was first seen in Spotify."""
    missing_since: Instant | None = None
    """Seen before, but no more since then."""
    playing_since: Instant | None = None
    fulfilled_at: Instant | None = None
    over_at: Instant | None = None
    over_code: str | None = None
    over_text: str | None = None
    """Why it came to nothing, for the viewer."""
    skipped: bool = False
    note: str | None = None

    @property
    def active(self) -> bool:
        """Whether it is not over."""
        return self.state in ACTIVE

    @property
    def in_spotify(self) -> bool:
        """Whether it may stand in Spotify's queue and was not seen playing."""
        if self.state == "undecided":
            return self.handed_over_at is not None
        return self.state == "handed_over" or (self.state == "waiting" and self.handing)

    @property
    def is_set_aside(self) -> bool:
        """Whether its run came to a stop before anything was sent: nobody waits for it, and it may yet go on."""
        return self.state == "undecided" and self.handed_over_at is None

    @property
    def points_spent(self) -> bool:
        """Twitch's dashboard fulfilled its redemption while it waits: there is no refund to make any more."""
        return self.note is not None and self.note.endswith(FULFILLED_NOTE)

    def noted(self, note: str | None) -> Entry:
        """The request with another note; that its points are spent stays said."""
        words = (note or "", FULFILLED_NOTE if self.points_spent else "")
        return replace(self, note=" ".join(filter(None, words)) or None)

    def is_stuck(self, now: Instant) -> bool:
        """Sent long ago, and its run never said what came of it (it was stopped): it holds nobody up any more."""
        return self.handing and now - (self.handed_over_at or now) >= NEVER_SEEN_AFTER


def over(entry: Entry, state: OverState, *, at: Instant, code: str, text: str) -> Entry:
    """The request came to nothing."""
    return replace(
        entry, state=state, over_at=at, over_code=code, over_text=text, granted=False, handing=False, note=None
    )
