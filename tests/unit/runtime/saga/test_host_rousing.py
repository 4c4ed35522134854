"""Runs that need the streamer and are woken, for something of them is seen: they look once more, and settle once."""

from __future__ import annotations

from contextlib import suppress

import pytest
from sqlalchemy import select

from companion.kernel.result import Ok
from companion.runtime.saga.host import SagaHost
from companion.runtime.saga.tables import SagaRunRow
from companion.runtime.transactions import session_of
from tests.fakes.runtime import Killed, Rig, Rigs, settle
from tests.unit.runtime.saga.world import (
    FREE,
    World,
    begin,
    check_nothing_blindly,
    check_truth,
    come_to_rest,
    host_on,
    started,
    view,
    written,
)


async def undecided(rig: Rig, host: SagaHost, world: World, *, happened: bool = True) -> None:
    """A hand-over that nobody can tell of."""
    world.script(hand=["lost" if happened else "not sent"])
    world.looks["hand"].append("cannot")
    begin(rig, host)
    await settle()
    assert view(host).status == "outcome_unknown"


def wake(rig: Rig, host: SagaHost) -> None:
    with rig.transactions.begin() as tx:
        host.wake_in(tx, "r1")


def breaks(*_: object) -> None:
    raise KeyError("bug")


def due(rig: Rig) -> object:
    with rig.transactions.begin() as tx:
        return session_of(tx).scalar(select(SagaRunRow.wake_at).where(SagaRunRow.id == "r1"))


async def test_what_is_seen_after_all_goes_on_by_itself(rig: Rig, host: SagaHost, world: World) -> None:
    await undecided(rig, host, world)
    wake(rig, host)
    wake(rig, host)
    await settle()
    assert view(host).status == "completed"
    assert world.calls.count("hand") == world.happened("hand", "r1") == world.happened("fulfil", "r1") == 1
    check_truth(rig, world, host, "r1")
    check_nothing_blindly(world, "r1")


async def test_what_still_cannot_be_told_still_needs_the_streamer(rig: Rig, host: SagaHost, world: World) -> None:
    await undecided(rig, host, world)
    world.looks["hand"].append("cannot")
    wake(rig, host)
    await come_to_rest(rig)
    assert [run.id for run in host.needs_you()] == ["r1"]
    assert due(rig) is None
    assert world.calls.count("hand") == 1


async def test_a_kill_right_after_the_wake_does_not_swallow_it(rigs: Rigs, world: World) -> None:
    rig = rigs()
    host = started(rig, world)
    await undecided(rig, host, world)
    rig.transactions.dies_after = rig.transactions.commits + 1
    with suppress(Killed):
        wake(rig, host)
    await rig.crash()
    rig = rigs()
    host = started(rig, world)
    await come_to_rest(rig)
    assert view(host).status == "completed"
    assert world.calls.count("hand") == 1


async def test_who_decides_first_is_heard_and_the_points_move_once(rig: Rig, host: SagaHost, world: World) -> None:
    await undecided(rig, host, world, happened=False)
    wake(rig, host)
    assert isinstance(await host.settle("r1", "refund"), Ok)
    await come_to_rest(rig)
    assert view(host).status == "failed"
    assert (world.happened("refund", "r1"), world.happened("fulfil", "r1")) == (1, 0)


async def test_what_ended_is_not_roused(rig: Rig, host: SagaHost, world: World) -> None:
    await undecided(rig, host, world)
    assert isinstance(await host.settle("r1", "ignore"), Ok)
    wake(rig, host)
    await come_to_rest(rig)
    assert view(host).status == "failed"
    assert world.happened("fulfil", "r1") == 0
    assert written(rig, "dropped") == ["r1"]


@pytest.mark.expected_logs("turn of r1 failed through a bug")
async def test_a_wait_that_broke_is_told_to_its_domain_and_asked_again_when_woken(
    rig: Rig, host: SagaHost, world: World
) -> None:
    world.turn_breaks = True
    begin(rig, host)
    await settle()
    run = view(host)
    assert (run.status, run.stopped) == ("outcome_unknown", True)
    assert written(rig, "stuck") == ["r1"]
    wake(rig, host)
    await settle()
    assert (view(host).status, due(rig)) == ("outcome_unknown", None)
    world.turn_breaks = False
    wake(rig, host)
    await settle()
    assert view(host).status == "completed"
    check_truth(rig, world, host, "r1")


@pytest.mark.expected_logs("is stopped, it broke its driver")
async def test_a_run_that_broke_its_driver_is_told_and_can_be_given_back(
    rig: Rig, host: SagaHost, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.playing = False
    begin(rig, host)
    await settle()
    with monkeypatch.context() as patch:
        patch.setattr(host._driver, "_go_on", breaks)
        world.playing = True
        wake(rig, host)
        await settle()
    run = view(host)
    assert (run.status, run.stopped, run.points) == ("outcome_unknown", True, "held")
    assert written(rig, "stuck") == ["r1"]
    assert run.offers == ("fulfil", "refund", "retry", "ignore")
    assert isinstance(await host.settle("r1", "refund"), Ok)
    await come_to_rest(rig)
    assert (view(host).status, view(host).stopped) == ("failed", False)
    assert (world.happened("refund", "r1"), world.happened("free", "r1")) == (1, 1)
    check_truth(rig, world, host, "r1")


@pytest.mark.expected_logs("is stopped, it broke its driver")
async def test_a_stopped_run_is_read_anew_when_something_of_it_is_seen(
    rig: Rig, host: SagaHost, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.playing = False
    begin(rig, host)
    await settle()
    with monkeypatch.context() as patch:
        patch.setattr(host._driver, "_go_on", breaks)
        wake(rig, host)
        await settle()
    assert view(host).status == "outcome_unknown"
    world.playing = True
    wake(rig, host)
    await settle()
    assert view(host).status == "completed"
    check_truth(rig, world, host, "r1")


@pytest.mark.expected_logs("the run r1 is stopped, it cannot be understood")
async def test_a_run_that_cannot_be_read_is_told_and_stays_stopped_when_woken(rigs: Rigs, world: World) -> None:
    rig = rigs()
    host = host_on(rig, world)
    world.playing = False
    rig.start()
    host.start()
    begin(rig, host)
    await settle()
    with rig._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE saga_runs SET params = 'x'")
    wake(rig, host)
    await settle()
    run = view(host)
    assert (run.status, run.stopped, run.points) == ("outcome_unknown", True, "unknown")
    assert run.offers == ("retry", "ignore")
    assert written(rig, "stuck") == ["r1"]
    wake(rig, host)
    await settle()
    assert (view(host).status, due(rig)) == ("outcome_unknown", None)
    assert isinstance(await host.settle("r1", "ignore"), Ok)
    assert written(rig, "dropped") == ["r1"]


async def test_at_a_start_the_domain_is_told_again_of_what_stands_still(rigs: Rigs, world: World) -> None:
    """An older version did not tell it."""
    rig = rigs()
    host = started(rig, world)
    await undecided(rig, host, world)
    with rig._engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM receipts WHERE receiver = 'stuck'")
    await rig.close()
    rig = rigs()
    host = started(rig, world)
    await settle()
    assert written(rig, "stuck") == ["r1"]


async def test_without_points_there_is_nothing_to_keep_or_to_give_back(rig: Rig, host: SagaHost, world: World) -> None:
    world.script(hand=["lost"])
    world.looks["hand"].append("cannot")
    begin(rig, host, song=FREE)
    await settle()
    run = view(host)
    assert (run.points, run.offers) == ("none", ("retry", "ignore"))
