"""A step that waits long for its turn takes no worker's place."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from companion.kernel.result import Ok
from companion.runtime.saga.definition import ActOutcome, Context, Done, EffectStep, SagaDefinition
from companion.runtime.saga.host import SagaHost
from tests.fakes.runtime import Rig, settle
from tests.fakes.sagas import saga_host


@dataclass(frozen=True, slots=True)
class Wish:
    """A run's input."""

    waits: bool


class Room:
    """Runs that wait, until the gate opens; and how many acted at the same time at most."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.waiting: list[str] = []
        self.acting = self.most_acting = 0

    async def act(self, ctx: Context[Wish]) -> ActOutcome:
        self.acting += 1
        self.most_acting = max(self.most_acting, self.acting)
        await asyncio.sleep(0)
        self.acting -= 1
        return Done(None)

    async def wait(self, ctx: Context[Wish]) -> ActOutcome:
        if ctx.params.waits:
            self.waiting.append(ctx.run_id)
            await self.gate.wait()
        return Done(None)

    def definition(self) -> SagaDefinition[Wish]:
        return SagaDefinition(
            kind="patience",
            params=Wish,
            steps=(
                EffectStep[Wish](name="act", act=self.act),
                EffectStep[Wish](name="wait", act=self.wait, patient=True),
                EffectStep[Wish](name="act again", act=self.act),
            ),
        )


def host_on(rig: Rig, room: Room) -> SagaHost:
    host = saga_host(rig, concurrency=2)
    host.register(room.definition())
    rig.start()
    host.start()
    return host


def begin(rig: Rig, host: SagaHost, run_id: str, *, waits: bool) -> None:
    with rig.transactions.begin() as tx:
        assert host.start_in(tx, "patience", run_id, Wish(waits)) == Ok("started")


async def test_others_go_on_meanwhile_and_never_more_than_so_many_act(rig: Rig) -> None:
    room = Room()
    host = host_on(rig, room)
    for number in range(6):
        begin(rig, host, f"w{number}", waits=True)
    for number in range(4):
        begin(rig, host, f"r{number}", waits=False)
    await settle(400)
    assert len(room.waiting) == 6
    assert {run.id for run in host.list_runs(statuses=frozenset({"completed"}))} == {"r0", "r1", "r2", "r3"}
    assert room.most_acting <= 2
    room.gate.set()
    await settle(400)
    assert {run.status for run in host.list_runs()} == {"completed"}
    assert rig.supervisor.names() == ()


async def test_a_stop_cuts_the_patient_short(rig: Rig) -> None:
    room = Room()
    host = host_on(rig, room)
    for number in range(3):
        begin(rig, host, f"w{number}", waits=True)
    await settle(200)
    await host.stop(0.01)
    assert rig.supervisor.names() == ()
    assert {run.status for run in host.list_runs()} == {"running"}
