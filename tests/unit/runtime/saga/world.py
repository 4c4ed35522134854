"""An outside world with a ledger, and a saga that acts on it: what really happened is read there alone."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, TypeAlias

from sqlalchemy import delete, select

from companion.kernel.instant import Instant, seconds
from companion.ports.sagas import ENDED, NEEDS_YOU, RunView
from companion.ports.transaction import Transaction
from companion.runtime.saga.definition import (
    ActOutcome,
    CannotTell,
    Context,
    Done,
    EffectStep,
    Failed,
    LocalOutcome,
    LocalStep,
    LookAgain,
    LookUpOutcome,
    NotDone,
    Retry,
    SagaDefinition,
    UndoOutcome,
    Unknown,
    Waiting,
    WaitOutcome,
    WaitStep,
)
from companion.runtime.saga.host import SagaHost
from companion.runtime.saga.tables import SagaRunRow
from companion.runtime.tables import ReceiptRow
from companion.runtime.transactions import session_of
from tests.fakes.clock import START
from tests.fakes.runtime import Killed, Rig, settle
from tests.fakes.sagas import saga_host

KIND = "song"
FREE = "a song without points"
Fault: TypeAlias = Literal[
    "ok", "retry", "free", "held", "failed", "lost", "not sent", "late", "bug", "bug after", "die before", "die after"
]
Look: TypeAlias = Literal["truth", "again", "cannot", "bug", "die"]
FAULTS: tuple[Fault, ...] = (
    "ok",
    "retry",
    "free",
    "held",
    "failed",
    "lost",
    "not sent",
    "bug",
    "bug after",
    "die before",
    "die after",
)
LOOKS: tuple[Look, ...] = ("truth", "again", "cannot", "bug", "die")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a run is started with."""

    song: str


@dataclass(frozen=True, slots=True)
class Track:
    """What the first step finds."""

    title: str
    found_at: Instant


class Bang(Exception):  # a bug is any exception
    """A bug in a step."""


class World:
    """Outlives the process. `faults` are taken one per call, then all is well."""

    def __init__(self) -> None:
        self.ledger: Counter[tuple[str, str]] = Counter()
        self.faults: dict[str, deque[Fault]] = defaultdict(deque)
        self.looks: dict[str, deque[Look]] = defaultdict(deque)
        self.calls: list[str] = []
        self.story: list[tuple[str, str, str]] = []
        """Run, effect, and how the call went; `look` where it was looked up."""
        self.refused_local: set[str] = set()
        self.playing = True
        self.turn_breaks = False
        self.wait_until: float | None = None
        self.die: Callable[[], None] = lambda: None
        self.gate: asyncio.Event | None = None

    def script(self, **faults: Iterable[Fault]) -> World:
        """The faults of the coming calls, by effect. Answers itself."""
        for name, each in faults.items():
            self.faults[name].extend(each)
        return self

    def happened(self, name: str, run_id: str) -> int:
        """How often it happened."""
        return self.ledger[name, run_id]

    async def do(self, name: str, ctx: Context[Wish]) -> ActOutcome:
        """The effect `name`, as well as the script lets it."""
        self.calls.append(name)
        assert ctx.attempt >= 1
        if self.gate is not None:
            await self.gate.wait()
        await asyncio.sleep(0)
        fault = self.faults[name].popleft() if self.faults[name] else "ok"
        self.story.append((ctx.run_id, name, fault))
        match fault:
            case "retry":
                return Retry("busy")
            case "free" | "held":
                return Retry("no device", free=True, wakeable=fault == "held")
            case "failed":
                return Failed(f"{name}_refused", f"The {name} was refused.")
            case "bug":
                raise Bang
            case "not sent":
                return Unknown("no answer")
            case "die before":
                self._kill()
            case _:
                pass
        self.ledger[name, ctx.run_id] += 1
        match fault:
            case "lost":
                return Unknown("no answer")
            case "late":
                await asyncio.Event().wait()
            case "bug after":
                raise Bang
            case "die after":
                self._kill()
            case _:
                pass
        return Done(f"{name} of {ctx.params.song}")

    async def look(self, name: str, ctx: Context[Wish]) -> LookUpOutcome:
        """Whether it happened, as well as the script lets it."""
        self.calls.append(f"look {name}")
        self.story.append((ctx.run_id, name, "look"))
        assert ctx.intended_at is not None
        await asyncio.sleep(0)
        match self.looks[name].popleft() if self.looks[name] else "truth":
            case "again":
                return LookAgain(5.0, "not to be seen yet")
            case "cannot":
                return CannotTell("nobody knows")
            case "bug":
                raise Bang
            case "die":
                self._kill()
            case _:
                pass
        return Done(f"{name} of {ctx.params.song}") if self.happened(name, ctx.run_id) else NotDone()

    def _kill(self) -> None:
        self.die()
        raise Killed


class Song:
    """The steps: all kinds, with everything that a definition may have."""

    def __init__(self, world: World, *, fulfil_limit: float = 30.0) -> None:
        self.world = world
        self.limits = {"fulfil": fulfil_limit}

    def definition(self) -> SagaDefinition[Wish]:
        return SagaDefinition(
            kind=KIND,
            params=Wish,
            points=lambda wish: "none" if wish.song == FREE else "held",
            stuck=self._stuck,
            dropped=self._dropped,
            summary=lambda wish: f"wants {wish.song}",
            steps=(
                EffectStep(name="find", act=self._find, result=Track, repeatable=True),
                LocalStep(name="enqueue", apply=self._enqueue, undo=self._dequeue),
                self._effect("reserve", undo=self._free),
                EffectStep(name="chat", act=self._act("chat"), result=str, best_effort=True),
                WaitStep(name="turn", check=self._turn, result=str),
                self._effect("hand", prepare=self._count, intent=int),
                self._effect("fulfil", point_of_no_return=True, record=self._heard),
                LocalStep(name="publish", apply=self._publish),
                self._effect("thank"),
            ),
            amends=(self._effect("refund"), EffectStep(name="sorry", act=self._sorry, result=str, best_effort=True)),
        )

    def _effect(self, name: str, **more: Any) -> EffectStep[Wish]:  # noqa: ANN401 - fields of the step
        return EffectStep(
            name=name,
            act=self._act(name),
            look_up=lambda ctx: self.world.look(name, ctx),
            result=str,
            time_limit=self.limits.get(name, 30.0),
            **more,
        )

    def _act(self, name: str) -> Callable[[Context[Wish]], Any]:
        return lambda ctx: self.world.do(name, ctx)

    async def _find(self, ctx: Context[Wish]) -> ActOutcome:
        told = await self.world.do("find", ctx)
        return Done(Track(ctx.params.song.upper(), ctx.now)) if isinstance(told, Done) else told

    def _enqueue(self, tx: Transaction, ctx: Context[Wish]) -> LocalOutcome:
        assert ctx.result("find", Track).title == ctx.params.song.upper()
        if "enqueue" in self.world.refused_local:
            return Failed("full", "The queue is full.", by_viewer=True)
        _write(tx, "queue", ctx)
        return Done(None)

    def _dequeue(self, tx: Transaction, ctx: Context[Wish]) -> None:
        assert ctx.failure is not None
        session_of(tx).execute(
            delete(ReceiptRow).where(ReceiptRow.receiver == "queue", ReceiptRow.event_id == ctx.run_id)
        )

    async def _free(self, ctx: Context[Wish]) -> UndoOutcome:
        assert ctx.failure is not None
        told = await self.world.do("free", ctx)
        return Done(None) if isinstance(told, Done) else told

    def _turn(self, tx: Transaction, ctx: Context[Wish]) -> WaitOutcome:
        if self.world.turn_breaks:
            raise Bang
        if self.world.playing:
            return Done("now")
        until = self.world.wait_until
        return Waiting(None if until is None else ctx.created_at + seconds(until))

    async def _count(self, ctx: Context[Wish]) -> Done[int]:
        return Done(7)

    def _stuck(self, tx: Transaction, run_id: str) -> None:
        session_of(tx).merge(ReceiptRow(receiver="stuck", event_id=run_id, at=START))

    def _dropped(self, tx: Transaction, run_id: str) -> None:
        session_of(tx).add(ReceiptRow(receiver="dropped", event_id=run_id, at=START))

    def _heard(self, tx: Transaction, ctx: Context[Wish], result: str) -> None:
        assert result == f"fulfil of {ctx.params.song}"
        _write(tx, "heard", ctx)

    def _publish(self, tx: Transaction, ctx: Context[Wish]) -> LocalOutcome:
        if "publish" in self.world.refused_local:
            return Failed("no", "It was not published.")
        _write(tx, "published", ctx)
        return Done(None)

    async def _sorry(self, ctx: Context[Wish]) -> ActOutcome:
        assert ctx.failure is not None
        return await self.world.do("sorry", ctx)


def _write(tx: Transaction, table: str, ctx: Context[Wish]) -> None:
    """A domain write that cannot be made twice."""
    session_of(tx).add(ReceiptRow(receiver=table, event_id=ctx.run_id, at=ctx.now))


def written(rig: Rig, table: str) -> list[str]:
    """Ids of the domain's rows."""
    with rig.transactions.begin() as tx:
        return sorted(session_of(tx).scalars(select(ReceiptRow.event_id).where(ReceiptRow.receiver == table)))


def host_on(rig: Rig, world: World, *, fulfil_limit: float = 30.0, concurrency: int = 8) -> SagaHost:
    """A host on this run of the runtime, not started."""
    world.die = lambda: setattr(rig.transactions, "dead", True)
    host = saga_host(rig, concurrency=concurrency)
    host.register(Song(world, fulfil_limit=fulfil_limit).definition())
    return host


def started(rig: Rig, world: World, *, fulfil_limit: float = 30.0, concurrency: int = 8) -> SagaHost:
    """A host on this run of the runtime; both are started."""
    host = host_on(rig, world, fulfil_limit=fulfil_limit, concurrency=concurrency)
    rig.start()
    host.start()
    return host


def begin(rig: Rig, host: SagaHost, run_id: str = "r1", song: str = "moon") -> object:
    """Start a run in a transaction of its own."""
    with rig.transactions.begin() as tx:
        return host.start_in(tx, KIND, run_id, Wish(song))


async def come_to_rest(rig: Rig, *, hours: float = 6) -> None:
    """Let everything happen that will happen by itself, as long as something has a due time."""
    await settle()
    for _ in range(int(hours * 60)):
        planned = any(rig.alarms.due("sagas", name) for name in ("due", "storage", "start"))
        if rig.transactions.dead or not (rig.supervisor.names() or planned):
            return
        await rig.pass_time(60)
        if rig.supervisor.names():
            await asyncio.sleep(0.001)  # an answer that never comes is given up by the loop's own clock, not by ours


def view(host: SagaHost, run_id: str = "r1") -> RunView:
    """The run, which must be there."""
    found = host.get_run(run_id)
    assert found is not None
    return found


def states(run: RunView) -> dict[str, str]:
    """States of the steps that have begun."""
    return {step.name: step.state for step in run.steps if step.state != "pending"}


def check_truth(rig: Rig, world: World, host: SagaHost, run_id: str, *, told_to_retry: bool = False) -> None:
    """What must hold for any run at rest, by the ledger and the domain's tables.

    `told_to_retry`: by the streamer, who is asked when nobody can tell whether `free` has happened; then it may twice.
    """
    run = view(host, run_id)
    once = ("reserve", "hand", "chat", "fulfil", "thank", "refund", "sorry")
    for name in once if told_to_retry else (*once, "free"):
        assert world.happened(name, run_id) <= 1, f"{name} happened twice"
    assert not (world.happened("fulfil", run_id) and world.happened("refund", run_id)), "kept and given back"
    if run.fulfilled_at is not None:
        assert world.happened("fulfil", run_id) == 1
        assert run_id in written(rig, "heard")
        assert run.status not in ("failed", "compensating", "compensation_failed")
    else:
        assert run_id not in written(rig, "heard")
        assert run_id not in written(rig, "published")
    if run.status == "completed":
        assert world.happened("thank", run_id) == 1
        assert run_id in written(rig, "published")
    if run.status == "failed":
        assert world.happened("refund", run_id) == 1
        assert run_id not in written(rig, "queue")
        assert bool(world.happened("reserve", run_id)) == bool(world.happened("free", run_id))
    assert run.status in ENDED | NEEDS_YOU or run.status == "waiting" or has_due_time(rig, run_id)
    check_offers(run)
    if run.status in NEEDS_YOU:
        assert run.error and "ignore" in run.offers


def check_offers(run: RunView) -> None:
    """Nothing is offered that could keep the points and give them back."""
    if states(run).get("refund") in ("started", "unknown", "succeeded"):
        assert "fulfil" not in run.offers, "kept, though it may have been given back"
    if run.fulfilled_at is not None:
        assert "refund" not in run.offers


def check_nothing_blindly(world: World, run_id: str) -> None:
    """What may have happened is done again only after it was looked up (reads may be; the streamer may say so)."""
    for name in ("reserve", "hand", "chat", "fulfil", "thank", "refund", "free", "sorry"):
        told = [what for run, each, what in world.story if (run, each) == (run_id, name)]
        for before, call in pairwise(told):
            assert call == "look" or before in ("look", "retry", "free", "held"), f"{name} again after {before}"


def has_due_time(rig: Rig, run_id: str) -> bool:
    with rig.transactions.begin() as tx:
        due = session_of(tx).scalar(select(SagaRunRow.wake_at).where(SagaRunRow.id == run_id))
    return due is not None and rig.alarms.due("sagas", "due") is not None
