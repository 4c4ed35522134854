"""The rewards of the whole graph: made by it, and as they stand at Twitch."""

from __future__ import annotations

from companion.application.needs_you_items import NeedsYouItem
from companion.kernel.result import expect_ok
from companion.objects.rewards.rules import DEFAULTS
from companion.ports.rewards import RewardSettings, RewardUse
from companion.simulator.people import TwitchPerson
from companion.simulator.reward_book import Reward
from companion.simulator.testing import RunningSimulator
from tests.helpers.waiting import until
from tests.unit.bootstrap.rig import Rig

ANN = TwitchPerson("201", "ann_z", "Ann_Z", "", "", "2020-01-01T00:00:00Z")


async def make_rewards(rig: Rig, *, pause_when_unable: bool) -> None:
    """Both, as soon as redemptions are heard; the rig is signed in to Twitch."""
    wanted = "channel.channel_points_custom_reward_redemption.add"
    await until(lambda: wanted in rig.graph.ears.eventsub.status().subscriptions, what="redemptions are heard")
    rewards = rig.graph.evening.objects.rewards
    expect_ok(await rewards.set_settings(RewardSettings(pause_when_unable=pause_when_unable)))
    for use, spec in DEFAULTS.items():
        expect_ok(await rewards.configure(use, spec, switched_on=True))


def at_twitch(simulator: RunningSimulator, use: RewardUse) -> Reward:
    title = DEFAULTS[use].title
    return next(reward for reward in simulator.channel.book.rewards.values() if reward.title == title)


async def paused(simulator: RunningSimulator, wanted: bool, when: str) -> None:
    await until(
        lambda: all(at_twitch(simulator, use).is_paused is wanted for use in DEFAULTS),
        what=f"{when}: {'paused' if wanted else 'open'}",
    )


def needs_you(rig: Rig, kind: str) -> NeedsYouItem | None:
    return next((item for item in rig.graph.application.snapshot().needs_you if item.kind == kind), None)
