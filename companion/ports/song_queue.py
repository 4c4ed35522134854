"""The song queue: Companion's own queue in front of Spotify's, its rules, its history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final, Literal, Protocol, TypeAlias, get_args

from companion.kernel.instant import Instant
from companion.kernel.result import Result
from companion.ports.failures import NoActiveDevice, SpotifyError, StorageFailed
from companion.ports.rewards import Verdict
from companion.ports.spotify import Track
from companion.ports.viewers import Role, Viewer

RequestSource: TypeAlias = Literal["reward", "command"]
MOST_QUEUED: Final = 500
"""So high may the queue's cap be set."""
HandOver: TypeAlias = Literal["early", "late", "at_once"]
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
class SourceRules:
    """Limits for one source and one role; None means no limit."""

    enabled: bool = True
    most_at_once: int | None = 3
    cooldown: timedelta | None = None
    longest: timedelta | None = timedelta(minutes=10)
    explicit_allowed: bool = True
    duplicate_window: timedelta = timedelta(minutes=30)
    """A song that stands in the queue or was played so recently is refused, whoever asked for it; 0 lets it in."""
    queue_cap: int = 50
    """So long may the whole queue be, whatever its requests came from: a lower cap leaves the last places to others."""
    live_only: bool = True
    """Off air it is refused, and what was let in before is not handed over."""


RULE_ROLES: tuple[Role, ...] = ("everyone", "subscriber", "vip", "moderator")
RULE_SOURCES: Final[tuple[RequestSource, ...]] = get_args(RequestSource)


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """Everything that can be set about the queue."""

    hand_over: HandOver = "early"
    rules: Mapping[RequestSource, Mapping[Role, SourceRules]] = field(default_factory=dict)
    """A source or role that is not named has `SourceRules()`; the broadcaster has no limits.

    Of a viewer's roles the highest one counts, and its rules alone.
    """
    links_only: bool = False
    needs_approval: bool = False
    refund_after: timedelta = timedelta(minutes=20)
    """How long requests wait for Spotify to come back (a device, a login), of the time in which it is asked."""
    keep_points_of_unheard: bool = False
    """Fulfil instead of refund what vanished or was not heard when the session ended."""
    refund_skipped: bool = False

    def rules_for(self, source: RequestSource, role: Role) -> SourceRules:
        """What is set for this source and role, else the defaults."""
        return self.rules.get(source, {}).get(role) or SourceRules()

    def complete(self) -> QueueSettings:
        """The same with every source and role named."""
        named = {source: {role: self.rules_for(source, role) for role in RULE_ROLES} for source in RULE_SOURCES}
        return replace(self, rules=named)


BlockKind: TypeAlias = Literal["track", "artist", "viewer"]


@dataclass(frozen=True, slots=True)
class Block:
    """One entry of the block lists. `key`: track id, artist name in lower case, or user id; `label` is for people."""

    kind: BlockKind
    key: str
    label: str


RuleName: TypeAlias = Literal[
    "not_live", "source_off", "viewer_blocked", "track_blocked", "artist_blocked", "too_many", "cooldown", "too_long",
    "explicit", "duplicate", "queue_full", "links_only", "not_a_track", "no_input", "nothing_found", "bad_link",
]  # fmt: skip
"""The rule that a request broke: all of these are the viewer's own doing but `not_live`, `source_off`, `queue_full`."""


@dataclass(frozen=True, slots=True)
class RuleRefusal:
    """A rule says no. `text` is the sentence for the viewer, without the name in front."""

    rule: RuleName
    by_viewer: bool
    text: str


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
