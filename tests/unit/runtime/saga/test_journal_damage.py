"""Rows that cannot be understood: the run stops before any effect and shows with its reason; others go on."""

from __future__ import annotations

import pytest

from companion.kernel.result import Err, Ok
from companion.ports.sagas import NotOffered
from companion.runtime.saga.host import SagaHost
from tests.fakes.runtime import Rig, Rigs, settle
from tests.unit.runtime.saga.world import World, begin, host_on, started, view

RUN, STEP = "saga_runs", "saga_steps"
DAMAGE = {
    "params without a version": (RUN, "params", '{"song":"moon"}', "its input: it has no version"),
    "params of another shape": (RUN, "params", '{"v":1,"d":{"sang":"moon"}}', "its input: song: missing"),
    "params cut off": (RUN, "params", '{"v":1,"d":{"song":"mo', "its input"),
    "a kind that nobody knows": (RUN, "kind", "poem", "no saga is called poem"),
    "a start without a time": (RUN, "created_at", "yesterday", "the time of its start"),
    "fulfilled without fulfilment": (RUN, "fulfilled_at", "2026-01-01T00:00:00.000000Z", "point of no return"),
    "a failure that is none": (RUN, "failure", "[]", "value"),
    "a result of another type": (STEP, "result", '{"v":1,"d":{"title":7}}', "the result of find: title"),
    "a step that the saga has not": (STEP, "name", "sing", "no step is called sing"),
    "an attempt that is no number": (STEP, "attempt", "many", "attempt: int_parsing"),
    "a step that cannot be taken back": (STEP, "state", "undone", "find was taken back"),
    "a step taken back on the way forward": ("enqueue", "state", "undone", "enqueue was taken back"),
    "a due time that is none": (STEP, "next_retry_at", "soon", "next_retry_at"),
}


async def waiting_run(rig: Rig, world: World) -> None:
    host = started(rig, world)
    begin(rig, host)
    begin(rig, host, "r2")
    await settle()
    assert view(host).status == "waiting"
    await rig.close()


def damage(rig: Rig, table: str, column: str, value: str) -> None:
    """In the run's row, or in the row of its step `find`, or of the step that `table` names."""
    step = "find" if table == STEP else table
    where = "id = 'r1'" if table == RUN else f"saga = 'r1' AND name = '{step}'"
    table = table if table == RUN else STEP
    with rig._engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {table} SET {column} = ? WHERE {where}", (value,))  # noqa: S608 - of the table above


@pytest.mark.parametrize("case", DAMAGE)
@pytest.mark.expected_logs("the run r1 is stopped, it cannot be understood", "the run r1 cannot be understood")
async def test_a_damaged_run_stops_without_effects(rigs: Rigs, case: str) -> None:
    table, column, value, reason = DAMAGE[case]
    world = World()
    world.playing = False
    await waiting_run(rigs(), world)
    calls = list(world.calls)
    rig = rigs()
    damage(rig, table, column, value)
    host = started(rig, world)
    wake(rig, host, "r1")
    await settle()
    assert world.calls == calls
    (run,) = host.needs_you()
    assert run.id == "r1"
    assert reason in (run.error or "")
    assert run.offers == ("retry", "ignore")
    assert isinstance(await host.settle("r1", "refund"), Err)

    world.playing = True
    wake(rig, host, "r2")
    await settle()
    assert view(host, "r2").status == "completed"
    calls = list(world.calls)
    assert isinstance(await host.settle("r1", "retry"), Ok)
    await settle()
    assert [run.id for run in host.needs_you()] == ["r1"]
    assert isinstance(await host.settle("r1", "ignore"), Ok)
    await settle()
    assert host.needs_you() == []
    assert world.calls == calls


@pytest.mark.expected_logs("the run r1 is stopped, it cannot be understood")
async def test_a_mended_run_goes_on_where_it_stood(rigs: Rigs) -> None:
    world = World()
    world.playing = False
    await waiting_run(rigs(), world)
    rig = rigs()
    damage(rig, STEP, "name", "sing")
    host = started(rig, world)
    wake(rig, host, "r1")
    await settle()
    world.playing = True
    with rig._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE saga_steps SET name = 'find' WHERE name = 'sing'")
    assert isinstance(await host.settle("r1", "retry"), Ok)
    await settle()
    assert view(host).status == "completed"
    assert world.calls.count("find") == 2  # one of each run
    assert isinstance((await host.settle("r1", "retry")), Err)
    match await host.settle("r1", "retry"):
        case Err(NotOffered(offers=())):
            pass
        case other:
            pytest.fail(str(other))


@pytest.mark.expected_logs("hand of r1 failed through a bug", "task failed: sagas worker")
async def test_a_damaged_intent_leaves_it_to_the_streamer(rigs: Rigs) -> None:
    world = World()
    rig = rigs()
    host = host_on(rig, world)
    world.script(hand=["die after"])
    rig.start()
    host.start()
    begin(rig, host)
    await settle()
    await rig.crash()
    rig = rigs()
    damage(rig, "hand", "intent", "seven")
    host = started(rig, world)
    await settle()
    assert view(host).status == "outcome_unknown"
    assert world.happened("hand", "r1") == 1


def wake(rig: Rig, host: SagaHost, run_id: str) -> None:
    """As if what it waits for had come; a damaged status too is called for."""
    with rig.transactions.begin() as tx:
        host.wake_in(tx, run_id)
    host._workers.call(run_id, roused=True)
