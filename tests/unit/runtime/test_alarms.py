"""Alarms: on disk, right over restart, sleep and clock jumps, silent during stop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot
from sqlalchemy import select, text

from companion.kernel.instant import seconds
from companion.runtime.alarms import AFTER_CRASH, JUMP, TICK
from companion.runtime.tables import AlarmRow
from companion.runtime.transactions import session_of
from companion.services.system.loop_timer import LoopTimer
from tests.fakes.clock import START, FakeClock
from tests.fakes.runtime import Rig, Rigs, fill_disk, free_disk, settle


class Owner:
    """Remembers when its alarms fired; `act` is what it does then."""

    def __init__(self, rig: Rig, name: str = "owner") -> None:
        self.rig = rig
        self.name = name
        self.fired: list[tuple[str, float]] = []
        self.act: Callable[[str], object] | None = None
        self.gate: asyncio.Event | None = None
        rig.alarms.register(name, self.on_alarm)

    async def on_alarm(self, name: str) -> None:
        self.fired.append((name, (self.rig.clock.now() - START).total_seconds()))
        if self.gate is not None:
            await self.gate.wait()
        if self.act is not None:
            self.act(name)

    def set(self, after: float | timedelta, name: str = "a") -> None:
        span = after if isinstance(after, timedelta) else timedelta(seconds=after)
        with self.rig.transactions.begin() as tx:
            self.rig.alarms.set(tx, self.name, name, self.rig.runtime.clock.now() + span)

    def cancel(self, name: str = "a") -> None:
        with self.rig.transactions.begin() as tx:
            self.rig.alarms.cancel(tx, self.name, name)

    @property
    def times(self) -> list[float]:
        return [at for _, at in self.fired]


def on_disk(rig: Rig) -> list[str]:
    with rig.transactions.begin() as tx:
        return sorted(session_of(tx).scalars(select(AlarmRow.name)))


@pytest.fixture
def owner(rig: Rig) -> Owner:
    rig.start()
    return Owner(rig)


async def test_fires_once_when_due_and_is_gone(rig: Rig, owner: Owner) -> None:
    owner.set(45)
    assert rig.alarms.due("owner", "a") == START + seconds(45)
    await rig.pass_time(44.9)
    assert owner.fired == []
    await rig.pass_time(0.1)
    assert owner.fired == [("a", 45.0)]
    await rig.pass_time(300)
    assert len(owner.fired) == 1
    assert on_disk(rig) == []
    assert rig.alarms.due("owner", "a") is None


async def test_moving_keeps_one_alarm(rig: Rig, owner: Owner) -> None:
    owner.set(10)
    owner.set(100)
    assert on_disk(rig) == ["a"]
    await rig.pass_time(99)
    assert owner.fired == []
    owner.set(0)
    await rig.pass_time(300)
    assert owner.times == [99.0]


async def test_a_cancelled_alarm_is_silent(rig: Rig, owner: Owner) -> None:
    owner.set(10)
    owner.cancel()
    owner.cancel("never set")
    await rig.pass_time(100)
    assert owner.fired == []
    assert on_disk(rig) == []


@pytest.mark.parametrize(("first", "last", "left"), [("set", "cancel", []), ("cancel", "set", ["a"])])
async def test_the_last_word_in_one_transaction_holds(
    rig: Rig, owner: Owner, first: str, last: str, left: list[str]
) -> None:
    with rig.transactions.begin() as tx:
        for word in (first, last):
            if word == "set":
                rig.alarms.set(tx, "owner", "a", START + seconds(10))
            else:
                rig.alarms.cancel(tx, "owner", "a")
    assert on_disk(rig) == left
    await rig.pass_time(20)
    assert [name for name, _ in owner.fired] == left


async def test_a_rollback_sets_and_cancels_nothing(rig: Rig, owner: Owner) -> None:
    owner.set(50, "kept")

    def fail() -> None:
        with rig.transactions.begin() as tx:
            rig.alarms.set(tx, "owner", "new", START)
            rig.alarms.cancel(tx, "owner", "kept")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    await rig.pass_time(60)
    assert owner.fired == [("kept", 50.0)]


async def test_survives_a_restart(rigs: Rigs, clock: FakeClock) -> None:
    first = rigs()
    first.start()
    Owner(first).set(100)
    await first.pass_time(40)
    await first.crash()
    second = rigs()
    owner = Owner(second)
    second.start()
    assert second.alarms.due("owner", "a") == START + seconds(100)
    await second.pass_time(59)
    assert owner.fired == []
    await second.pass_time(1)
    assert owner.times == [100.0]


async def test_due_in_the_past_at_start_fires_once_at_once(rigs: Rigs, clock: FakeClock) -> None:
    first = rigs()
    Owner(first).set(10)
    await first.crash()
    clock.advance(timedelta(days=3))
    second = rigs()
    owner = Owner(second)
    second.start()
    assert second.timer.left == 0
    await second.pass_time(0.001)
    await second.pass_time(100)
    assert len(owner.fired) == 1


async def test_an_alarm_of_an_unknown_owner_stays_on_disk(rigs: Rigs, expected_logs: Callable[..., None]) -> None:
    expected_logs("no handler for the alarm a of owner")
    first = rigs()
    Owner(first).set(10)
    await first.crash()
    second = rigs()
    second.start()
    await second.pass_time(100)
    assert on_disk(second) == ["a"]


async def test_fires_late_but_surely_after_a_sleep(rig: Rig, owner: Owner, clock: FakeClock) -> None:
    owner.set(600)
    clock.jump(timedelta(hours=8))  # the machine slept; its monotonic clock stood still
    await rig.fire()
    assert len(owner.fired) == 1


async def test_a_clock_set_back_does_not_delay(rig: Rig, owner: Owner, clock: FakeClock) -> None:
    owner.set(600)
    await rig.pass_time(60)
    clock.jump(-timedelta(hours=5))
    before = clock.monotonic()
    await rig.pass_time(540)
    assert len(owner.fired) == 1
    assert clock.monotonic() - before <= 540


async def test_a_clock_set_forward_fires_what_is_due_by_it(rig: Rig, owner: Owner, clock: FakeClock) -> None:
    owner.set(600)
    clock.jump(700)
    await rig.pass_time(TICK)
    assert len(owner.fired) == 1


async def test_months_ahead_the_timer_is_never_armed_for_longer_than_a_tick(
    rig: Rig, owner: Owner, clock: FakeClock
) -> None:
    owner.set(timedelta(days=180))
    for _ in range(180):
        clock.advance(timedelta(days=1))
        assert len(owner.fired) == 0
        await rig.fire()
    assert rig.timer.longest <= TICK
    assert len(owner.fired) == 1


async def test_nothing_fires_before_start(rig: Rig) -> None:
    owner = Owner(rig)
    owner.set(0)
    await settle()
    assert rig.timer.left is None
    assert owner.fired == []
    rig.start()
    await rig.pass_time(1)
    assert len(owner.fired) == 1


async def test_after_disarm_nothing_fires_and_rows_stay(rig: Rig, owner: Owner) -> None:
    owner.set(10)
    rig.alarms.disarm()
    owner.set(5, "set while stopping")
    rig.clock.advance(100)
    await settle()
    assert rig.timer.left is None
    assert owner.fired == []
    assert on_disk(rig) == ["a", "set while stopping"]


async def repeat_every_millisecond(rig: Rig) -> Owner:
    """An alarm that sets itself anew, over a timer that really runs."""
    owner = Owner(rig)
    owner.act = lambda _: owner.set(0.001)
    rig.start()
    owner.set(0.001)
    async with asyncio.timeout(10):
        while len(owner.fired) < 5:
            await asyncio.sleep(0.001)
    return owner


async def stop_while_it_runs(rig: Rig) -> None:
    owner = await repeat_every_millisecond(rig)
    rig.alarms.disarm()
    rig.supervisor.close()
    assert await rig.supervisor.drain(1.0) == ()
    fired = len(owner.fired)
    await asyncio.sleep(0.02)
    assert len(owner.fired) == fired
    assert rig.supervisor.names() == ()
    assert on_disk(rig) == ["a"]


async def test_a_millisecond_alarm_running_through_stop_leaves_no_task(rigs: Rigs) -> None:
    await stop_while_it_runs(rigs(real=LoopTimer()))


async def test_the_qt_timer_is_silent_after_its_close(rigs: Rigs, qtbot: QtBot) -> None:
    from PySide6.QtCore import QCoreApplication
    from PySide6.QtTest import QTest

    from companion.services.qt.timer import QtTimer

    timer = QtTimer()
    rig = rigs(real=timer)
    owner = Owner(rig)
    owner.act = lambda _: owner.set(0.001)
    rig.start()
    owner.set(0.001)
    async with asyncio.timeout(10):
        while len(owner.fired) < 5:
            QCoreApplication.processEvents()
            await asyncio.sleep(0.001)
    QTest.qSleep(5)  # the timeout is due, perhaps queued already
    rig.alarms.disarm()
    fired = len(owner.fired)
    for _ in range(10):
        QCoreApplication.processEvents()
        await asyncio.sleep(0.002)
    assert len(owner.fired) == fired
    rig.supervisor.close()
    assert await rig.supervisor.drain(1.0) == ()
    assert on_disk(rig) == ["a"]
    timer.deleteLater()


@pytest.mark.expected_logs("task failed: alarm owner/a")
async def test_a_handler_that_breaks_is_tried_again_later(rig: Rig, owner: Owner) -> None:
    def break_once(_: str) -> None:
        if len(owner.fired) == 1:
            raise ValueError("bug")

    owner.act = break_once
    owner.set(10)
    await rig.pass_time(10 + AFTER_CRASH - 1)
    assert owner.times == [10.0]
    assert on_disk(rig) == ["a"]
    await rig.pass_time(100)
    assert owner.times == [10.0, 10.0 + AFTER_CRASH]
    assert on_disk(rig) == []


async def test_a_handler_may_set_the_alarm_anew_even_for_the_very_same_instant(rig: Rig, owner: Owner) -> None:
    due = START + seconds(10)

    def again(name: str) -> None:
        if len(owner.fired) < 3:
            with rig.transactions.begin() as tx:
                rig.alarms.set(tx, "owner", name, due)

    owner.act = again
    owner.set(10)
    await rig.pass_time(20)
    assert owner.times == [10.0, 10.0, 10.0]
    assert on_disk(rig) == []


async def test_a_handler_may_cancel_its_own_alarm(rig: Rig, owner: Owner) -> None:
    owner.act = lambda _: owner.cancel()
    owner.set(10)
    await rig.pass_time(100)
    assert owner.times == [10.0]


async def test_a_running_handler_is_not_run_twice(rig: Rig, owner: Owner) -> None:
    owner.gate = asyncio.Event()
    owner.set(10)
    await rig.pass_time(10)
    owner.set(0)  # set anew by somebody else in mid-run
    await rig.pass_time(120)
    assert len(owner.fired) == 1
    owner.gate.set()
    await settle()
    await rig.pass_time(1)
    assert len(owner.fired) == 2
    assert on_disk(rig) == []


async def test_killed_in_the_handler_it_fires_again_at_the_next_start(rigs: Rigs) -> None:
    first = rigs()
    owner = Owner(first)
    owner.gate = asyncio.Event()
    first.start()
    owner.set(10)
    await first.pass_time(10)
    assert len(owner.fired) == 1
    await first.crash()
    second = rigs()
    again = Owner(second)
    second.start()
    await second.pass_time(1)
    assert len(again.fired) == 1


@pytest.mark.expected_logs("task failed")
async def test_killed_after_the_handler_but_before_its_record_it_fires_again(rigs: Rigs) -> None:
    first = rigs()
    owner = Owner(first)
    first.start()
    owner.set(10)
    first.transactions.dead = True
    await first.pass_time(10)
    assert len(owner.fired) == 1
    await first.crash()
    second = rigs()
    again = Owner(second)
    second.start()
    await second.pass_time(1)
    assert len(again.fired) == 1


async def test_many_alarms_fire_in_the_order_of_their_times(rig: Rig, owner: Owner) -> None:
    for after in (500, 3, 77, 29, 31, 30):
        owner.set(after, str(after))
    await rig.pass_time(600)
    assert owner.fired == [(str(after), float(after)) for after in (3, 29, 30, 31, 77, 500)]


@pytest.mark.expected_logs("storage failed", "tried again later")
async def test_a_full_disk_makes_an_alarm_wait_not_spin(rig: Rig, owner: Owner) -> None:
    big = "x" * 500_000
    owner.act = lambda _: owner.set(1000, big)
    owner.set(10)
    fill_disk(rig)
    await rig.pass_time(10)
    assert len(owner.fired) == 1
    await rig.pass_time(50)
    assert len(owner.fired) == 1
    free_disk(rig)
    await rig.pass_time(20)
    assert len(owner.fired) == 2
    assert on_disk(rig) == [big]


# Sleep and clock jumps


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
    logging.getLogger("companion.test").debug("followed")


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
