"""Alarms over sleep and clock jumps, and in every order."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from companion.kernel.instant import seconds
from companion.runtime.alarms import JUMP, TICK
from companion.runtime.transactions import session_of
from tests.fakes.clock import FakeClock
from tests.fakes.runtime import Rig, Rigs
from tests.unit.runtime.owner import Owner, on_disk


@pytest.fixture
def surprises(rig: Rig) -> list[float]:
    told: list[float] = []
    rig.alarms.on_jump(told.append)
    return told


async def test_a_sleep_is_told_once(rig: Rig, owner: Owner, clock: FakeClock, surprises: list[float]) -> None:
    clock.jump(3600)
    await rig.fire()
    assert len(surprises) == 1 and 3500 < surprises[0] <= 3600
    await rig.pass_time(300)
    assert len(surprises) == 1


async def test_a_sleep_that_the_monotonic_clock_counted_is_told_too(
    rig: Rig, owner: Owner, clock: FakeClock, surprises: list[float]
) -> None:
    clock.advance(3600)
    await rig.fire()
    assert len(surprises) == 1 and 3500 < surprises[0] <= 3600


async def test_a_sleep_is_told_though_an_alarm_is_set_before_the_timer_runs_out(
    rig: Rig, owner: Owner, clock: FakeClock, surprises: list[float]
) -> None:
    clock.jump(3600)
    owner.set(5)
    assert len(surprises) == 1
    await rig.pass_time(60)
    assert len(surprises) == 1


async def test_a_clock_set_back_is_told_as_a_negative_surprise(
    rig: Rig, owner: Owner, clock: FakeClock, surprises: list[float]
) -> None:
    clock.jump(-3600)
    await rig.pass_time(TICK)
    assert surprises == [-3600.0]


@pytest.mark.parametrize("jump", [JUMP - 1, -(JUMP - 1), 0])
async def test_small_corrections_are_nobodys_business(
    rig: Rig, owner: Owner, clock: FakeClock, surprises: list[float], jump: float
) -> None:
    await rig.pass_time(100)
    clock.jump(jump)
    await rig.pass_time(100)
    assert surprises == []


async def test_a_listener_that_breaks_does_not_stop_the_alarms(rig: Rig, owner: Owner, clock: FakeClock) -> None:
    def broken(_: float) -> None:
        raise ValueError("bug")

    rig.alarms.on_jump(broken)
    owner.set(5000)
    clock.jump(3600)
    with pytest.raises(ValueError, match="bug"):
        rig.timer.fire()
    await rig.pass_time(1400)
    assert len(owner.fired) == 1


@settings(max_examples=40, deadline=None)
@given(
    plan=st.lists(
        st.one_of(
            st.tuples(st.just("set"), st.integers(0, 200)),
            st.tuples(st.just("cancel"), st.just(0)),
            st.tuples(st.just("pass"), st.integers(1, 120)),
            st.tuples(st.just("jump"), st.integers(-4000, 4000)),
            st.tuples(st.just("restart"), st.just(0)),
        ),
        max_size=12,
    )
)
def test_never_early_by_both_clocks_and_never_late_by_either(
    plan: list[tuple[str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever happens, an alarm fires as soon as either clock says so, once, unless it was cancelled."""
    asyncio.run(follow(plan, tmp_path_factory))


async def follow(plan: list[tuple[str, int]], tmp_path_factory: pytest.TempPathFactory) -> None:
    clock = FakeClock()
    rigs = Rigs(tmp_path_factory.mktemp("alarms") / "a.db", clock)
    rig = rigs()
    owner = Owner(rig)
    rig.start()
    expected = 0
    wall_due = monotonic_due = None
    for word, number in plan:
        if word == "set":
            owner.set(number)
            wall_due, monotonic_due = clock.now() + seconds(number), clock.monotonic() + number
        elif word == "cancel":
            owner.cancel()
            wall_due = monotonic_due = None
        elif word == "pass":
            for _ in range(number):
                await rig.pass_time(1)
        elif word == "jump":
            clock.jump(number)
            await rig.pass_time(TICK)  # seen within a tick
        else:
            await rig.crash()
            rig = rigs()
            owner.rig = rig
            rig.alarms.register("owner", owner.on_alarm)
            rig.start()
            if wall_due is not None:
                monotonic_due = clock.monotonic() + max((wall_due - clock.now()).total_seconds(), 0)
        await rig.pass_time(0.001)
        if wall_due is not None and monotonic_due is not None:
            over = clock.now() >= wall_due or clock.monotonic() >= monotonic_due
            if over:
                expected += 1
                wall_due = monotonic_due = None
        assert len(owner.fired) == expected
    await rigs.close()


@pytest.mark.expected_logs("the stored time of the alarm a of owner is none")
async def test_a_spoiled_row_does_not_keep_companion_from_starting(rigs: Rigs) -> None:
    rig = rigs()
    owner = Owner(rig)
    owner.set(3600)
    owner.set(60, "b")
    with rig.transactions.begin() as tx:
        session_of(tx).execute(text("UPDATE alarms SET due = 'noon' WHERE name = 'a'"))
    await rig.crash()
    rig = rigs()
    owner = Owner(rig)
    rig.start()
    await rig.pass_time(60)
    assert owner.fired == [("a", 0.0), ("b", 60.0)]
    assert on_disk(rig) == []
