"""Missed redemptions are found at Twitch and handed to the inbox."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import pytest

from companion.application.catch_up import CatchUp
from companion.kernel.instant import Instant
from companion.kernel.result import expect_ok
from companion.ports.failures import NetworkDown
from companion.ports.rewards import Redemption, RewardSpec, RewardUse
from tests.fakes.clock import FakeClock
from tests.fakes.rewards import FakeRewards


class Desk:
    def __init__(self, clock: FakeClock) -> None:
        self.twitch = FakeRewards(clock)
        self.ids: dict[str, RewardUse] = {}
        self.known: list[str] = []
        self.catch_up = CatchUp(
            api=self.twitch,
            reward_ids=lambda: self.ids,
            inbox=self,
            clock=clock,
            logger=logging.getLogger("companion.test"),
        )

    def take_missed(self, redemptions: Sequence[Redemption], at: Instant) -> int:
        new = [each.id for each in redemptions if each.id not in self.known]
        self.known += new
        return len(new)

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


async def test_not_knowing_is_told(desk: Desk) -> None:
    song, roll = await desk.reward("A song", "song_request"), await desk.reward("A roll", "raffle")
    desk.twitch.redeem(song)
    desk.twitch.redeem(roll)
    desk.twitch.errors.append(NetworkDown("x"))
    assert await desk.catch_up.run() is None
    assert len(desk.known) == 1
    assert await desk.catch_up.run() == 1
