"""What stands behind the chat commands: a stream whose state tests set, a queue that shrinks, receipts that fail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from companion.kernel.instant import Instant
from companion.kernel.result import Err, Result
from companion.ports.failures import StorageFailed
from companion.ports.song_queue import CannotWithdraw, NoSuchRequest, SongRequest
from companion.ports.stream import (
    BadRange,
    InvalidCount,
    LifecycleError,
    NotLive,
    ReconcileReport,
    StreamStarted,
    StreamState,
    ViewerBucket,
    ViewerHistory,
    ViewerPoint,
)
from companion.ports.transaction import Transaction
from companion.runtime.receipts import StoredReceipts
from companion.runtime.transactions import StorageFailure
from tests.fakes.objects import FakeQueue, Refusal

OFFLINE = StreamState(
    is_live=False,
    session_id=None,
    stream_id=None,
    started_at=None,
    ended_at=None,
    peak_viewer_count=0,
    viewer_count=None,
    viewers_seen_at=None,
    resume_until=None,
)


class FakeStream:
    """`StreamLifecyclePort` that only shows `state`: chat changes nothing about the stream."""

    def __init__(self) -> None:
        self.state = OFFLINE

    def go_live(self, started_at: Instant, viewers: int | None = None) -> None:
        self.state = replace(
            OFFLINE, is_live=True, session_id="session-1", stream_id="1", started_at=started_at, viewer_count=viewers
        )

    def get_stream_state(self) -> StreamState:
        return self.state

    def get_is_live(self) -> bool:
        return self.state.is_live

    async def on_stream_online(self, stream: StreamStarted | None = None) -> Result[None, LifecycleError]:
        raise AssertionError("chat starts no stream")

    async def on_stream_offline(self, at: Instant | None = None) -> Result[None, LifecycleError]:
        raise AssertionError("chat ends no stream")

    async def reconcile(self) -> Result[ReconcileReport, LifecycleError]:
        raise AssertionError("chat asks Twitch nothing")

    async def end_session(self) -> Result[None, LifecycleError]:
        raise AssertionError("chat ends no session")

    async def get_viewer_history(
        self, since: Instant | None = None, until: Instant | None = None, *, limit: int | None = None, offset: int = 0
    ) -> Result[ViewerHistory, BadRange | StorageFailed]:
        raise AssertionError("chat draws no charts")

    async def get_viewer_series(
        self, since: Instant, until: Instant, *, buckets: int
    ) -> Result[Sequence[ViewerBucket], BadRange | StorageFailed]:
        raise AssertionError("chat draws no charts")

    def sparkline(self) -> Sequence[ViewerPoint]:
        raise AssertionError("chat draws no charts")

    async def record_viewer_count(self, count: int) -> Result[None, InvalidCount | NotLive | StorageFailed]:
        raise AssertionError("chat counts nobody")

    def ping(self) -> str:
        return "pong"


class LivingQueue(FakeQueue):
    """A queue that takes out what is removed, and refuses what Spotify has already."""

    @property
    def skips(self) -> int:
        """How often Spotify was asked to skip."""
        return self.asked.count(("skip",))

    async def remove(self, request_id: str, *, by: str, user_id: str | None = None) -> Result[SongRequest, Refusal]:
        found = next((request for request in self.shown.requests if request.id == request_id), None)
        if found is None:
            return Err(NoSuchRequest(request_id))
        if found.state not in ("waiting", "approval"):
            return Err(CannotWithdraw(request_id))
        removed = self._done(found, "remove", request_id, by)
        if self.error is None:
            self._close_ranks([request for request in self.shown.requests if request is not found])
        return removed

    def add(self, request: SongRequest) -> None:
        """At the end."""
        self._close_ranks([*self.shown.requests, request])

    def _close_ranks(self, requests: Sequence[SongRequest]) -> None:
        position = 0
        placed: list[SongRequest] = []
        for request in requests:
            if request.state in {"handed_over", "waiting"}:
                position += 1
                placed.append(replace(request, position=position))
            else:
                placed.append(request)
        self.shown = replace(self.shown, requests=tuple(placed), total=len(placed))


class BrittleReceipts(StoredReceipts):
    """Receipts whose next `failures` claims find the disk full."""

    failures = 0

    def claim(self, owner: str, id: str) -> bool:
        self._fail()
        return super().claim(owner, id)

    def claim_in(self, tx: Transaction, owner: str, id: str) -> bool:
        self._fail()
        return super().claim_in(tx, owner, id)

    def _fail(self) -> None:
        if self.failures:
            self.failures -= 1
            raise StorageFailure("database or disk is full")
