"""Drives one run: reads it once, then goes from commit to commit until it sleeps, waits, ends or needs the streamer.

One commit carries what the last effect answered, every local step and check that follows, and the mark that the next
effect has started. A step of ours runs in a savepoint, so that a bug in it takes only itself back.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from companion.kernel.instant import Clock, Instant
from companion.ports.sagas import ENDED, NEEDS_YOU
from companion.ports.transaction import Transaction
from companion.runtime.saga import journal
from companion.runtime.saga.actions import Act, Apply, Assume, Check, LookUp, Outcome, Rest, Sleep, Undo
from companion.runtime.saga.codec import SagaCodec, Unreadable
from companion.runtime.saga.definition import (
    CannotTell,
    Context,
    Done,
    EffectStep,
    LocalStep,
    LookAgain,
    Retry,
    Unknown,
    WaitStep,
)
from companion.runtime.saga.inside import Bug, in_savepoint
from companion.runtime.saga.journal import StoredRun
from companion.runtime.saga.protocol import after, begin, finish, next_action, rouse, wake_at
from companion.runtime.saga.reading import read_whole
from companion.runtime.saga.run import Run
from companion.runtime.saga.settlements import look_again
from companion.runtime.transactions import SqlTransaction, StorageFailure, Transactions

LOOK_LATER = 5.0
"""Seconds until a look-up that took too long is asked again."""


@dataclass(frozen=True, slots=True)
class Prepare:
    """Ask the effect for its intent; the attempt is not marked yet."""

    index: int
    attempt: int


Awaited: TypeAlias = Prepare | Act | LookUp | Undo


@dataclass(frozen=True, slots=True)
class _Prepared:
    """The attempt can be marked now, with its encoded intent."""

    attempt: int
    intent: str | None


@dataclass(frozen=True, slots=True)
class _Answer:
    action: Awaited
    outcome: Any
    """What the step said, or a `Bug`."""


@dataclass(slots=True)
class Held:
    """One run in memory, as it stands on disk."""

    run_id: str
    codec: SagaCodec
    params: object
    created_at: Instant
    run: Run
    stored: Run
    results: dict[str, object] = field(default_factory=dict)
    parked: bool = False
    woken: bool = False
    """A wake that stands on disk, and that the next commit takes off."""


class Driver:
    """Runs steps. `paused` is asked before each; `committed(tx, wake_at)` is told of each change, within it.

    `aside` has the ids of runs that wait in a patient step; `made_room` is told when there is another.
    """

    def __init__(
        self,
        *,
        transactions: Transactions,
        clock: Clock,
        logger: logging.Logger,
        codecs: Mapping[str, SagaCodec],
        paused: Callable[[], bool],
        committed: Callable[[Transaction, Instant | None], None],
        made_room: Callable[[], None],
    ) -> None:
        self._transactions = transactions
        self._clock = clock
        self._logger = logger
        self._codecs = codecs
        self._paused = paused
        self._committed = committed
        self._made_room = made_room
        self.aside: set[str] = set()

    async def drive(self, run_id: str, *, roused: bool) -> bool:
        """Go on with the run as far as it goes. True: it was parked, for everything is held.

        Raises `StorageFailure`; the run then stands on disk as after its last commit, to be driven anew.
        """
        held = self._load(run_id, roused=roused)
        if held is None:
            return False
        answer: _Answer | None = None
        while (action := self._commit(held, answer)) is not None:
            answer = _Answer(action, await self._perform(held, action))
            await self._transactions.turn()
        return held.parked

    # ---- reading -----------------------------------------------------------------------------------------------------

    def _load(self, run_id: str, *, roused: bool) -> Held | None:
        with self._transactions.begin() as tx:
            stored = journal.load(tx.session, run_id)
            if stored is None or stored.row["status"] in ENDED:
                return None
            if stored.row["status"] in NEEDS_YOU:
                woken = roused and stored.row["status"] == "outcome_unknown"
                return self._load_undecided(tx, stored) if woken else None
            try:
                return self._held(stored, roused=roused)
            except Unreadable as error:
                self._logger.error("the run %s is stopped, it cannot be understood: %s", run_id, error)
                self.stop(tx, stored, f"It cannot be understood: {error}")
                return None

    def _load_undecided(self, tx: SqlTransaction, stored: StoredRun) -> Held | None:
        """One that nobody could tell of, and something of it can be seen now; a stopped one is read anew for that."""
        run_id = stored.row["id"]
        if stored.row["stopped"] is not None:
            stored = journal.unstopped(stored)
        try:
            held = self._held(stored, roused=True)
        except Unreadable:
            held = None
        if held is None or held.run.status in NEEDS_YOU:
            journal.forget_wake(tx.session, run_id)
            self.tell(tx, stored.row["kind"], run_id, "stuck")  # its domain woke it, as if it could go on
            return None
        if stored.row["status"] not in NEEDS_YOU:
            journal.resume_stopped(tx.session, run_id, stored.row["status"], None, self._clock.now())
            self._committed(tx, None)
        held.woken = True
        return held

    def _held(self, stored: StoredRun, *, roused: bool) -> Held:
        whole = read_whole(stored, self._codecs.get(stored.row["kind"]))
        run = whole.run
        if roused:
            run = look_again(rouse(run, whole.shape), whole.shape)
        return Held(
            run_id=stored.row["id"],
            codec=whole.codec,
            params=whole.params,
            created_at=whole.created_at,
            run=run,
            stored=whole.run,
            results=whole.results,
        )

    def stop(self, tx: SqlTransaction, stored: StoredRun, reason: str) -> None:
        """Take a run that cannot be gone on with out of the way, and have the streamer look."""
        journal.stop_run(tx.session, stored, reason, self._clock.now())
        self.tell(tx, stored.row["kind"], stored.row["id"], "stuck")
        self._committed(tx, None)

    def tell(self, tx: SqlTransaction, kind: str, run_id: str, what: Literal["stuck", "dropped"]) -> None:
        """Have the saga's domain follow, if it wants to: see `SagaDefinition`."""
        codec = self._codecs.get(kind)
        write = None if codec is None else getattr(codec.definition, what)
        if write is not None:
            in_savepoint(tx, lambda: write(tx, run_id), self._logger, f"{what} of {run_id}")

    # ---- from commit to commit ---------------------------------------------------------------------------------------

    def _commit(self, held: Held, answer: _Answer | None) -> Awaited | None:
        """One transaction: take the answer, go on as far as no effect is needed, mark the one that is."""
        run, results = held.run, dict(held.results)
        now = self._clock.now()
        with self._transactions.begin() as tx:
            held.run = finish(held.run, held.codec.shape)
            try:
                action: Awaited | None = None
                if answer is not None and isinstance(answer.outcome, _Prepared):
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
                        self.tell(tx, held.codec.definition.kind, held.run_id, "stuck")
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
                    self._take(tx, held, index, self._undo_local(tx, held, step, index), now)
                case Apply(index) if isinstance(step, LocalStep):
                    self._take(tx, held, index, self._inside(tx, held, index, step.apply), now)
                case Check(index) if isinstance(step, WaitStep):
                    self._take(tx, held, index, self._inside(tx, held, index, step.check), now)
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
            outcome = self._record(tx, held, index, told.value)
        elif isinstance(told, Bug):
            outcome = CannotTell(told.reason)
        else:
            outcome = told
        held.run = after(held.run, shape, index, outcome, now)
        if isinstance(told, Done) and isinstance(outcome, Done) and not taking_back:
            held.results[step.name] = told.value

    def _record(self, tx: SqlTransaction, held: Held, index: int, value: object) -> Done[str] | CannotTell:
        step = held.codec.steps[index]
        record = step.record if isinstance(step, EffectStep) else None

        def work() -> str:
            text = held.codec.results[index].encode(value)
            if record is not None:
                record(tx, self._context(held, index), value)
            return text

        encoded = in_savepoint(tx, work, self._logger, f"{step.name} of {held.run_id}")
        return CannotTell(encoded.reason) if isinstance(encoded, Bug) else Done(encoded)

    def _inside(
        self, tx: SqlTransaction, held: Held, index: int, work: Callable[[Transaction, Context[Any]], Any]
    ) -> Any:  # noqa: ANN401 - what the step's own type says
        context = self._context(held, index)
        return in_savepoint(
            tx, lambda: work(tx, context), self._logger, f"{held.codec.steps[index].name} of {held.run_id}"
        )

    def _undo_local(self, tx: SqlTransaction, held: Held, step: LocalStep[Any], index: int) -> Done[None] | Bug:
        if step.undo is None:
            raise AssertionError(f"{step.name} cannot be taken back")
        told = self._inside(tx, held, index, step.undo)
        return told if isinstance(told, Bug) else Done(None)

    # ---- what is awaited ---------------------------------------------------------------------------------------------

    async def _perform(self, held: Held, action: Awaited) -> Any:  # noqa: ANN401 - what the step's own type says
        step = held.codec.steps[action.index]
        if not isinstance(step, EffectStep):
            raise AssertionError(f"{step.name} has nothing to await")
        call = _call_of(step, action)
        limit = asyncio.timeout(step.time_limit)
        try:
            context = self._context(held, action.index, action)
            async with limit:
                told = await (self._patiently(held, call(context)) if step.patient else call(context))
            if isinstance(action, Prepare) and isinstance(told, Done):
                text = held.codec.intents[action.index]
                return _Prepared(action.attempt, None if text is None else text.encode(told.value))
            return told
        except StorageFailure:
            raise
        except Exception as error:
            if isinstance(error, TimeoutError) and limit.expired():
                return _too_late(action, step.time_limit)
            self._logger.error("%s of %s failed through a bug", step.name, held.run_id, exc_info=error)
            return Bug.of(error)

    async def _patiently(self, held: Held, call: Awaitable[Any]) -> Any:  # noqa: ANN401 - what the step's own type says
        self.aside.add(held.run_id)
        self._made_room()
        try:
            return await call
        finally:
            self.aside.discard(held.run_id)

    def _context(self, held: Held, index: int, action: Awaited | None = None) -> Context[Any]:
        record = held.run.steps[index]
        attempt = record.attempt
        if isinstance(action, Prepare):
            attempt = action.attempt
        elif isinstance(action, Undo):
            attempt = record.undo_attempt
        return Context(
            run_id=held.run_id,
            params=held.params,
            created_at=held.created_at,
            now=self._clock.now(),
            attempt=max(attempt, 1),
            looks=record.looks,
            intent=held.codec.decode_intent(held.run, index),
            intended_at=record.intended_at,
            results=held.results,
            failure=held.run.failure,
            decision=held.run.decision,
        )


def _call_of(step: EffectStep[Any], action: Awaited) -> Callable[[Context[Any]], Awaitable[Any]]:
    match action:
        case Prepare() if step.prepare is not None:
            return step.prepare
        case Act():
            return step.act
        case LookUp() if step.look_up is not None:
            return step.look_up
        case Undo() if step.undo is not None:
            return step.undo
        case _:
            raise AssertionError(f"{step.name} has no {type(action).__name__}")


def _too_late(action: Awaited, limit: float) -> Retry | Unknown | LookAgain:
    error = f"no answer within {limit:g} s"
    match action:
        case Prepare():
            return Retry(error)
        case LookUp():
            return LookAgain(LOOK_LATER, error)
        case Act() | Undo():
            return Unknown(error)
