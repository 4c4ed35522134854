"""Drives one run: reads it once, then goes from commit to commit until it sleeps, waits, ends or needs the streamer.

One commit carries what the last effect answered, every local step and check that follows, and the mark that the next
effect has started.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from companion.kernel.instant import Clock, Instant
from companion.ports.sagas import ENDED, NEEDS_YOU
from companion.ports.transaction import Transaction
from companion.runtime.saga import journal
from companion.runtime.saga.actions import Act, Apply, Assume, Check, LookUp, Outcome, Rest, Sleep, Undo
from companion.runtime.saga.codec import SagaCodec, Unreadable
from companion.runtime.saga.definition import CannotTell, Done, EffectStep, LocalStep, WaitStep
from companion.runtime.saga.effects import Awaited, Effects, Prepare, Prepared
from companion.runtime.saga.held import Held, hold
from companion.runtime.saga.inside import Bug
from companion.runtime.saga.journal import StoredRun
from companion.runtime.saga.own_steps import OwnSteps
from companion.runtime.saga.protocol import after, begin, finish, next_action, wake_at
from companion.runtime.saga.stopping import stop, tell_domain
from companion.runtime.transactions import SqlTransaction, Transactions


@dataclass(frozen=True, slots=True)
class _Answer:
    action: Awaited
    outcome: Any
    """What `Effects.perform` answered."""


class Driver:
    """Runs steps. `paused` is asked before each; `committed(tx, wake_at)` is told of each change, within it."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        clock: Clock,
        logger: logging.Logger,
        codecs: Mapping[str, SagaCodec],
        paused: Callable[[], bool],
        committed: Callable[[Transaction, Instant | None], None],
        effects: Effects,
    ) -> None:
        self._transactions = transactions
        self._clock = clock
        self._logger = logger
        self._codecs = codecs
        self._paused = paused
        self._committed = committed
        self._effects = effects
        self._own = OwnSteps(clock=clock, logger=logger)

    async def drive(self, run_id: str, *, roused: bool) -> bool:
        """Go on with the run as far as it goes. True: it was parked, for everything is held.

        Raises `StorageFailure`; the run then stands on disk as after its last commit, to be driven anew.
        """
        held = self._load(run_id, roused=roused)
        if held is None:
            return False
        answer: _Answer | None = None
        while (action := self._commit(held, answer)) is not None:
            answer = _Answer(action, await self._effects.perform(held, action))
            await self._transactions.turn()
        return held.parked

    # ---- reading -----------------------------------------------------------------------------------------------------

    def _load(self, run_id: str, *, roused: bool) -> Held | None:
        with self._transactions.begin() as tx:
            stored = journal.load(tx.session, run_id)
            if stored is None or stored.row["status"] in ENDED:
                return None
            codec = self._codecs.get(stored.row["kind"])
            if stored.row["status"] in NEEDS_YOU:
                woken = roused and stored.row["status"] == "outcome_unknown"
                return self._load_undecided(tx, stored, codec) if woken else None
            try:
                return hold(stored, codec, roused=roused)
            except Unreadable as error:
                self._logger.error("the run %s is stopped, it cannot be understood: %s", run_id, error)
                reason = f"It cannot be understood: {error}"
                stop(tx, stored, codec, reason, now=self._clock.now(), logger=self._logger)
                self._committed(tx, None)
                return None

    def _load_undecided(self, tx: SqlTransaction, stored: StoredRun, codec: SagaCodec | None) -> Held | None:
        """One that nobody could tell of, and something of it can be seen now; a stopped one is read anew for that."""
        run_id = stored.row["id"]
        if stored.row["stopped"] is not None:
            stored = journal.unstopped(stored)
        try:
            held: Held | None = hold(stored, codec, roused=True)
        except Unreadable:
            held = None
        if held is None or held.run.status in NEEDS_YOU:
            journal.forget_wake(tx.session, run_id)
            tell_domain(tx, codec, run_id, "stuck", self._logger)  # its domain woke it, as if it could go on
            return None
        if stored.row["status"] not in NEEDS_YOU:
            journal.resume_stopped(tx.session, run_id, stored.row["status"], None, self._clock.now())
            self._committed(tx, None)
        held.woken = True
        return held

    # ---- from commit to commit ---------------------------------------------------------------------------------------

    def _commit(self, held: Held, answer: _Answer | None) -> Awaited | None:
        """One transaction: take the answer, go on as far as no effect is needed, mark the one that is."""
        run, results = held.run, dict(held.results)
        now = self._clock.now()
        with self._transactions.begin() as tx:
            held.run = finish(held.run, held.codec.shape)
            try:
                action: Awaited | None = None
                if answer is not None and isinstance(answer.outcome, Prepared):
                    action = Act(answer.action.index, answer.outcome.attempt)
                    held.run = begin(held.run, action, now, answer.outcome.intent)
                else:
                    if answer is not None:
                        self._take(tx, held, answer.action.index, answer.outcome, now)
                    action = self._go_on(tx, held, now)
                if held.run != held.stored or held.woken:
                    journal.write_run(
                        tx.session, held.run_id, held.codec.shape, before=held.stored, after=held.run, now=now
                    )
                    if held.run.status in NEEDS_YOU:
                        tell_domain(tx, held.codec, held.run_id, "stuck", self._logger)
                    self._committed(tx, wake_at(held.run, held.codec.shape))
            except BaseException:
                held.run, held.results = run, results
                raise
        held.stored, held.woken = held.run, False
        return action

    def _go_on(self, tx: SqlTransaction, held: Held, now: Instant) -> Awaited | None:
        while True:
            action = next_action(held.run, held.codec.shape, now)
            if isinstance(action, Sleep | Rest):
                return None
            if self._paused():
                held.parked = True
                return None
            step = held.codec.steps[action.index]
            match action:
                case Assume(index, outcome):
                    self._take(tx, held, index, outcome, now)
                case Undo(index) if isinstance(step, LocalStep):
                    self._take(tx, held, index, self._own.undo(tx, held, index, step), now)
                case Apply(index) if isinstance(step, LocalStep):
                    self._take(tx, held, index, self._own.ask(tx, held, index, step.apply), now)
                case Check(index) if isinstance(step, WaitStep):
                    self._take(tx, held, index, self._own.ask(tx, held, index, step.check), now)
                case Act(index, attempt) if isinstance(step, EffectStep) and step.prepare is not None:
                    return Prepare(index, attempt)
                case Act() | Undo():
                    held.run = begin(held.run, action, now)
                    return action
                case LookUp():
                    return action
                case _:
                    raise AssertionError(f"{action} of {step.name}")

    def _take(self, tx: SqlTransaction, held: Held, index: int, told: Any, now: Instant) -> None:  # noqa: ANN401 - what the step's own type says
        """Carry an outcome into the run, with the domain write that goes with it."""
        step, shape = held.codec.steps[index], held.codec.shape
        taking_back = held.run.status == "compensating" and not shape.is_amend(index)
        outcome: Outcome
        if isinstance(told, Done) and taking_back:
            outcome = Done("")
        elif isinstance(told, Done):
            text = self._own.record(tx, held, index, told.value)
            outcome = CannotTell(text.reason) if isinstance(text, Bug) else Done(text)
        elif isinstance(told, Bug):
            outcome = CannotTell(told.reason)
        else:
            outcome = told
        held.run = after(held.run, shape, index, outcome, now)
        if isinstance(told, Done) and isinstance(outcome, Done) and not taking_back:
            held.results[step.name] = told.value
