"""The saga host: starts, resumes, wakes and settles runs, a bounded number of them at a time.

A run that sleeps or waits costs a row and nothing else: no task, and one alarm for the earliest due instant of all.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal

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
from companion.runtime.saga import journal, starts
from companion.runtime.saga.codec import SagaCodec
from companion.runtime.saga.deciding import decide
from companion.runtime.saga.definition import SagaDefinition
from companion.runtime.saga.driver import Driver
from companion.runtime.saga.due_runs import START, STORAGE_REST, DueRuns
from companion.runtime.saga.effects import Effects
from companion.runtime.saga.inside import Bug
from companion.runtime.saga.journal import StoredRun
from companion.runtime.saga.stopping import stop, tell_domain
from companion.runtime.saga.tables import PAGE
from companion.runtime.saga.views import view_of
from companion.runtime.saga.workers import Workers
from companion.runtime.transactions import SqlTransaction, StorageFailure, session_of

_STORAGE = "storage"


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
        self._codecs: dict[str, SagaCodec] = {}
        self._resting: dict[str, bool] = {}
        """Runs that met a database that cannot be written, and whether their sleep was to be ended."""
        self._workers = Workers(
            work=self._work_on,
            turn=self.transactions.turn,
            supervisor=supervisor,
            logger=logger,
            concurrency=concurrency,
        )
        self._due = DueRuns(
            owner=self, call=self._workers.call, stuck=self._tell_stuck, stopping=self._is_stopping, logger=logger
        )
        self._driver = Driver(
            transactions=self.transactions,
            clock=self.clock,
            logger=logger,
            codecs=self._codecs,
            paused=lambda: self._workers.paused,
            committed=self._committed,
            effects=Effects(clock=self.clock, logger=logger, aside=self._workers.aside),
        )

    # ---- life --------------------------------------------------------------------------------------------------------

    def register(self, definition: SagaDefinition[Any]) -> None:
        """Make a kind of saga known; before `start`."""
        if self._workers.opened or definition.kind in self._codecs:
            raise AssertionError(f"{definition.kind} is registered too late, or twice")
        self._codecs[definition.kind] = SagaCodec(definition)

    def start(self) -> None:
        """Go on with what an earlier run of the application left, and forget what ended long ago."""
        self._workers.open()
        self._supervisor.spawn(self._due.resume(), name="sagas resume")
        self._supervisor.spawn(self._purge(), name="sagas purge")

    def set_held(self, held: bool) -> None:
        """Hold everything: no new step begins, runs under way finish the step they are in. Release goes on."""
        self._workers.set_held(held)

    async def stop(self, limit: float) -> None:
        """Begin nothing more; give running steps `limit` seconds, then cancel them.

        A cancelled effect stays marked as started, and is looked up at the next start.
        """
        await self._workers.stop(limit)

    async def on_alarm(self, name: str) -> None:
        if name == _STORAGE:
            resting, self._resting = self._resting, {}
            for run_id, roused in resting.items():
                self._workers.call(run_id, roused=roused)
        elif name == START:
            await self._due.resume()
        else:
            await self._due.call_due()

    async def _purge(self) -> None:
        try:
            while not self._workers.stopping:
                with self.transactions.begin() as tx:
                    if not starts.purge(tx.session, self.clock.now()):
                        return
                await self.transactions.turn()
        except StorageFailure as failure:
            self._logger.warning("old runs are forgotten at the next start: %s", failure.detail)

    # ---- one run -----------------------------------------------------------------------------------------------------

    async def _work_on(self, run_id: str, roused: bool) -> bool:
        """Drive the run; whatever becomes of that, the worker is kept for the others. True: it was parked."""
        try:
            return await self._driver.drive(run_id, roused=roused)
        except StorageFailure as failure:
            self._rest(run_id, failure, roused=roused)
        except Exception as bug:  # a bug in one run must not take the worker from the others
            self._logger.error("the run %s is stopped, it broke its driver", run_id, exc_info=bug)
            self._break_off(run_id, bug)
        return False

    def _break_off(self, run_id: str, bug: Exception) -> None:
        """Stop the run before it does anything else, and have the streamer look."""
        try:
            with self.transactions.begin() as tx:
                stored = journal.load(tx.session, run_id)
                if stored is not None and stored.row["status"] not in ENDED | NEEDS_YOU:
                    codec = self._codecs.get(stored.row["kind"])
                    stop(tx, stored, codec, Bug.of(bug).reason, now=self.clock.now(), logger=self._logger)
                    self._committed(tx, None)
        except StorageFailure as failure:
            self._rest(run_id, failure, roused=False)

    def _rest(self, run_id: str, failure: StorageFailure, *, roused: bool) -> None:
        self._logger.warning("the run %s goes on in a minute: %s", run_id, failure.detail)
        self._resting[run_id] = roused
        self.remind(_STORAGE, STORAGE_REST)

    def _committed(self, tx: Transaction, wake_at: Instant | None) -> None:
        """A run has changed in `tx`, and wants to go on by itself at `wake_at`."""
        self._due.expect(tx, wake_at)
        tx.after_commit(self._on_change)

    def _tell_stuck(self, tx: SqlTransaction, kind: str, run_id: str) -> None:
        tell_domain(tx, self._codecs.get(kind), run_id, "stuck", self._logger)

    def _is_stopping(self) -> bool:
        return self._workers.stopping

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
        tx.after_commit(lambda: self._workers.call(run_id))
        return Ok("started")

    def wake_in(self, tx: Transaction, run_id: str) -> None:
        # On disk too: a kill right after the commit must not swallow it.
        if journal.mark_woken(session_of(tx), run_id, self.clock.now()):
            tx.after_commit(lambda: self._workers.call(run_id, roused=True))

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
            codec = self._codecs.get(stored.row["kind"])
            decide(tx, stored, codec, settlement, now=self.clock.now(), logger=self._logger)
            self._committed(tx, None)
            decided = journal.load(tx.session, run_id)
            tx.after_commit(lambda: self._workers.call(run_id))
        if decided is None:
            raise AssertionError("a run was deleted while it was settled")
        self._logger.info("the run %s was settled by hand: %s", run_id, settlement)
        return Ok(self._view(decided))

    def _view(self, stored: StoredRun) -> RunView:
        return view_of(stored, self._codecs.get(stored.row["kind"]))
