"""`RewardsApi`: one set of promises, kept by the fake and by the real adapter; then the faults of a network."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import pytest

from companion.kernel.instant import SystemClock
from companion.kernel.result import Err, Ok, expect_ok
from companion.ports.failures import (
    Forbidden,
    MalformedAnswer,
    NetworkDown,
    NotFound,
    ProviderUnavailable,
    Refused,
    ServiceError,
)
from companion.ports.rewards import Redemption, Reward, RewardsApi, RewardSpec, Verdict
from companion.services.http import HttpCaller
from companion.services.twitch.client import HelixClient
from companion.services.twitch.helix_rewards import TwitchRewards
from companion.simulator.testing import PUBLIC_CLIENT_ID, RunningSimulator
from tests.contract.twitch.steering import order
from tests.fakes.rewards import FakeRewards
from tests.fakes.twitch import STREAMER, FakeTokenSource

SONG = RewardSpec("Request a song", 300, "Which song?", True)
RAFFLE = RewardSpec("Raffle roll", 100, "", False, "#123456")
LOGGER = logging.getLogger("companion.twitch.contract")


class Channel(Protocol):
    @property
    def api(self) -> RewardsApi: ...

    async def redeem(self, reward_id: str, text: str = "") -> str: ...

    async def settle_by_hand(self, redemption_id: str, verdict: Verdict) -> None: ...

    async def delete(self, reward_id: str) -> None: ...

    async def add_foreign(self, title: str) -> str: ...

    async def lose_partnership(self) -> None: ...

    async def lose_the_answer(self, call: Literal["create_reward", "settle"]) -> None: ...

    def settled(self) -> Sequence[tuple[str, str]]: ...


@dataclass
class InMemory:
    api: FakeRewards

    async def redeem(self, reward_id: str, text: str = "") -> str:
        return self.api.redeem(reward_id, text).id

    async def settle_by_hand(self, redemption_id: str, verdict: Verdict) -> None:
        self.api.settle_in_dashboard(redemption_id, verdict)

    async def delete(self, reward_id: str) -> None:
        self.api.delete_in_dashboard(reward_id)

    async def add_foreign(self, title: str) -> str:
        return self.api.add_foreign(title).id

    async def lose_partnership(self) -> None:
        self.api.partner = False

    async def lose_the_answer(self, call: Literal["create_reward", "settle"]) -> None:
        self.api.lose_answers[call] += 1

    def settled(self) -> Sequence[tuple[str, str]]:
        return self.api.ledger


@dataclass
class Simulated:
    sim: RunningSimulator
    api: TwitchRewards

    async def redeem(self, reward_id: str, text: str = "") -> str:
        return str((await order(self.sim, "redemptions", reward=reward_id, text=text))["id"])

    async def settle_by_hand(self, redemption_id: str, verdict: Verdict) -> None:
        await order(self.sim, "redemptions/settle", id=redemption_id, status=verdict.upper())

    async def delete(self, reward_id: str) -> None:
        await order(self.sim, "rewards/change", id=reward_id, delete=True)

    async def add_foreign(self, title: str) -> str:
        return str((await order(self.sim, "rewards", title=title))["id"])

    async def lose_partnership(self) -> None:
        await order(self.sim, "channel", broadcaster_type="")

    async def lose_the_answer(self, call: Literal["create_reward", "settle"]) -> None:
        method = "POST" if call == "create_reward" else "PATCH"
        path = "/twitch/helix/channel_points"
        await self.sim.fault("answer_lost", path=path, method=method, when="after", times=1)

    def settled(self) -> Sequence[tuple[str, str]]:
        kinds = {"redemption_fulfilled": "fulfilled", "redemption_canceled": "canceled"}
        return [
            (str(entry["redemption_id"]), kinds[str(entry["kind"])])
            for entry in self.sim.ledger.find(list(kinds))
            if str(entry["by"]).startswith("app:")
        ]


@pytest.fixture
def rewards(sim: RunningSimulator, http: HttpCaller) -> TwitchRewards:
    login = sim.login_twitch(scopes=["channel:manage:redemptions"])
    client = HelixClient(
        http=http,
        helix_url=sim.helix_url,
        tokens=FakeTokenSource(login.access_token, client_id=PUBLIC_CLIENT_ID),
        clock=SystemClock(),
        logger=LOGGER,
    )
    return TwitchRewards(client=client, broadcaster_id=lambda: STREAMER.user_id, logger=LOGGER)


@pytest.fixture(params=["fake", "simulated"])
def channel(request: pytest.FixtureRequest) -> Channel:
    if request.param == "fake":
        return InMemory(FakeRewards(SystemClock()))
    return Simulated(request.getfixturevalue("sim"), request.getfixturevalue("rewards"))


async def found(channel: Channel, reward: Reward, redemption_id: str) -> Redemption:
    one = expect_ok(await channel.api.get_redemption(reward.id, redemption_id))
    assert one is not None
    return one


async def test_a_reward_is_made_found_again_and_changed(channel: Channel) -> None:
    made = expect_ok(await channel.api.create_reward(SONG))
    assert (made.title, made.cost, made.prompt, made.input_required) == ("Request a song", 300, "Which song?", True)
    assert (made.is_enabled, made.is_paused) == (True, False)
    assert expect_ok(await channel.api.list_rewards()) == [made]
    paused = expect_ok(await channel.api.update_reward(made.id, paused=True))
    assert paused.is_paused and paused.title == made.title
    changed = expect_ok(await channel.api.update_reward(made.id, RewardSpec("Another", 5, "", False), paused=False))
    assert (changed.title, changed.cost, changed.is_paused, changed.input_required) == ("Another", 5, False, False)
    assert expect_ok(await channel.api.list_rewards()) == [changed]


async def test_a_title_is_taken_once(channel: Channel) -> None:
    expect_ok(await channel.api.create_reward(SONG))
    refused = await channel.api.create_reward(SONG)
    assert isinstance(refused, Err) and isinstance(refused.error, Refused) and refused.error.status == 400
    raffle = expect_ok(await channel.api.create_reward(RAFFLE))
    refused = await channel.api.update_reward(raffle.id, SONG)
    assert isinstance(refused, Err) and isinstance(refused.error, Refused) and refused.error.status == 400


async def test_a_reward_of_the_dashboard_is_not_ours(channel: Channel) -> None:
    foreign = await channel.add_foreign("Hydrate")
    assert expect_ok(await channel.api.list_rewards()) == []
    bought = await channel.redeem(foreign)
    for answer in (
        await channel.api.update_reward(foreign, paused=True),
        await channel.api.list_unfulfilled(foreign),
        await channel.api.get_redemption(foreign, bought),
        await channel.api.settle(foreign, bought, "fulfilled"),
    ):
        assert isinstance(answer, Err) and isinstance(answer.error, Forbidden)
    assert channel.settled() == []


async def test_a_channel_without_channel_points(channel: Channel) -> None:
    await channel.lose_partnership()
    refused = await channel.api.create_reward(SONG)
    assert isinstance(refused, Err) and isinstance(refused.error, Forbidden)


async def test_a_redemption_waits_and_is_found(channel: Channel) -> None:
    reward = expect_ok(await channel.api.create_reward(SONG))
    bought = await channel.redeem(reward.id, "Copper Tides")
    (waiting,) = expect_ok(await channel.api.list_unfulfilled(reward.id))
    assert (waiting.id, waiting.reward_id, waiting.user_input) == (bought, reward.id, "Copper Tides")
    assert (waiting.status, waiting.cost) == ("unfulfilled", 300)
    assert waiting.viewer.user_id and waiting.viewer.login and waiting.viewer.display_name
    assert await found(channel, reward, bought) == waiting
    assert expect_ok(await channel.api.get_redemption(reward.id, "no-such-id")) is None


async def test_a_reward_that_asks_for_no_input_gets_none(channel: Channel) -> None:
    reward = expect_ok(await channel.api.create_reward(RAFFLE))
    await channel.redeem(reward.id, "Copper Tides")
    (waiting,) = expect_ok(await channel.api.list_unfulfilled(reward.id))
    assert waiting.user_input == ""


async def test_more_than_two_pages_wait_oldest_first(channel: Channel) -> None:
    reward = expect_ok(await channel.api.create_reward(RAFFLE))
    bought = [await channel.redeem(reward.id) for _ in range(103)]
    await channel.settle_by_hand(bought[3], "fulfilled")
    waiting = expect_ok(await channel.api.list_unfulfilled(reward.id))
    assert [one.id for one in waiting] == [one for one in bought if one != bought[3]]


@pytest.mark.parametrize("verdict", ["fulfilled", "canceled"])
async def test_a_redemption_is_settled_once(channel: Channel, verdict: Verdict) -> None:
    reward = expect_ok(await channel.api.create_reward(RAFFLE))
    bought = await channel.redeem(reward.id)
    assert await channel.api.settle(reward.id, bought, verdict) == Ok(None)
    assert (await found(channel, reward, bought)).status == verdict
    assert expect_ok(await channel.api.list_unfulfilled(reward.id)) == []
    for again in ("fulfilled", "canceled"):
        refused = await channel.api.settle(reward.id, bought, again)
        assert isinstance(refused, Err) and isinstance(refused.error, NotFound)
    assert channel.settled() == [(bought, verdict)]


async def test_settled_by_hand_meanwhile(channel: Channel) -> None:
    reward = expect_ok(await channel.api.create_reward(RAFFLE))
    bought = await channel.redeem(reward.id)
    await channel.settle_by_hand(bought, "canceled")
    refused = await channel.api.settle(reward.id, bought, "fulfilled")
    assert isinstance(refused, Err) and isinstance(refused.error, NotFound)
    assert (await found(channel, reward, bought)).status == "canceled"


async def test_a_lost_answer_to_a_settlement_is_seen_in_the_status(channel: Channel) -> None:
    reward = expect_ok(await channel.api.create_reward(RAFFLE))
    bought = await channel.redeem(reward.id)
    await channel.lose_the_answer("settle")
    lost = await channel.api.settle(reward.id, bought, "canceled")
    assert isinstance(lost, Err) and isinstance(lost.error, NetworkDown)
    assert (await found(channel, reward, bought)).status == "canceled"
    assert channel.settled() == [(bought, "canceled")]


async def test_a_lost_answer_to_a_creation_is_seen_in_the_list(channel: Channel) -> None:
    await channel.lose_the_answer("create_reward")
    lost = await channel.api.create_reward(SONG)
    assert isinstance(lost, Err) and isinstance(lost.error, NetworkDown)
    assert [one.title for one in expect_ok(await channel.api.list_rewards())] == [SONG.title]


async def test_a_deleted_reward(channel: Channel) -> None:
    reward = expect_ok(await channel.api.create_reward(RAFFLE))
    bought = await channel.redeem(reward.id)
    await channel.delete(reward.id)
    for answer in (
        await channel.api.update_reward(reward.id, paused=True),
        await channel.api.list_unfulfilled(reward.id),
        await channel.api.settle(reward.id, bought, "canceled"),
    ):
        assert isinstance(answer, Err) and isinstance(answer.error, NotFound)
    assert expect_ok(await channel.api.get_redemption(reward.id, bought)) is None
    assert channel.settled() == []


# ---- faults that only the network has


@pytest.mark.expected_logs("not understood")
@pytest.mark.parametrize(
    ("fault", "kind", "happened"),
    [
        ("server_error", ProviderUnavailable, False),
        ("proxy_html", ProviderUnavailable, False),
        ("request_lost", NetworkDown, False),
        ("malformed", MalformedAnswer, True),
    ],
)
async def test_a_settlement_is_never_sent_twice(
    sim: RunningSimulator, rewards: TwitchRewards, fault: str, kind: type[ServiceError], happened: bool
) -> None:
    reward = expect_ok(await rewards.create_reward(RAFFLE))
    bought = str((await order(sim, "redemptions", reward=reward.id))["id"])
    when = "after" if happened else "before"
    await sim.fault(fault, provider="twitch", method="PATCH", when=when, times=1)
    failed = await rewards.settle(reward.id, bought, "fulfilled")
    assert isinstance(failed, Err) and isinstance(failed.error, kind)
    one = expect_ok(await rewards.get_redemption(reward.id, bought))
    assert one is not None
    assert one.status == ("fulfilled" if happened else "unfulfilled")
    assert len(sim.ledger.find(["redemption_fulfilled"])) == int(happened)
