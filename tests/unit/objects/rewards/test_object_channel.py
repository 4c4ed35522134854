"""Somebody else signs in: each channel has its own rewards, and nobody is told that they were deleted."""

from __future__ import annotations

import logging

import pytest

from companion.objects.rewards import rules
from companion.objects.rewards.object import Rewards
from companion.ports.rewards import ManagedReward, Reward
from tests.fakes.rewards import FakeRewards
from tests.fakes.runtime import Rig, Rigs, allow_writes, refuse_writes

SONG = rules.DEFAULTS["song_request"]


class Channels:
    """Two channels, and who is signed in."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.twitch = FakeRewards(rig.clock)
        self.made_in: dict[str, dict[str, Reward]] = {"1": self.twitch.rewards, "2": {}}
        self.signed_in: str | None = "1"
        self.restart(rig)

    def restart(self, rig: Rig) -> None:
        self.rig = rig
        self.rewards = self._rewards()
        self.rewards.load()
        rig.start()

    def _rewards(self) -> Rewards:
        return Rewards(
            runtime=self.rig.runtime,
            api=self.twitch,
            unavailable=lambda: None if self.signed_in else "Sign in.",
            channel_id=lambda: self.signed_in,
            logger=logging.getLogger("companion.test"),
            on_change=lambda: None,
        )

    async def sign_in(self, user_id: str | None) -> None:
        self.signed_in = user_id
        if user_id is not None:
            self.twitch.rewards = self.made_in[user_id]
        await self.rewards.synchronise()

    def song(self) -> ManagedReward:
        return next(each for each in self.rewards.view().rewards if each.use == "song_request")


@pytest.fixture
def channels(rig: Rig) -> Channels:
    return Channels(rig)


async def test_another_channel_has_its_own_rewards(channels: Channels, rigs: Rigs) -> None:
    await channels.rewards.set_conditions(live=True)
    await channels.rewards.configure("song_request", SONG, switched_on=True)
    first = channels.song().reward
    assert first is not None

    await channels.sign_in("2")
    song = channels.song()
    assert (song.switched_on, song.reward) == (False, None)
    assert song.trouble == "It belongs to another Twitch channel. Switch it on to have one here."
    assert channels.made_in["2"] == {}
    assert first.id in channels.made_in["1"]
    assert channels.rewards.reward_ids() == {}

    await channels.rewards.configure("song_request", SONG, switched_on=True)
    assert len(channels.made_in["2"]) == 1
    assert channels.song().trouble is None

    await channels.rig.close()
    channels.restart(rigs())
    await channels.sign_in("1")
    song = channels.song()
    assert song.switched_on is False
    assert song.reward is not None
    assert (song.reward.id, song.reward.is_paused) == (first.id, True)  # found again, closed until it is wanted


async def test_signing_out_and_in_again_changes_nothing(channels: Channels) -> None:
    await channels.rewards.set_conditions(live=True)
    await channels.rewards.configure("song_request", SONG, switched_on=True)
    before = channels.song()
    await channels.sign_in(None)
    await channels.sign_in("1")
    assert channels.song() == before


@pytest.mark.expected_logs("storage failed")
async def test_a_full_disk_is_tried_again_by_itself(channels: Channels) -> None:
    await channels.rewards.set_conditions(live=True)
    await channels.rewards.configure("song_request", SONG, switched_on=True)
    refuse_writes(channels.rig)
    await channels.rewards.set_conditions(live=False)
    allow_writes(channels.rig)
    await channels.rig.pass_time(601)
    reward = channels.song().reward
    assert reward is not None and reward.is_paused
