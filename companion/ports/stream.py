"""The stream's life, as `StreamLifecycle` tells it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol, TypeAlias

from companion.kernel.instant import Instant
from companion.kernel.result import Result
from companion.ports.failures import ServiceError, StorageFailed, TokenError


@dataclass(frozen=True, slots=True)
class StreamStarted:
    """Twitch says that a stream started; `seen_at` is Twitch's time of saying so."""

    stream_id: str
    started_at: Instant
    seen_at: Instant


@dataclass(frozen=True, slots=True)
class StreamState:
    """The public state. Live: `ended_at` is None. Offline: `started_at` is that of the last session."""

    is_live: bool
    session_id: str | None
    stream_id: str | None
    started_at: Instant | None
    ended_at: Instant | None
    peak_viewer_count: int
    viewer_count: int | None
    """The last count of the running session, None while offline or before the first poll."""
    viewers_seen_at: Instant | None
    resume_until: Instant | None
    """Offline, but a stream that comes back before this instant continues its session."""


@dataclass(frozen=True, slots=True)
class ViewerPoint:
    """One poll of the viewer count."""

    session_id: str
    at: Instant
    viewer_count: int


@dataclass(frozen=True, slots=True)
class ViewerHistory:
    """`points` ascending in time, both bounds inclusive; `total` counts all that match, past limit and offset."""

    points: Sequence[ViewerPoint]
    total: int


@dataclass(frozen=True, slots=True)
class ViewerBucket:
    """Viewer counts of one stretch of time, thinned for a chart."""

    start: Instant
    minimum: int
    maximum: int
    average: float
    samples: int


Reconciliation: TypeAlias = Literal["noop", "set_online", "set_offline", "replaced"]


@dataclass(frozen=True, slots=True)
class ReconcileReport:
    """What a look at Helix changed."""

    outcome: Reconciliation
    before: StreamState
    after: StreamState
    twitch_said: str


@dataclass(frozen=True, slots=True)
class InvalidCount:
    """A viewer count must be an integer of at least 0."""

    value: int


@dataclass(frozen=True, slots=True)
class NotLive:
    """There is no running session to record into."""


@dataclass(frozen=True, slots=True)
class BadRange:
    """`since` lies after `until`, or limit or offset are out of range."""

    detail: str


LifecycleError: TypeAlias = ServiceError | StorageFailed


class StreamReader(Protocol):
    """Who knows the present state."""

    def get_stream_state(self) -> StreamState:
        """The present state."""
        ...


class StreamLifecyclePort(StreamReader, Protocol):
    """The stream lifecycle object, as the rest of the application sees it."""

    async def on_stream_online(self, stream: StreamStarted | None = None) -> Result[None, LifecycleError]:
        """The stream has started; without `stream` Twitch is asked."""
        ...

    async def on_stream_offline(self, at: Instant | None = None) -> Result[None, LifecycleError]:
        """The stream has ended; without `at` Twitch is asked for its time."""
        ...

    async def reconcile(self) -> Result[ReconcileReport, LifecycleError]:
        """Compare with Helix and mend (at start, after sleep, after an EventSub gap, on demand)."""
        ...

    async def end_session(self) -> Result[None, LifecycleError]:
        """End a provisional session now instead of at the end of the resume window (Quit)."""
        ...

    def get_is_live(self) -> bool:
        """Whether a session is live."""
        ...

    async def get_viewer_history(
        self, since: Instant | None = None, until: Instant | None = None, *, limit: int | None = None, offset: int = 0
    ) -> Result[ViewerHistory, BadRange | StorageFailed]:
        """Recorded counts."""
        ...

    async def get_viewer_series(
        self, since: Instant, until: Instant, *, buckets: int
    ) -> Result[Sequence[ViewerBucket], BadRange | StorageFailed]:
        """At most `buckets` (1..2000) stretches of equal length, empty ones left out."""
        ...

    def sparkline(self) -> Sequence[ViewerPoint]:
        """The newest points of the session (at most 240), ascending."""
        ...

    async def record_viewer_count(self, count: int) -> Result[None, InvalidCount | NotLive | StorageFailed]:
        """Store one count for the running session, now."""
        ...

    def ping(self) -> str:
        """Answers "pong": the object is there."""
        ...


class StreamAudience(Protocol):
    """Who must know when the stream begins and ends: the token objects."""

    async def on_stream_online(self) -> Result[None, TokenError]:
        """The stream has begun. An error counts as told: it can never block a transition."""
        ...

    async def on_stream_offline(self) -> Result[None, TokenError]:
        """The stream has ended. An error counts as told."""
        ...


class StreamingOutput(Protocol):
    """Whether OBS itself says that it streams, as far as anybody told us."""

    def is_streaming(self) -> bool | None:
        """None: unknown."""
        ...


RESUME_WINDOW = timedelta(minutes=10)
"""Default of the resume window."""
