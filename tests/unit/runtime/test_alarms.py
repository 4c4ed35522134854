"""Alarms: on disk, right over restart, sleep and clock jumps, silent during stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from companion.kernel.instant import seconds
from companion.runtime.alarms import AFTER_CRASH, TICK
from tests.fakes.clock import START, FakeClock
from tests.fakes.runtime import Rig, Rigs, fill_disk, free_disk, settle
from tests.unit.runtime.owner import Owner, on_disk


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
