"""Runs whose process dies: after every single commit, and wherever chance has it, with every other fault besides."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from companion.ports.sagas import NEEDS_YOU, RunStatus
from companion.runtime.saga.host import SagaHost
from tests.fakes.clock import FakeClock
from tests.fakes.runtime import Killed, Rig, Rigs
from tests.unit.runtime.saga.world import (
    FAULTS,
    LOOKS,
    Fault,
    World,
    begin,
    check_nothing_blindly,
    check_offers,
    check_truth,
    come_to_rest,
    host_on,
    started,
    view,
)

CASES: dict[str, tuple[dict[str, list[Fault]], set[str], RunStatus]] = {
    "all well": ({}, set(), "completed"),
    "passing errors": ({"hand": ["retry", "free"], "fulfil": ["retry"]}, set(), "completed"),
    "lost answers": ({"reserve": ["lost"], "hand": ["not sent"], "fulfil": ["lost"]}, set(), "completed"),
    "refused": ({"hand": ["failed"]}, set(), "failed"),
    "refused, with a hard way back": ({"hand": ["failed"], "free": ["retry"], "refund": ["lost"]}, set(), "failed"),
    "refused by a local step": ({}, {"enqueue"}, "failed"),
    "refused after the point of no return": ({}, {"publish"}, "post_commit_failed"),
}


async def live(rig: Rig, world: World, runs: int = 1, *, dies_after: int | None = None) -> SagaHost | None:
    """One life of the process: start what is not started, come to rest; None when it died."""
    host = host_on(rig, world)
    with suppress(Killed):
        rig.start()
        host.start()
        rig.transactions.dies_after = None if dies_after is None else rig.transactions.commits + dies_after
        for number in range(runs):
            begin(rig, host, f"r{number}")
        await come_to_rest(rig, hours=2)
    if rig.transactions.dead:
        await rig.crash()
        return None
    rig.transactions.dies_after = None
    return host


@pytest.mark.expected_logs
@pytest.mark.parametrize("case", CASES)
async def test_a_kill_after_any_commit_changes_nothing(tmp_path: Path, clock: FakeClock, case: str) -> None:
    faults, refused, expected = CASES[case]
    survived, nth = False, 0
    while not survived:
        nth += 1
        world = World().script(**faults)
        world.refused_local = refused
        rigs = Rigs(tmp_path / f"{nth}.db", clock)
        host = await live(rigs(), world, dies_after=nth)
        survived = host is not None
        if host is None:
            rig = rigs()
            host = await live(rig, world)
            assert host is not None
        else:
            rig = rigs._open[-1]
        check_truth(rig, world, host, "r0")
        # A kill in the middle of taking back leaves what only the streamer knows; nothing else may.
        cut_short = {"compensation_failed"} if "free" in world.calls or expected == "failed" else set()
        assert view(host, "r0").status in {expected} | cut_short, f"killed after commit {nth}"
        await rigs.close()
    assert nth > 4


@pytest.mark.expected_logs
@pytest.mark.parametrize("name", ["reserve", "hand", "fulfil", "thank"])
@pytest.mark.parametrize("fault", ["die before", "die after"])
async def test_a_kill_around_an_effect_is_looked_up(rigs: Rigs, name: str, fault: Fault) -> None:
    world = World().script(**{name: [fault]})
    assert await live(rigs(), world) is None
    rig = rigs()
    host = await live(rig, world)
    assert host is not None
    assert view(host, "r0").status == "completed"
    assert world.happened(name, "r0") == 1
    check_truth(rig, world, host, "r0")


@pytest.mark.expected_logs
@pytest.mark.parametrize("fault", ["die before", "die after"])
async def test_a_kill_while_taking_back_withholds_the_refund(rigs: Rigs, fault: Fault) -> None:
    world = World().script(hand=["failed"], free=[fault])
    assert await live(rigs(), world) is None
    rig = rigs()
    host = await live(rig, world)
    assert host is not None
    assert view(host, "r0").status == "compensation_failed"
    assert world.calls.count("free") == 1
    assert world.happened("refund", "r0") == 0


@pytest.mark.expected_logs
async def test_a_wake_is_not_lost_with_the_process(rigs: Rigs) -> None:
    world = World()
    world.playing = False
    rig = rigs()
    host = await live(rig, world)
    assert host is not None
    world.playing = True
    rig.transactions.dies_after = rig.transactions.commits + 1
    with suppress(Killed), rig.transactions.begin() as tx:
        host.wake_in(tx, "r0")
    await rig.crash()
    rig = rigs()
    host = started(rig, world)
    await come_to_rest(rig)
    assert view(host, "r0").status == "completed"


MOST_RUNS = 3
UNSURE: tuple[Fault, ...] = ("lost", "not sent", "die before", "die after")
"""Some have happened and some have not; who asked is told of none, or is dead."""
EFFECTS = ("find", "reserve", "chat", "hand", "fulfil", "thank", "free", "refund", "sorry")


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Trouble in a few places, so that runs get far enough to meet it; half of them turn back late."""
    world = World()
    for name in draw(st.lists(st.sampled_from(EFFECTS), max_size=4)):
        world.faults[name].extend(draw(st.lists(st.sampled_from(FAULTS), min_size=1, max_size=3)))
        world.looks[name].extend(draw(st.lists(st.sampled_from(LOOKS), max_size=3)))
    if turn_back := draw(st.sampled_from(["", "", "hand", "fulfil"])):
        world.faults[turn_back].append("failed")
        if draw(st.booleans()):  # the way back has its own troubles
            name = draw(st.sampled_from(["free", "refund"]))
            world.faults[name].extend(draw(st.lists(st.sampled_from(FAULTS), min_size=1, max_size=2)))
            world.looks[name].extend(draw(st.lists(st.sampled_from(LOOKS), max_size=2)))
    world.refused_local = draw(st.sampled_from([set(), set(), set(), {"enqueue"}, {"publish"}]))
    if draw(st.booleans()):
        world.playing, world.wait_until = False, 900.0
    return world


@st.composite
def worlds_on_the_way_back(draw: st.DrawFn) -> World:
    """Every run fails, and taking back and giving back die or say nothing: few runs of `worlds` come to that."""
    world = World().script(hand=["failed"] * MOST_RUNS)
    for name in ("free", "refund"):
        world.faults[name].extend(draw(st.lists(st.sampled_from(UNSURE), max_size=2)))
        world.looks[name].extend(draw(st.lists(st.sampled_from(LOOKS), max_size=2)))
    return world


@pytest.mark.timeout(300)  # eighty worlds, each with several lives: a minute on a machine with other work
@pytest.mark.expected_logs
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    world=worlds() | worlds_on_the_way_back(),
    lives=st.lists(st.integers(1, 25), max_size=6),
    runs=st.integers(1, MOST_RUNS),
    data=st.data(),
)
def test_whatever_happens_the_ledger_is_right(
    tmp_path_factory: pytest.TempPathFactory, world: World, lives: list[int], runs: int, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("saga") / "x.db"
    asyncio.run(_whatever_happens(Rigs(path, FakeClock()), world, lives, runs, data))


async def _whatever_happens(rigs: Rigs, world: World, lives: list[int], runs: int, data: st.DataObject) -> None:
    clear = _is_clear(world)
    try:
        for dies_after in lives:
            await live(rigs(), world, runs, dies_after=dies_after)
        world.playing = True
        while (host := await live(rig := rigs(), world, runs)) is None:
            pass  # every death is one fault of the script: they come to an end
        for number in range(runs):
            check_truth(rig, world, host, f"r{number}")
            check_nothing_blindly(world, f"r{number}")
            assert not clear or view(host, f"r{number}").status != "outcome_unknown", "nobody looked"
        for number in range(runs):
            await _settle_at_last(rig, world, host, f"r{number}", data)
    finally:
        await rigs.close()  # also when hypothesis has no more to draw


def _is_clear(world: World) -> bool:
    """Whether every look-up can tell, and nothing breaks: then nothing is left to the streamer undecided."""
    acts = {fault for faults in world.faults.values() for fault in faults}
    looks = {look for looks in world.looks.values() for look in looks}
    return not acts & {"bug", "bug after"} and not looks & {"cannot", "bug"}


async def _rouse(rig: Rig, world: World, host: SagaHost, run_id: str, *, told_to_retry: bool) -> None:
    """Woken, as often as it likes: it looks, does nothing without that, and its ledger stays right."""
    story = len(world.story)
    with suppress(Killed):
        for _ in range(2):
            with rig.transactions.begin() as tx:
                host.wake_in(tx, run_id)
        await come_to_rest(rig, hours=2)
    if not rig.transactions.dead:
        told = [(name, how) for each, name, how in world.story[story:] if each == run_id]
        assert not told or told[0][1] == "look", "it was begun again unseen"
        check_truth(rig, world, host, run_id, told_to_retry=told_to_retry)


async def _settle_at_last(rig: Rig, world: World, host: SagaHost, run_id: str, data: st.DataObject) -> None:
    """The streamer decides until the run ends; no decision makes an effect happen twice."""
    told_to_retry = False
    for _ in range(12):
        if rig.transactions.dead or (run := view(host, run_id)).status not in NEEDS_YOU:
            return
        if data.draw(st.booleans(), label="something of it is seen"):
            await _rouse(rig, world, host, run_id, told_to_retry=told_to_retry)
            continue
        fulfilled = world.happened("fulfil", run_id)
        choices = [each for each in run.offers if each != "refund" or not fulfilled]
        choice = data.draw(st.sampled_from(choices))
        told_to_retry = told_to_retry or choice == "retry"
        await host.settle(run_id, choice)
        await come_to_rest(rig, hours=2)
        if rig.transactions.dead:
            return
        check_offers(view(host, run_id))
        for name in ("reserve", "hand", "chat", "thank", "refund", "sorry", "fulfil"):
            assert world.happened(name, run_id) <= 1, f"{name} happened twice"
        assert not (world.happened("fulfil", run_id) and world.happened("refund", run_id))
