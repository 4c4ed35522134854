"""The saga host: starts, resumes, wakes and settles runs, a bounded number of them at a time.

A run that sleeps or waits costs a row and nothing else: no task, and one alarm for the earliest due instant of all.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal

from sqlalchemy.orm import Session

from companion.kernel.instant import Instant
from companion.kernel.result import Err, Ok, Result
from companion.kernel.tasks import TaskSupervisor
from companion.ports.failures import StorageFailed
from companion.ports.sagas import (
    ENDED,
    NEEDS_YOU,
    NoSuchRun,
    NotOffered,
    RunStatus,
    RunView,
    Settlement,
    StartConflict,
)
from companion.ports.transaction import Transaction
from companion.runtime.durable_object import DurableObject, Runtime, storage_to_result
from companion.runtime.saga import journal, starts, worklist
from companion.runtime.saga.codec import SagaCodec
from companion.runtime.saga.definition import SagaDefinition
from companion.runtime.saga.driver import Driver
from companion.runtime.saga.inside import Bug
from companion.runtime.saga.journal import StoredRun
from companion.runtime.saga.protocol import MOST_PATIENCE
from companion.runtime.saga.reading import try_whole
from companion.runtime.saga.salvage import give_back
from companion.runtime.saga.settlements import IGNORED, offers, settle
from companion.runtime.saga.tables import PAGE
from companion.runtime.saga.views import view_of
from companion.runtime.transactions import SqlTransaction, StorageFailure, session_of

STORAGE_REST = 60.0
"""Seconds until runs that met a database that cannot be written are tried again."""
_DUE, _STORAGE, _START = "due", "storage", "start"


class SagaHost(DurableObject):
    """Implements `SagaStarter` and `SagasPort`. `on_change` is called after each commit of a run: it must be cheap."""

    name: ClassVar[str] = "sagas"

    def __init__(
        self,
        *,
        runtime: Runtime,
        supervisor: TaskSupervisor,
        logger: logging.Logger,
        on_change: Callable[[], None],
        concurrency: int = 8,
    ) -> None:
        super().__init__(runtime)
        self._supervisor = supervisor
        self._logger = logger
        self._on_change = on_change
        self._concurrency = concurrency
        self._codecs: dict[str, SagaCodec] = {}
        self._ready: OrderedDict[str, bool] = OrderedDict()
        """Runs to go on with, first come first served, and whether their sleep is to be ended."""
        self._busy: set[str] = set()
        self._again: dict[str, bool] = {}
        """Runs that were called for while a worker had them."""
        self._resting: dict[str, bool] = {}
        self._workers: set[asyncio.Task[None]] = set()
        self._started = self._held = self._stopping = False
        self._driver = Driver(
            transactions=self.transactions,
            clock=self.clock,
            logger=logger,
            codecs=self._codecs,
            paused=lambda: self._held or self._stopping,
            committed=self._committed,
            made_room=self._pump,
        )

    # ---- life --------------------------------------------------------------------------------------------------------

    def register(self, definition: SagaDefinition[Any]) -> None:
        """Make a kind of saga known; before `start`."""
        if self._started or definition.kind in self._codecs:
            raise AssertionError(f"{definition.kind} is registered too late, or twice")
        self._codecs[definition.kind] = SagaCodec(definition)

    def start(self) -> None:
        """Go on with what an earlier run of the application left, and forget what ended long ago."""
        self._started = True
        self._supervisor.spawn(self._resume(), name="sagas resume")
        self._supervisor.spawn(self._purge(), name="sagas purge")

    def set_held(self, held: bool) -> None:
        """Hold everything: no new step begins, runs under way finish the step they are in. Release goes on."""
        self._held = held
        self._pump()

    async def stop(self, limit: float) -> None:
        """Begin nothing more; give running steps `limit` seconds, then cancel them.

        A cancelled effect stays marked as started, and is looked up at the next start.
        """
        self._stopping = True
        if self._workers:
            _, late = await asyncio.wait(self._workers, timeout=limit)
            for worker in late:
                self._logger.info("a step is cut short: %s", worker.get_name())
                worker.cancel()
            if late:
                await asyncio.wait(late)

    async def on_alarm(self, name: str) -> None:
        if name == _STORAGE:
            resting, self._resting = self._resting, {}
            for run_id, roused in resting.items():
                self._call(run_id, roused=roused)
        elif name == _START:
            await self._resume()
        else:
            await self._call_due()

    async def _resume(self) -> None:
        """No retry sleeps longer than `MOST_PATIENCE`: the clock was set back since, and the time has come long ago.

        A run that waits for longer than that only looks once more.
        """
        now = self.clock.now()
        try:
            with self.transactions.begin() as tx:
                self._set_due(tx, worklist.next_due(tx.session, now))
            await self._call_all(worklist.unfinished)
            await self._tell_stuck()
            await self._call_all(
                lambda session, after: worklist.due(session, after, now, patience=MOST_PATIENCE), roused=True
            )
        except StorageFailure as failure:
            self._logger.warning("runs are resumed later: %s", failure.detail)
            self.remind(_START, STORAGE_REST)

    async def _tell_stuck(self) -> None:
        """What an older version has left standing: their domain may not know that these runs do not go on."""
        found: Sequence[worklist.Place] = (worklist.FRONT,)
        while found and not self._stopping:
            with self.transactions.begin() as tx:
                found = worklist.needing_you(tx.session, found[-1])
                for each in found:
                    self._driver.tell(tx, each.kind, each.run_id, "stuck")
            await self.transactions.turn()

    async def _call_due(self) -> None:
        """The alarm may also ring by the monotonic clock: then what it was set for is due, whatever the wall says."""
        horizon = max(self.clock.now(), self.alarm_due(_DUE) or self.clock.now())
        try:
            with self.transactions.begin() as tx:
                # What rings now counts for nothing any more: runs that are called set the alarm anew between two pages.
                self.cancel_alarm(tx, _DUE)
                self._set_due(tx, worklist.next_due(tx.session, horizon))
            await self._call_all(lambda session, after: worklist.due(session, after, horizon), roused=True)
        except StorageFailure as failure:
            self._logger.warning("runs that are due are looked for later: %s", failure.detail)
            self.remind(_START, STORAGE_REST)

    async def _call_all(
        self, page: Callable[[Session, worklist.Place], Sequence[worklist.Place]], *, roused: bool = False
    ) -> None:
        """Page by page: tens of thousands at once would hold the loop for a second."""
        found: Sequence[worklist.Place] = (worklist.FRONT,)
        while found and not self._stopping:
            with self.transactions.begin() as tx:
                found = page(tx.session, found[-1])
            for each in found:
                self._call(each.run_id, roused=roused)
            await self.transactions.turn()

    def _set_due(self, tx: Transaction, at: Instant | None) -> None:
        if at is not None:
            self.set_alarm(tx, _DUE, at)

    async def _purge(self) -> None:
        try:
            while not self._stopping:
                with self.transactions.begin() as tx:
                    if not starts.purge(tx.session, self.clock.now()):
                        return
                await self.transactions.turn()
        except StorageFailure as failure:
            self._logger.warning("old runs are forgotten at the next start: %s", failure.detail)

    # ---- workers -----------------------------------------------------------------------------------------------------

    def _call(self, run_id: str, *, roused: bool = False) -> None:
        """Have a worker go on with the run."""
        queue = self._again if run_id in self._busy else self._ready
        queue[run_id] = queue.get(run_id, False) or roused
        self._pump()

    def _pump(self) -> None:
        """Spawn workers while there is work and room; they end when there is none."""
        if not self._started or self._held or self._stopping:
            return
        while self._hands() < self._concurrency and len(self._ready) > self._unborn():
            worker = self._supervisor.spawn(self._work(), name="sagas worker")
            if worker is None:
                return
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)

    def _hands(self) -> int:
        """Workers, but for those that wait in a patient step."""
        return len(self._workers) - len(self._driver.aside)

    def _unborn(self) -> int:
        """Workers that were spawned and have not taken a run yet."""
        return len(self._workers) - len(self._busy)

    async def _work(self) -> None:
        try:
            while self._ready and self._hands() <= self._concurrency and not self._held and not self._stopping:
                await self._work_on(*self._ready.popitem(last=False))
                await self.transactions.turn()
        finally:
            # At once, not by a callback: who calls for a run in between must not count on this worker.
            self._workers -= {asyncio.current_task()}

    async def _work_on(self, run_id: str, roused: bool) -> None:
        self._busy.add(run_id)
        parked = False
        try:
            parked = await self._driver.drive(run_id, roused=roused)
        except StorageFailure as failure:
            self._rest(run_id, failure, roused=roused)
        except Exception as bug:  # a bug in one run must not take the worker from the others
            self._logger.error("the run %s is stopped, it broke its driver", run_id, exc_info=bug)
            self._break_off(run_id, bug)
        finally:
            self._busy.discard(run_id)
        again = self._again.pop(run_id, None)
        if again is not None or parked:
            self._ready[run_id] = bool(again)
        if parked:
            self._ready.move_to_end(run_id, last=False)

    def _break_off(self, run_id: str, bug: Exception) -> None:
        """Stop the run before it does anything else, and have the streamer look."""
        try:
            with self.transactions.begin() as tx:
                stored = journal.load(tx.session, run_id)
                if stored is not None and stored.row["status"] not in ENDED | NEEDS_YOU:
                    self._driver.stop(tx, stored, Bug.of(bug).reason)
        except StorageFailure as failure:
            self._rest(run_id, failure, roused=False)

    def _rest(self, run_id: str, failure: StorageFailure, *, roused: bool) -> None:
        self._logger.warning("the run %s goes on in a minute: %s", run_id, failure.detail)
        self._resting[run_id] = roused
        self.remind(_STORAGE, STORAGE_REST)

    def _committed(self, tx: Transaction, wake_at: Instant | None) -> None:
        """A run has changed in `tx`; keep the one alarm no later than its due instant."""
        if wake_at is not None:
            alarm = self.alarm_due(_DUE)
            if alarm is None or wake_at < alarm:
                self.set_alarm(tx, _DUE, wake_at)
        tx.after_commit(self._on_change)

    # ---- SagaStarter -------------------------------------------------------------------------------------------------

    def start_in(
        self, tx: Transaction, kind: str, run_id: str, params: object
    ) -> Result[Literal["started", "resumed"], StartConflict]:
        codec = self._codecs[kind]
        session = session_of(tx)
        text = codec.params.encode(params)
        known = starts.known_start(session, run_id)
        if known is not None:
            same = known.kind == kind and starts.same_input(codec, known, text, params)
            return Ok("resumed") if same else Err(StartConflict(run_id))
        starts.add_run(
            session, run_id=run_id, kind=kind, params=text, summary=codec.summary(params), now=self.clock.now()
        )
        tx.after_commit(self._on_change)
        tx.after_commit(lambda: self._call(run_id))
        return Ok("started")

    def wake_in(self, tx: Transaction, run_id: str) -> None:
        # On disk too: a kill right after the commit must not swallow it.
        if journal.mark_woken(session_of(tx), run_id, self.clock.now()):
            tx.after_commit(lambda: self._call(run_id, roused=True))

    # ---- SagasPort ---------------------------------------------------------------------------------------------------

    def list_runs(
        self,
        *,
        statuses: frozenset[RunStatus] | None = None,
        kind: str | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> Sequence[RunView]:
        with self.transactions.reading() as session:
            stored = journal.list_stored(session, statuses=statuses, kind=kind, limit=limit, offset=offset)
        return [self._view(run) for run in stored]

    def get_run(self, run_id: str) -> RunView | None:
        with self.transactions.reading() as session:
            stored = journal.load(session, run_id)
        return None if stored is None else self._view(stored)

    def needs_you(self) -> Sequence[RunView]:
        with self.transactions.reading() as session:
            stored = journal.list_stored(
                session, statuses=NEEDS_YOU, kind=None, limit=PAGE, offset=0, newest_first=False
            )
        return [self._view(run) for run in stored]

    @storage_to_result
    async def settle(
        self, run_id: str, settlement: Settlement
    ) -> Result[RunView, NoSuchRun | NotOffered | StorageFailed]:
        with self.transactions.begin() as tx:
            stored = journal.load(tx.session, run_id)
            if stored is None:
                return Err(NoSuchRun(run_id))
            view = self._view(stored)
            if settlement not in view.offers:
                return Err(NotOffered(run_id, view.status, view.offers))
            self._decide(tx, stored, settlement)
            self._committed(tx, None)
            decided = journal.load(tx.session, run_id)
            tx.after_commit(lambda: self._call(run_id))
        if decided is None:
            raise AssertionError("a run was deleted while it was settled")
        self._logger.info("the run %s was settled by hand: %s", run_id, settlement)
        return Ok(self._view(decided))

    def _decide(self, tx: SqlTransaction, stored: StoredRun, settlement: Settlement) -> None:
        row, now = stored.row, self.clock.now()
        codec = self._codecs.get(row["kind"])
        whole = try_whole(stored, codec)
        if whole is not None and settlement in offers(whole.run, whole.shape):
            decided = settle(whole.run, whole.shape, settlement)
            if row["stopped"] is not None:
                journal.resume_stopped(tx.session, row["id"], decided.status, None, now)
            journal.write_run(tx.session, row["id"], whole.shape, before=whole.run, after=decided, now=now)
        elif settlement == "ignore":
            ended: RunStatus = "failed" if row["fulfilled_at"] is None else "completed"
            journal.resume_stopped(tx.session, row["id"], ended, IGNORED, now)
        elif settlement == "refund" and codec is not None:
            give_back(tx, stored, codec, now, self._logger)
        else:
            going = journal.unstopped(stored).row["status"]
            journal.resume_stopped(tx.session, row["id"], going, None, now)
        if settlement == "ignore":
            self._driver.tell(tx, row["kind"], row["id"], "dropped")

    def _view(self, stored: StoredRun) -> RunView:
        return view_of(stored, self._codecs.get(stored.row["kind"]))
