"""Our rewards: made, found again, kept as they shall be, paused and resumed."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from companion.kernel.result import Err, Ok
from companion.objects.rewards import rules
from companion.objects.rewards.object import Rewards
from companion.objects.rewards.tables import RewardRow
from companion.ports.failures import NetworkDown, RateLimited
from companion.ports.rewards import BadSpec, ManagedReward, RewardSettings, RewardSpec, RewardUse
from companion.runtime.transactions import session_of
from tests.fakes.rewards import FakeRewards
from tests.fakes.runtime import Rig, Rigs

SONG = rules.DEFAULTS["song_request"]


class Shop:
    """The rewards object over Twitch's rules, live."""

    def __init__(self, rig: Rig, twitch: FakeRewards) -> None:
        self.rig = rig
        self.twitch = twitch
        self.unavailable: str | None = None
        self.changes = 0
        self.skipping: list[str] = []
        self.rewards = Rewards(
            runtime=rig.runtime,
            api=twitch,
            unavailable=lambda: self.unavailable,
            logger=logging.getLogger("companion.test"),
            on_change=self._changed,
            on_skipping=self.skipping.append,
        )
        self.rewards.load()
        rig.start()

    def _changed(self) -> None:
        self.changes += 1

    def one(self, use: RewardUse = "song_request") -> ManagedReward:
        return next(each for each in self.rewards.view().rewards if each.use == use)

    async def open(self) -> str:
        """Live, with the song reward made; its id."""
        await self.rewards.set_conditions(live=True)
        await self.rewards.configure("song_request", SONG, switched_on=True)
        reward = self.one().reward
        assert reward is not None
        return reward.id


@pytest.fixture
def shop(rigs: Rigs, rig: Rig) -> Shop:
    return Shop(rig, FakeRewards(rig.clock))


async def test_nothing_is_made_before_somebody_asks(shop: Shop) -> None:
    await shop.rewards.synchronise()
    assert shop.twitch.calls == [] and shop.one().reward is None


async def test_a_reward_is_made_once_and_found_again(shop: Shop, rigs: Rigs) -> None:
    reward_id = await shop.open()
    assert shop.rewards.use_of(reward_id) == "song_request" and shop.rewards.use_of("another") is None
    await shop.rewards.synchronise()
    again = Shop(rigs(), shop.twitch)
    await again.rewards.set_conditions(live=True)
    await again.rewards.synchronise()
    assert list(shop.twitch.rewards) == [reward_id]
    assert again.rewards.use_of(reward_id) == "song_request"


async def test_found_by_its_title_when_the_id_was_lost(shop: Shop, rigs: Rigs) -> None:
    """An answer that was lost, a database that was restored: the title is unique in the channel."""
    await shop.rewards.set_conditions(live=True)
    shop.twitch.lose_answers["create_reward"] = 1
    lost = await shop.rewards.configure("song_request", SONG, switched_on=True)
    assert isinstance(lost, Err) and shop.one().trouble is not None
    await shop.rig.pass_time(16)
    reward = shop.one().reward
    assert reward is not None and len(shop.twitch.rewards) == 1 and shop.one().trouble is None


async def test_a_change_is_told_to_twitch(shop: Shop) -> None:
    reward_id = await shop.open()
    dearer = RewardSpec("One song", 900, "Name it.", input_required=True)
    assert isinstance(await shop.rewards.configure("song_request", dearer, switched_on=True), Ok)
    assert shop.twitch.rewards[reward_id].cost == 900 and shop.twitch.rewards[reward_id].title == "One song"


@pytest.mark.parametrize(
    "bad",
    [
        RewardSpec("", 1, "", input_required=False),
        RewardSpec("x" * 46, 1, "", input_required=False),
        RewardSpec("x", 0, "", input_required=False),
        RewardSpec("x", 1, "y" * 201, input_required=False),
        RewardSpec("x", 1, "", input_required=False, color="teal"),
    ],
)
async def test_what_twitch_would_not_take_is_refused_here(shop: Shop, bad: RewardSpec) -> None:
    answer = await shop.rewards.configure("raffle", bad, switched_on=True)
    assert isinstance(answer, Err) and isinstance(answer.error, BadSpec)
    assert shop.twitch.calls == []


@pytest.mark.parametrize("title", ["Request a song", "REQUEST A SONG", " request a song "])
async def test_two_rewards_with_one_title_are_refused(shop: Shop, title: str) -> None:
    """Twitch tells no big letters from small ones: the second would be taken for the first."""
    reward_id = await shop.open()
    calls = len(shop.twitch.calls)
    answer = await shop.rewards.configure("raffle", RewardSpec(title, 300, "", False), switched_on=True)
    assert answer == Err(BadSpec("another reward of Companion has this title"))
    assert len(shop.twitch.calls) == calls and shop.one("raffle").reward is None
    assert shop.rewards.reward_ids() == {reward_id: "song_request"}


async def test_a_title_that_the_other_still_has_at_twitch_is_waited_for(shop: Shop) -> None:
    """The raffle gave its title away and Twitch was not told yet: the song's reward must not take the raffle's."""
    await shop.rewards.set_conditions(live=True)
    await shop.rewards.configure("raffle", RewardSpec("Play", 300, "", False), switched_on=True)
    raffle = shop.one("raffle").reward
    assert raffle is not None
    shop.twitch.errors.append(NetworkDown("x"))
    await shop.rewards.configure("raffle", RewardSpec("Roll", 300, "", False), switched_on=True)
    await shop.rewards.configure("song_request", RewardSpec("play", 500, "", True), switched_on=True)
    await shop.rig.pass_time(60)
    song = shop.one().reward
    assert song is not None and song.id != raffle.id
    assert {each.id: each.title for each in shop.twitch.rewards.values()} == {raffle.id: "Roll", song.id: "play"}
    calls = len(shop.twitch.calls)
    await shop.rewards.synchronise()
    assert shop.twitch.calls[calls:] == ["list_rewards"]


async def test_one_reward_that_was_given_to_both_is_parted(shop: Shop, rigs: Rigs) -> None:
    """As an earlier Companion could leave it behind."""
    reward_id = await shop.open()
    with shop.rig.transactions.begin() as tx:
        row = RewardRow(use="raffle", title="request a song", cost=300, prompt="", input_required=False)
        row.color, row.switched_on, row.reward_id, row.past_ids = "#0B7A75", True, reward_id, ""
        session_of(tx).merge(row)
    again = Shop(rigs(), shop.twitch)
    await again.rewards.set_conditions(live=True)
    await again.rewards.synchronise()
    calls = len(shop.twitch.calls)
    await again.rewards.synchronise()
    assert shop.twitch.calls[calls:] == ["list_rewards"]
    assert (shop.twitch.rewards[reward_id].title, shop.twitch.rewards[reward_id].cost) == (SONG.title, SONG.cost)
    assert "Give one of them another" in (again.one("raffle").trouble or "")
    await again.rewards.configure("raffle", rules.DEFAULTS["raffle"], switched_on=True)
    assert len(shop.twitch.rewards) == 2 and again.one("raffle").trouble is None


async def test_paused_offline_held_full_and_at_the_stop(shop: Shop) -> None:
    reward_id = await shop.open()
    await shop.rewards.configure("raffle", rules.DEFAULTS["raffle"], switched_on=True)
    raffle = shop.one("raffle").reward
    assert raffle is not None

    def paused() -> tuple[bool, bool]:
        return shop.twitch.rewards[reward_id].is_paused, shop.twitch.rewards[raffle.id].is_paused

    assert paused() == (False, False)
    await shop.rewards.set_conditions(songs_possible=False)
    assert paused() == (True, False)
    await shop.rewards.set_conditions(held=True)
    assert paused() == (True, True)
    await shop.rewards.set_conditions(held=False, songs_possible=True)
    assert paused() == (False, False)
    await shop.rewards.set_conditions(live=False)
    assert paused() == (True, True)
    await shop.rewards.set_settings(RewardSettings(pause_offline=False))
    assert paused() == (False, False)
    await shop.rewards.set_conditions(stopping=True)
    assert paused() == (True, True)


async def test_the_same_conditions_ask_twitch_nothing(shop: Shop) -> None:
    await shop.open()
    calls = len(shop.twitch.calls)
    await shop.rewards.set_conditions(live=True, held=False)
    assert len(shop.twitch.calls) == calls


async def test_twitch_is_kept_from_fulfilling_redemptions_by_itself(shop: Shop) -> None:
    """Switched on in the dashboard, no points could ever come back: it is switched off again."""
    reward_id = await shop.open()
    shop.twitch.rewards[reward_id] = replace(shop.twitch.rewards[reward_id], skips_queue=True)
    await shop.rewards.synchronise()
    assert not shop.twitch.rewards[reward_id].skips_queue


async def test_redemptions_that_come_fulfilled_have_it_switched_off_in_mid_stream(shop: Shop) -> None:
    reward_id = await shop.open()

    def skip() -> None:
        shop.twitch.rewards[reward_id] = replace(shop.twitch.rewards[reward_id], skips_queue=True)

    skip()
    await shop.rewards.came_fulfilled("somebody else's")
    assert shop.twitch.rewards[reward_id].skips_queue
    calls = len(shop.twitch.calls)
    for _ in range(3):  # those that were on their way come fulfilled as well
        await shop.rewards.came_fulfilled(reward_id)
    assert shop.twitch.calls[calls:] == ["list_rewards", "update_reward"]
    assert not shop.twitch.rewards[reward_id].skips_queue and shop.skipping == [SONG.title]
    skip()
    await shop.rig.pass_time(299)
    await shop.rewards.came_fulfilled(reward_id)
    assert shop.twitch.rewards[reward_id].skips_queue
    await shop.rig.pass_time(1)
    await shop.rewards.came_fulfilled(reward_id)
    assert not shop.twitch.rewards[reward_id].skips_queue and shop.skipping == [SONG.title] * 2


@pytest.mark.expected_logs("was deleted in the dashboard")
async def test_a_deletion_is_told_until_it_is_answered(shop: Shop, rigs: Rigs) -> None:
    old = await shop.open()
    shop.twitch.delete_in_dashboard(old)
    await shop.rewards.synchronise()
    again = Shop(rigs(), shop.twitch)
    assert "deleted" in (again.one().trouble or "") and again.one("raffle").trouble is None
    await again.rewards.configure("song_request", SONG, switched_on=False)
    assert again.one().trouble is None
    assert Shop(rigs(), shop.twitch).one().trouble is None


@pytest.mark.expected_logs("was deleted in the dashboard")
async def test_deleted_in_the_dashboard_is_told_and_not_made_anew_by_itself(shop: Shop) -> None:
    old = await shop.open()
    shop.twitch.delete_in_dashboard(old)
    assert not shop.rewards.is_deleted(old), "nobody has looked yet"
    await shop.rewards.synchronise()
    assert shop.rewards.is_deleted(old)
    assert not shop.one().switched_on and "deleted" in (shop.one().trouble or "")
    assert shop.twitch.rewards == {}
    # Redemptions that are still on their way are known as ours.
    assert shop.rewards.use_of(old) == "song_request" and old in shop.rewards.reward_ids()
    await shop.rewards.configure("song_request", SONG, switched_on=True)
    assert len(shop.twitch.rewards) == 1 and shop.one().trouble is None


@pytest.mark.expected_logs("was deleted in the dashboard")
async def test_whoever_misses_a_reward_has_it_looked_for(shop: Shop) -> None:
    reward_id = await shop.open()
    calls = len(shop.twitch.calls)
    await shop.rewards.look_for("somebody else's")
    assert len(shop.twitch.calls) == calls
    shop.twitch.delete_in_dashboard(reward_id)
    await shop.rewards.look_for(reward_id)
    assert "deleted" in (shop.one().trouble or "")


async def test_a_channel_without_channel_points_is_not_asked(shop: Shop) -> None:
    shop.unavailable = "Channel points need affiliate or partner."
    assert isinstance(await shop.rewards.configure("song_request", SONG, switched_on=True), Ok)
    view = shop.rewards.view()
    assert (view.available, view.reason) == (False, shop.unavailable)
    assert shop.twitch.calls == []


async def test_a_refusal_is_shown_and_not_repeated_by_itself(shop: Shop) -> None:
    shop.twitch.partner = False
    await shop.rewards.configure("song_request", SONG, switched_on=True)
    calls = len(shop.twitch.calls)
    await shop.rig.pass_time(timedelta(hours=1))
    assert len(shop.twitch.calls) == calls


async def test_what_fails_for_a_passing_reason_is_tried_again(shop: Shop) -> None:
    await shop.rewards.set_conditions(live=True)
    shop.twitch.errors.extend([NetworkDown("x")] * 3)
    await shop.rewards.configure("song_request", SONG, switched_on=True)
    await shop.rig.pass_time(15 + 30 + 60 + 1)
    assert shop.one().reward is not None
    assert shop.changes >= 2


async def test_the_time_that_twitch_names_is_waited_for(shop: Shop) -> None:
    free_at = shop.rig.clock.now() + timedelta(seconds=55)
    shop.twitch.errors.extend([RateLimited(free_at)] * 3)
    await shop.rewards.configure("song_request", SONG, switched_on=True)
    await shop.rewards.synchronise()
    await shop.rewards.synchronise()
    await shop.rig.pass_time(50)
    assert shop.one().reward is None and not shop.twitch.errors
    await shop.rig.pass_time(6)
    assert shop.one().reward is not None


async def test_a_stop_makes_nothing(shop: Shop) -> None:
    """Quit before Twitch had the reward: it is made at the next start, not on the way out."""
    shop.twitch.errors.extend([NetworkDown("x")])
    await shop.rewards.configure("song_request", SONG, switched_on=True)
    await shop.rewards.set_conditions(stopping=True)
    await shop.rewards.synchronise()
    assert shop.twitch.rewards == {}
