"""Sagas in memory: a starter that writes down what was started, a way to run steps by hand; and the real host."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any, Generic, Literal, TypeVar

from companion.kernel.instant import Instant
from companion.kernel.result import Err, Ok, Result
from companion.ports.sagas import StartConflict
from companion.ports.transaction import Transaction
from companion.runtime.saga.definition import (
    ActOutcome,
    Context,
    Done,
    EffectStep,
    Failed,
    LocalOutcome,
    LocalStep,
    LookUpOutcome,
    Retry,
    SagaDefinition,
    Step,
    UndoOutcome,
    WaitOutcome,
    WaitStep,
)
from companion.runtime.saga.host import SagaHost
from tests.fakes.clock import START
from tests.fakes.runtime import Rig

P = TypeVar("P")
Out = TypeVar("Out")


def saga_host(rig: Rig, *, concurrency: int = 8) -> SagaHost:
    """The real host on this run of the runtime: without a saga, not started, and nobody hears of its changes."""
    return SagaHost(
        runtime=rig.runtime,
        supervisor=rig.supervisor,
        logger=logging.getLogger("companion.sagas"),
        on_change=lambda: None,
        concurrency=concurrency,
    )


class FakeStarter:
    """`SagaStarter` that writes down; what was rolled back was never started."""

    def __init__(self) -> None:
        self.started: dict[str, tuple[str, object]] = {}
        """Kind and parameters by run id, in the order of their commits."""
        self.resumed: list[str] = []
        self.woken: list[str] = []

    def start_in(
        self, tx: Transaction, kind: str, run_id: str, params: object
    ) -> Result[Literal["started", "resumed"], StartConflict]:
        known = self.started.get(run_id)
        if known is None:
            tx.after_commit(lambda: self.started.update({run_id: (kind, params)}))
            return Ok("started")
        if known != (kind, params):
            return Err(StartConflict(run_id))
        tx.after_commit(lambda: self.resumed.append(run_id))
        return Ok("resumed")

    def wake_in(self, tx: Transaction, run_id: str) -> None:
        tx.after_commit(lambda: self.woken.append(run_id))


class StepRunner(Generic[P]):
    """Runs single steps of a definition and keeps the results of those that are done, as the engine would.

    Nothing is journaled or repeated: the outcome is what the step said. Local steps and checks want a transaction.
    """

    def __init__(
        self, definition: SagaDefinition[P], params: P, *, run_id: str = "run-1", created_at: Instant = START
    ) -> None:
        self.definition = definition
        self.results: dict[str, object] = {}
        self.context: Context[P] = Context(
            run_id=run_id, params=params, created_at=created_at, now=created_at, attempt=1
        )

    def at(self, now: Instant, *, attempt: int = 1, failure: Failed | None = None) -> StepRunner[P]:
        """From now on steps see this time, attempt and failure. Answers itself."""
        self.context = replace(self.context, now=now, attempt=attempt, failure=failure)
        return self

    def apply(self, tx: Transaction, name: str) -> LocalOutcome:
        """Run a local step."""
        step = self._step(name)
        assert isinstance(step, LocalStep)
        return self._keep(step, step.apply(tx, self._context()))

    def check(self, tx: Transaction, name: str) -> WaitOutcome:
        """Ask a waiting step."""
        step = self._step(name)
        assert isinstance(step, WaitStep)
        return self._keep(step, step.check(tx, self._context()))

    async def act(self, name: str, tx: Transaction | None = None) -> ActOutcome:
        """Prepare and act once; with `tx`, also make the domain write that goes with a result."""
        step = self._effect(name)
        if step.prepare is not None:
            prepared: Done[Any] | Retry | Failed = await step.prepare(self._context())
            if not isinstance(prepared, Done):
                return prepared
            assert isinstance(prepared.value, step.intent)
            self.context = replace(self.context, intent=prepared.value)
        self.context = replace(self.context, intended_at=self.context.now)
        return self._record(step, await step.act(self._context()), tx)

    async def look_up(self, name: str, tx: Transaction | None = None, *, looks: int = 0) -> LookUpOutcome:
        """Ask once whether the attempt that `act` made has happened."""
        step = self._effect(name)
        assert step.look_up is not None
        return self._record(step, await step.look_up(replace(self._context(), looks=looks)), tx)

    async def undo(self, name: str, tx: Transaction | None = None) -> UndoOutcome | None:
        """Take a step back; local steps answer None."""
        step = self._step(name)
        if isinstance(step, EffectStep):
            assert step.undo is not None
            return await step.undo(self._context())
        assert isinstance(step, LocalStep)
        assert step.undo is not None
        assert tx is not None
        step.undo(tx, self._context())
        return None

    def _record(self, step: EffectStep[P], outcome: Out, tx: Transaction | None) -> Out:
        if isinstance(outcome, Done) and tx is not None and step.record is not None:
            step.record(tx, self._context(), outcome.value)
        return self._keep(step, outcome)

    def _keep(self, step: Step[P], outcome: Out) -> Out:
        if isinstance(outcome, Done):
            assert isinstance(outcome.value, step.result), f"{step.name} answers another type than it declares"
            self.results[step.name] = outcome.value
        return outcome

    def _effect(self, name: str) -> EffectStep[P]:
        step = self._step(name)
        assert isinstance(step, EffectStep)
        return step

    def _step(self, name: str) -> Step[P]:
        (step,) = [step for step in (*self.definition.steps, *self.definition.amends) if step.name == name]
        return step

    def _context(self) -> Context[P]:
        return replace(self.context, results=dict(self.results))
