"""Missed redemptions are found at Twitch and handed to the inbox."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest

from companion.application.catch_up import MOST_COMPARED, CatchUp
from companion.kernel.instant import Instant
from companion.kernel.result import Err, Ok, Result, expect_ok
from companion.kernel.tasks import TaskSupervisor
from companion.ports.failures import Forbidden, NetworkDown, RateLimited
from companion.ports.rewards import Redemption, RewardSpec, RewardUse, Verdict
from companion.runtime.transactions import StorageFailure
from tests.fakes.clock import FakeClock
from tests.fakes.rewards import FakeRewards
from tests.fakes.runtime import ClockTimer, settle


class Desk:
    def __init__(self, clock: FakeClock) -> None:
        self.twitch = FakeRewards(clock)
        self.ids: dict[str, RewardUse] = {}
        self.known: list[str] = []
        self.missing: list[str] = []
        self.deleted: list[str] = []
        self.hangs: dict[str, str] = {}
        self.told: list[tuple[str, Verdict]] = []
        self.deaf = False
        self.full = False
        self.clock = clock
        self.timer = ClockTimer(clock)
        self.supervisor = TaskSupervisor(logging.getLogger("companion.test"))
        self.catch_up = CatchUp(
            api=self.twitch,
            reward_ids=lambda: self.ids,
            inbox=self,
            unsettled=self,
            missing=self.missing.append,
            is_deleted=lambda reward_id: reward_id in self.deleted,
            timer=self.timer,
            supervisor=self.supervisor,
            clock=clock,
            logger=logging.getLogger("companion.test"),
        )

    def take_missed(self, redemptions: Sequence[Redemption], at: Instant) -> int:
        if self.full:
            raise StorageFailure("disk full")
        new = [each.id for each in redemptions if each.id not in self.known]
        self.known += new
        return len(new)

    async def hanging(self) -> Mapping[str, str]:
        if self.full:
            raise StorageFailure("disk full")
        return dict(self.hangs)

    async def tell(self, redemption_id: str, verdict: Verdict) -> Result[None, str]:
        if self.deaf:
            return Err("disk full")
        self.told.append((redemption_id, verdict))
        del self.hangs[redemption_id]
        return Ok(None)

    def waiting(self, reward_id: str) -> str:
        """Redeemed, taken in, and something hangs on it."""
        bought = self.twitch.redeem(reward_id)
        self.known.append(bought.id)
        self.hangs[bought.id] = reward_id
        return bought.id

    async def reward(self, title: str, use: RewardUse) -> str:
        made = expect_ok(await self.twitch.create_reward(RewardSpec(title, 100, "", input_required=False)))
        self.ids[made.id] = use
        return made.id


@pytest.fixture
def desk(clock: FakeClock) -> Desk:
    return Desk(clock)


async def test_what_is_open_is_taken_in_once(desk: Desk) -> None:
    song, roll = await desk.reward("A song", "song_request"), await desk.reward("A roll", "raffle")
    opened = [desk.twitch.redeem(song).id, desk.twitch.redeem(roll).id]
    desk.twitch.redeem(song, status="fulfilled")
    foreign = desk.twitch.add_foreign("Hydrate")
    desk.twitch.redeem(foreign.id)
    assert await desk.catch_up.run() == 2
    assert await desk.catch_up.run() == 0
    assert desk.known == opened


async def test_a_deleted_reward_hides_nothing(desk: Desk) -> None:
    gone, roll = await desk.reward("A song", "song_request"), await desk.reward("A roll", "raffle")
    desk.twitch.delete_in_dashboard(gone)
    desk.twitch.redeem(roll)
    assert await desk.catch_up.run() == 1
    assert desk.missing == [gone] and desk.timer.left is None


async def test_what_hangs_on_a_deleted_reward_is_told_that_it_is_fulfilled(desk: Desk) -> None:
    song, roll = await desk.reward("A song", "song_request"), await desk.reward("A roll", "raffle")
    lost, kept = desk.waiting(song), desk.waiting(roll)
    desk.twitch.delete_in_dashboard(song)
    assert await desk.catch_up.run() == 0
    assert desk.told == [], "a reward that is merely unknown may be another channel's"
    desk.deleted.append(song)
    assert await desk.catch_up.run() == 0
    assert desk.told == [(lost, "fulfilled")] and list(desk.hangs) == [kept]


async def test_a_deleted_rewards_redemption_that_could_not_be_told_is_told_later(desk: Desk) -> None:
    song = await desk.reward("A song", "song_request")
    lost = desk.waiting(song)
    desk.twitch.delete_in_dashboard(song)
    desk.deleted.append(song)
    desk.deaf = True
    assert await desk.catch_up.run() is None
    desk.deaf = False
    desk.clock.advance(15.0)
    desk.timer.fire()
    await settle()
    assert desk.told == [(lost, "fulfilled")]


async def test_not_knowing_is_told(desk: Desk) -> None:
    song, roll = await desk.reward("A song", "song_request"), await desk.reward("A roll", "raffle")
    desk.twitch.redeem(song)
    desk.twitch.redeem(roll)
    desk.twitch.errors.append(NetworkDown("x"))
    assert await desk.catch_up.run() is None
    assert len(desk.known) == 1
    assert await desk.catch_up.run() == 1


async def test_what_could_not_be_asked_is_asked_again_by_itself(desk: Desk) -> None:
    song = await desk.reward("A song", "song_request")
    bought = desk.twitch.redeem(song)
    desk.twitch.errors.extend([NetworkDown("x"), NetworkDown("x")])
    assert await desk.catch_up.run() is None
    for wait in (15.0, 30.0):
        assert desk.known == [] and desk.timer.left == wait
        desk.clock.advance(wait)
        desk.timer.fire()
        await settle()
    assert desk.known == [bought.id] and desk.timer.left is None


async def test_the_time_that_twitch_names_is_waited_for(desk: Desk) -> None:
    bought = desk.twitch.redeem(await desk.reward("A song", "song_request"))
    for _ in range(3):  # asked from several sides at once, which is no reason to wait longer
        desk.twitch.errors.append(RateLimited(desk.clock.now() + timedelta(seconds=40)))
        assert await desk.catch_up.run() is None
    assert desk.timer.left == 40
    desk.clock.advance(40)
    desk.timer.fire()
    await settle()
    assert desk.known == [bought.id] and desk.timer.left is None


async def test_what_could_not_be_stored_is_asked_for_again(desk: Desk) -> None:
    bought = desk.twitch.redeem(await desk.reward("A song", "song_request"))
    desk.full = True
    assert await desk.catch_up.run() is None
    desk.full = False
    desk.timer.fire()
    await settle()
    assert desk.known == [bought.id]


async def test_a_missing_permission_is_not_asked_about_again(desk: Desk) -> None:
    await desk.reward("A song", "song_request")
    desk.twitch.errors.append(Forbidden("scope missing"))
    assert await desk.catch_up.run() is None
    assert desk.timer.left is None


async def test_what_the_dashboard_settled_meanwhile_is_told_and_what_waits_is_not_asked_about(desk: Desk) -> None:
    song, roll = await desk.reward("A song", "song_request"), await desk.reward("A roll", "raffle")
    back, kept, waits = desk.waiting(song), desk.waiting(roll), desk.waiting(song)
    desk.twitch.settle_in_dashboard(back, "canceled")
    desk.twitch.settle_in_dashboard(kept, "fulfilled")
    assert await desk.catch_up.run() == 0
    assert desk.told == [(back, "canceled"), (kept, "fulfilled")] and list(desk.hangs) == [waits]
    assert desk.twitch.calls.count("get_redemption") == 2


async def test_what_twitch_does_not_know_any_more_settles_nothing(desk: Desk) -> None:
    gone = desk.waiting(await desk.reward("A song", "song_request"))
    del desk.twitch.redemptions[gone]
    assert await desk.catch_up.run() == 0
    assert desk.told == []


async def test_a_status_that_could_not_be_asked_or_told_is_asked_for_again(desk: Desk) -> None:
    song = await desk.reward("A song", "song_request")
    back = desk.waiting(song)
    desk.twitch.settle_in_dashboard(back, "canceled")
    desk.twitch.lose_answers["get_redemption"] = 1
    assert await desk.catch_up.run() is None
    desk.deaf = True
    desk.timer.fire()
    await settle()
    desk.deaf = False
    assert desk.told == [] and desk.timer.left is not None
    desk.timer.fire()
    await settle()
    assert desk.told == [(back, "canceled")] and desk.timer.left is None


async def test_a_whole_evening_settled_at_once_is_asked_about_bit_by_bit(desk: Desk) -> None:
    song = await desk.reward("A song", "song_request")
    for one in [desk.waiting(song) for _ in range(MOST_COMPARED + 1)]:
        desk.twitch.settle_in_dashboard(one, "canceled")
    assert await desk.catch_up.run() is None
    assert len(desk.told) == MOST_COMPARED
    desk.timer.fire()
    await settle()
    assert len(desk.told) == MOST_COMPARED + 1 and desk.timer.left is None


async def test_once_closed_nothing_is_asked_by_itself(desk: Desk) -> None:
    await desk.reward("A song", "song_request")
    desk.twitch.errors.append(NetworkDown("x"))
    desk.catch_up.close()
    assert await desk.catch_up.run() is None
    assert desk.timer.left is None
