"""What goes over the wire for rewards and redemptions, and what is made of odd answers."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from companion.kernel.result import Err, Ok, expect_ok
from companion.ports.failures import (
    Forbidden,
    MalformedAnswer,
    NetworkDown,
    NoAccess,
    NotConfigured,
    NotFound,
    ProviderUnavailable,
    Refused,
)
from companion.ports.rewards import Redemption, Reward, RewardSpec, Verdict
from companion.ports.viewers import Viewer
from companion.services.twitch.client import HelixClient
from companion.services.twitch.helix_rewards import TwitchRewards
from tests.unit.services.twitch.wire import Server

LOGGER = logging.getLogger("companion.test")
SPEC = RewardSpec("Song request", 500, "Which one?", True)
REDEEMED = datetime(2026, 1, 1, 10, tzinfo=UTC)


def wire_reward(**more: object) -> dict[str, Any]:
    return {
        "broadcaster_id": "1",
        "id": "reward-1",
        "title": "Song request",
        "prompt": "Which one?",
        "cost": 500,
        "is_user_input_required": True,
        "is_enabled": True,
        "is_paused": False,
        "background_color": "#0B7A75",
        "max_per_stream_setting": {"is_enabled": False, "max_per_stream": 0},
        "cooldown_expires_at": None,
        **more,
    }


def wire_redemption(id: str = "r1", status: str = "UNFULFILLED", **more: object) -> dict[str, Any]:
    return {
        "broadcaster_id": "1",
        "id": id,
        "user_id": "2",
        "user_login": "ann",
        "user_name": "Ann",
        "user_input": "a song",
        "status": status,
        "redeemed_at": "2026-01-01T10:00:00Z",
        "reward": {"id": "reward-1", "title": "Song request", "prompt": "Which one?", "cost": 500},
        **more,
    }


@pytest.fixture
def rewards(helix: HelixClient) -> TwitchRewards:
    return TwitchRewards(client=helix, broadcaster_id=lambda: "1", logger=LOGGER)


async def test_creating_never_skips_twitchs_own_queue(rewards: TwitchRewards, server: Server) -> None:
    server.will(wire_reward())
    made = expect_ok(await rewards.create_reward(SPEC))
    assert made == Reward("reward-1", "Song request", 500, "Which one?", True, True, False)
    assert server.asked[0].method == "POST"
    assert server.query() == {"broadcaster_id": "1"}
    assert server.body() == {
        "title": "Song request",
        "cost": 500,
        "prompt": "Which one?",
        "is_user_input_required": True,
        "background_color": "#0B7A75",
        "is_enabled": True,
        "should_redemptions_skip_request_queue": False,
    }


async def test_why_a_reward_cannot_be_created(rewards: TwitchRewards, server: Server) -> None:
    server.will_refuse(403, "not affiliate")
    assert await rewards.create_reward(SPEC) == Err(Forbidden("not affiliate"))
    server.will_refuse(400, "CREATE_CUSTOM_REWARD_DUPLICATE_REWARD")
    assert await rewards.create_reward(SPEC) == Err(Refused(400, "CREATE_CUSTOM_REWARD_DUPLICATE_REWARD"))


async def test_listing_asks_for_ours_alone(rewards: TwitchRewards, server: Server) -> None:
    server.will(wire_reward(), wire_reward(id="reward-2", prompt=None, should_redemptions_skip_request_queue=True))
    found = expect_ok(await rewards.list_rewards())
    assert [one.skips_queue for one in found] == [False, True]
    assert [(one.id, one.prompt) for one in found] == [("reward-1", "Which one?"), ("reward-2", "")]
    assert server.query() == {"broadcaster_id": "1", "only_manageable_rewards": "true"}


async def test_an_update_names_only_what_changes(rewards: TwitchRewards, server: Server) -> None:
    server.will(wire_reward(is_paused=True))
    assert expect_ok(await rewards.update_reward("reward-1", paused=True)).is_paused
    assert server.asked[0].method == "PATCH"
    assert server.query() == {"broadcaster_id": "1", "id": "reward-1"}
    assert server.body() == {"is_paused": True}
    server.will(wire_reward(title="Another"))
    expect_ok(await rewards.update_reward("reward-1", RewardSpec("Another", 1, "", False, "#000000")))
    assert server.body() == {
        "title": "Another",
        "cost": 1,
        "prompt": "",
        "is_user_input_required": False,
        "background_color": "#000000",
        "should_redemptions_skip_request_queue": False,
    }


async def test_an_update_that_names_another_reward_is_not_understood(rewards: TwitchRewards, server: Server) -> None:
    server.will(wire_reward(id="reward-9"))
    failed = await rewards.update_reward("reward-1", paused=True)
    assert isinstance(failed, Err) and isinstance(failed.error, MalformedAnswer)


async def test_waiting_redemptions_are_walked_to_the_end(rewards: TwitchRewards, server: Server) -> None:
    server.will(wire_redemption("r1"), wire_redemption("r2"), pagination={"cursor": "next"})
    server.will(wire_redemption("r2"), wire_redemption("r3", "FULFILLED"), wire_redemption("r4"), pagination={})
    found = expect_ok(await rewards.list_unfulfilled("reward-1"))
    assert [one.id for one in found] == ["r1", "r2", "r4"]
    assert found[0] == Redemption("r1", "reward-1", Viewer("2", "ann", "Ann"), "a song", "unfulfilled", REDEEMED, 500)
    first, second = (dict(request.url.params) for request in server.asked)
    assert first == {
        "broadcaster_id": "1",
        "reward_id": "reward-1",
        "status": "UNFULFILLED",
        "sort": "OLDEST",
        "first": "50",
    }
    assert second == {**first, "after": "next"}


async def test_half_a_list_is_no_list(rewards: TwitchRewards, server: Server) -> None:
    server.will(wire_redemption("r1"), pagination={"cursor": "next"})
    server.answers += [httpx.Response(503, json={}), httpx.Response(503, json={})]
    failed = await rewards.list_unfulfilled("reward-1")
    assert isinstance(failed, Err) and isinstance(failed.error, ProviderUnavailable)


async def test_one_redemption_in_any_status(rewards: TwitchRewards, server: Server) -> None:
    server.will(wire_redemption("r1", "CANCELED"))
    found = expect_ok(await rewards.get_redemption("reward-1", "r1"))
    assert found is not None and found.status == "canceled"
    assert server.query() == {"broadcaster_id": "1", "reward_id": "reward-1", "id": "r1"}
    server.will()
    assert await rewards.get_redemption("reward-1", "r1") == Ok(None)
    server.will_refuse(404, "not found")
    assert await rewards.get_redemption("reward-1", "r1") == Ok(None)
    server.will_refuse(403, "another client id")
    assert await rewards.get_redemption("reward-1", "r1") == Err(Forbidden("another client id"))


@pytest.mark.parametrize(("verdict", "word"), [("fulfilled", "FULFILLED"), ("canceled", "CANCELED")])
async def test_settling(rewards: TwitchRewards, server: Server, verdict: Verdict, word: str) -> None:
    server.will(wire_redemption("r1", word))
    assert await rewards.settle("reward-1", "r1", verdict) == Ok(None)
    assert server.asked[0].method == "PATCH"
    assert server.body() == {"status": word}
    assert server.query() == {"broadcaster_id": "1", "reward_id": "reward-1", "id": "r1"}


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, json={"data": []}),
        httpx.Response(200, json={"data": [wire_redemption("r2", "FULFILLED")]}),
        httpx.Response(200, json={"data": [wire_redemption("r1", "UNFULFILLED")]}),
        httpx.Response(200, json={"data": [wire_redemption("r1", "CANCELED")]}),
    ],
)
async def test_an_answer_that_does_not_name_the_settlement_leaves_it_open(
    rewards: TwitchRewards, server: Server, answer: httpx.Response
) -> None:
    server.answers = [answer]
    failed = await rewards.settle("reward-1", "r1", "fulfilled")
    assert isinstance(failed, Err) and isinstance(failed.error, MalformedAnswer)
    assert len(server.asked) == 1


@pytest.mark.expected_logs("not understood")
@pytest.mark.parametrize("answer", [httpx.Response(204), httpx.Response(200, json={"data": [{"id": "r1"}]})])
async def test_an_answer_in_another_shape_leaves_it_open(
    rewards: TwitchRewards, server: Server, answer: httpx.Response
) -> None:
    server.answers = [answer]
    failed = await rewards.settle("reward-1", "r1", "fulfilled")
    assert isinstance(failed, Err) and isinstance(failed.error, MalformedAnswer)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(503, json={}), ProviderUnavailable),
        (httpx.Response(200, text="<html>", headers={"content-type": "text/html"}), ProviderUnavailable),
        (httpx.ReadError("gone"), NetworkDown),
        (httpx.Response(404, json={"message": "no such redemption"}), NotFound),
    ],
)
async def test_a_settlement_goes_out_once(
    rewards: TwitchRewards, server: Server, answer: httpx.Response | Exception, kind: type
) -> None:
    server.answers = [answer]
    failed = await rewards.settle("reward-1", "r1", "canceled")
    assert isinstance(failed, Err) and isinstance(failed.error, kind)
    assert len(server.asked) == 1


async def test_nobody_signed_in(helix: HelixClient, server: Server) -> None:
    rewards = TwitchRewards(client=helix, broadcaster_id=lambda: None, logger=LOGGER)
    nobody = Err(NoAccess(NotConfigured()))
    assert await rewards.create_reward(SPEC) == nobody
    assert await rewards.settle("reward-1", "r1", "fulfilled") == nobody
    assert await rewards.get_redemption("reward-1", "r1") == nobody
    assert server.asked == []
