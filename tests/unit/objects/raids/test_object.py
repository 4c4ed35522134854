"""Turns of the official shout-out: one in two minutes, the same channel once an hour."""

from __future__ import annotations

from datetime import timedelta

import pytest

from companion.kernel.instant import Instant
from companion.kernel.result import Err, Ok
from companion.objects.raids.object import LONGEST_WAIT, Raids
from companion.ports.raids import BadRaidSettings, RaidSettings, ShoutLater, ShoutNever, ShoutNow, ShoutPlan
from tests.fakes.clock import START
from tests.fakes.runtime import Rig


class Desk:
    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.live = True
        self.raids = Raids(runtime=rig.runtime, is_live=lambda: self.live)

    def plan(self, run_id: str, channel: str, *, arrived_at: Instant | None = None) -> ShoutPlan:
        with self.rig.transactions.begin() as tx:
            return self.raids.plan_in(tx, run_id, channel, arrived_at=arrived_at or self.rig.clock.now())


@pytest.fixture
def desk(rig: Rig) -> Desk:
    return Desk(rig)


async def test_a_turn_is_kept_by_the_run_that_has_it(desk: Desk) -> None:
    assert desk.plan("r1", "bob") == ShoutNow()
    assert desk.plan("r1", "bob") == ShoutNow()


async def test_another_channel_waits_two_minutes(desk: Desk) -> None:
    desk.plan("r1", "bob")
    later = desk.plan("r2", "cal")
    assert isinstance(later, ShoutLater)
    assert timedelta(minutes=2) <= later.at - START <= timedelta(minutes=2, seconds=5)
    desk.rig.clock.advance(later.at - START)
    assert desk.plan("r2", "cal") == ShoutNow()


async def test_the_same_channel_has_one_an_hour(desk: Desk) -> None:
    desk.plan("r1", "bob")
    desk.rig.clock.advance(timedelta(minutes=59))
    assert isinstance(desk.plan("r2", "bob"), ShoutNever)
    desk.rig.clock.advance(timedelta(minutes=2))
    assert desk.plan("r2", "bob") == ShoutNow()


async def test_a_refused_one_blocks_neither_the_next_raider_nor_this_one(desk: Desk) -> None:
    desk.plan("r1", "bob")
    assert await desk.raids.give_back("r1") == Ok(None)
    assert desk.plan("r2", "cal") == ShoutNow()
    assert await desk.raids.give_back("r2") == Ok(None)
    assert desk.plan("r3", "bob") == ShoutNow()
    assert await desk.raids.give_back("unknown") == Ok(None)
    assert isinstance(desk.plan("r4", "bob"), ShoutNever)


async def test_no_shoutout_offline_switched_off_or_far_too_late(desk: Desk) -> None:
    desk.live = False
    assert isinstance(desk.plan("r1", "bob"), ShoutNever)
    desk.live = True
    desk.plan("r1", "bob")
    assert isinstance(desk.plan("r2", "cal", arrived_at=START - LONGEST_WAIT), ShoutNever)
    assert await desk.raids.set_settings(RaidSettings(shout_out=False)) == Ok(RaidSettings(shout_out=False))
    assert isinstance(desk.plan("r3", "dee"), ShoutNever)


async def test_settings_are_checked_and_kept(desk: Desk) -> None:
    assert isinstance(await desk.raids.set_settings(RaidSettings(minimum=0)), Err)
    await desk.raids.set_settings(RaidSettings(minimum=5))
    again = Raids(runtime=desk.rig.runtime, is_live=lambda: True)
    again.load()
    assert again.get_settings() == RaidSettings(minimum=5)
    assert BadRaidSettings("x").detail == "x"
