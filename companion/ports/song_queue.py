"""The song queue: Companion's own queue in front of Spotify's, and its history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol, TypeAlias

from companion.kernel.instant import Instant
from companion.kernel.result import Result
from companion.ports.failures import NoActiveDevice, SpotifyError, StorageFailed
from companion.ports.rewards import Verdict
from companion.ports.song_rules import MOST_QUEUED, Block, BlockKind, QueueSettings, RequestSource
from companion.ports.spotify import Track
from companion.ports.viewers import Viewer

RequestState: TypeAlias = Literal[
    "approval", "waiting", "handed_over", "playing", "played", "removed", "refunded", "vanished", "undecided"
]
"""`approval`: waits for the streamer's yes. `undecided`: whether Spotify took it is unknown, see *Needs you*."""


@dataclass(frozen=True, slots=True)
class SongRequest:
    """One request. `id` is the redemption's id, or that of the chat message that asked."""

    id: str
    source: RequestSource
    viewer: Viewer
    track: Track
    state: RequestState
    requested_at: Instant
    position: int | None
    """Its number in line, the only one there is: 1 plays next, and stands in Spotify's queue if it is handed over.

    None for what is not in line: it plays, is over, waits for a yes, or is undecided.
    """
    expected_wait: timedelta | None
    """Until it begins to play, as far as the lengths before it are known."""
    handed_over_at: Instant | None = None
    playing_since: Instant | None = None
    note: str | None = None
    """Why it waits or what only the streamer can do, in words."""
    points_spent: bool = False
    """Its redemption was fulfilled in Twitch's dashboard: taking it out gives no points back."""


@dataclass(frozen=True, slots=True)
class AutoplayItem:
    """Something upcoming in Spotify that nobody asked for here."""

    track: Track


@dataclass(frozen=True, slots=True)
class NowPlaying:
    """What plays, and who asked for it (None: autoplay)."""

    track: Track
    request: SongRequest | None
    since: Instant
    is_playing: bool


@dataclass(frozen=True, slots=True)
class QueueView:
    """Requests in order (handed over ones first), then autoplay. `total` counts the requests."""

    now_playing: NowPlaying | None
    requests: tuple[SongRequest, ...]
    autoplay: tuple[AutoplayItem, ...]
    total: int
    seen_at: Instant | None
    """When Spotify was last asked successfully; the picture is as old as that."""
    problem: SpotifyError | None
    """Why the picture is no newer, or why Spotify takes no song (no Premium, not allowed)."""
    paused_reason: str | None
    """Why nothing is handed over just now, in words (on hold, no active device, not live, ...)."""


@dataclass(frozen=True, slots=True)
class PlayedSong:
    """One entry of the request history: proven played. `requested_at` and `played_at` are Twitch's time."""

    request_id: str
    viewer: Viewer
    track: Track
    source: RequestSource
    requested_at: Instant
    played_at: Instant
    fulfilled_at: Instant | None
    skipped: bool
    session_id: str | None


@dataclass(frozen=True, slots=True)
class History:
    """Newest first; `total` counts all that match, past limit and offset."""

    songs: Sequence[PlayedSong]
    total: int


@dataclass(frozen=True, slots=True)
class TrackCount:
    """How often a track was requested and played."""

    track: Track
    count: int


@dataclass(frozen=True, slots=True)
class RequesterCount:
    """How many requests of a viewer were played."""

    viewer: Viewer
    count: int


@dataclass(frozen=True, slots=True)
class NoSuchRequest:
    """There is no such request in the queue."""

    id: str


@dataclass(frozen=True, slots=True)
class CannotWithdraw:
    """It stands in Spotify's queue already, and Spotify cannot take it out again; it can be skipped when it plays."""

    id: str


@dataclass(frozen=True, slots=True)
class BadSettings:
    """`detail` says which value cannot be."""

    detail: str


class SongQueuePort(Protocol):
    """The song queue, as window, chat and scripts see it. Limits are 1..100, 10 when not given."""

    def get_now_playing(self) -> NowPlaying | None:
        """What plays and for whom."""
        ...

    def get_queue(self, *, limit: int = MOST_QUEUED) -> QueueView:
        """The present picture, by itself with every request."""
        ...

    def requests_of(self, user_id: str) -> Sequence[SongRequest]:
        """A viewer's requests that are not over, in order."""
        ...

    async def get_history(
        self, *, user_id: str | None = None, session_id: str | None = None, limit: int = 10, offset: int = 0
    ) -> Result[History, BadSettings | StorageFailed]:
        """What was played."""
        ...

    async def top_tracks(
        self, *, user_id: str | None = None, limit: int = 10
    ) -> Result[Sequence[TrackCount], BadSettings | StorageFailed]:
        """Count descending, then track id."""
        ...

    async def top_requesters(self, *, limit: int = 10) -> Result[Sequence[RequesterCount], BadSettings | StorageFailed]:
        """Count descending, then user id."""
        ...

    async def remove(
        self, request_id: str, *, by: str, user_id: str | None = None
    ) -> Result[SongRequest, NoSuchRequest | CannotWithdraw | StorageFailed]:
        """Take a waiting request out; its redemption is refunded. `by` is told to its viewer.

        `user_id`: the viewer who takes it out, if it is one; by that, and not by a name, it is known for their own.

        So is that of an undecided one, for a person has decided about it.
        """
        ...

    async def reorder(
        self, request_id: str, position: int
    ) -> Result[QueueView, NoSuchRequest | CannotWithdraw | BadSettings | StorageFailed]:
        """Move a waiting request to this number in line, behind those that are handed over."""
        ...

    async def approve(self, request_id: str, *, yes: bool) -> Result[SongRequest, NoSuchRequest | StorageFailed]:
        """Let a request that waits for approval in, or refuse it (refund)."""
        ...

    async def settled_at_twitch(self, request_id: str, verdict: Verdict) -> Result[bool, StorageFailed]:
        """Somebody else settled its redemption (the dashboard); True when that changed something here.

        Given back, it leaves the queue, or is not let in at all while its song is still looked up; what stands in
        Spotify's queue cannot leave it, and what never got there is not sent again. Fulfilled, it stays, and says
        that there are no points to refund.
        """
        ...

    async def skip(self) -> Result[None, NoActiveDevice | SpotifyError]:
        """Have Spotify play the next song."""
        ...

    def get_settings(self) -> QueueSettings:
        """The settings in force."""
        ...

    async def set_settings(self, settings: QueueSettings) -> Result[QueueSettings, BadSettings | StorageFailed]:
        """Replace the settings."""
        ...

    def blocks(self) -> Sequence[Block]:
        """All block lists, by kind and label."""
        ...

    async def block(self, block: Block) -> Result[None, StorageFailed]:
        """Add; the same again is fine."""
        ...

    async def unblock(self, kind: BlockKind, key: str) -> Result[bool, StorageFailed]:
        """Remove; False when it was not there."""
        ...
