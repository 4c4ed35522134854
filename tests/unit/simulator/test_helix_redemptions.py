from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import ClientSession

from companion.simulator.grants import TokenGrant
from companion.simulator.testing import PUBLIC_CLIENT_ID, RunningSimulator, running_simulator
from tests.fakes.clock import FakeClock
from tests.unit.simulator.helpers import STREAMER, Asker, Parsed, frame, frame_of

PATH = f"/channel_points/custom_rewards/redemptions?broadcaster_id={STREAMER}"
MANAGE = ["channel:manage:redemptions"]
ADD = "channel.channel_points_custom_reward_redemption.add"
UPDATE = "channel.channel_points_custom_reward_redemption.update"


@pytest.fixture
def grant(sim: RunningSimulator) -> TokenGrant:
    return sim.login_twitch(scopes=MANAGE)


@pytest.fixture
async def reward(asker: Asker) -> str:
    body = {"title": "Song request", "client_id": PUBLIC_CLIENT_ID, "is_user_input_required": True, "cost": 300}
    return str((await asker.steer("rewards", body))[1]["id"])


async def redeem(asker: Asker, reward: str, text: str = "Copper Tides", **order: Parsed) -> str:
    status, answer = await asker.steer("redemptions", {"reward": reward, "text": text, **order})
    assert status == 200, answer
    return str(answer["id"])


async def settle(asker: Asker, grant: TokenGrant, reward: str, status: str, *ids: str) -> tuple[int, Parsed]:
    query = "".join(f"&id={key}" for key in ids)
    return await asker.helix("PATCH", f"{PATH}&reward_id={reward}{query}", grant, json={"status": status})


async def listed(asker: Asker, grant: TokenGrant, reward: str, query: str = "&status=UNFULFILLED") -> list[str]:
    status, answer = await asker.helix("GET", f"{PATH}&reward_id={reward}{query}", grant)
    assert status == 200, answer
    return [one["id"] for one in answer["data"]]


async def test_redemption_reads_as_it_was_made(asker: Asker, grant: TokenGrant, reward: str) -> None:
    viewer = {"login": "rowanpike", "name": "Rowan\u202ePike 🎷"}
    key = await redeem(asker, reward, viewer=viewer)
    _, answer = await asker.helix("GET", f"{PATH}&reward_id={reward}&id={key}", grant)
    one = answer["data"][0]
    assert (one["status"], one["user_input"], one["user_name"]) == ("UNFULFILLED", "Copper Tides", viewer["name"])
    assert one["reward"] == {"id": reward, "title": "Song request", "cost": 300, "prompt": ""}


async def test_pages_by_age_and_settling_between_them_skips_nothing(
    asker: Asker, grant: TokenGrant, reward: str
) -> None:
    ids = [await redeem(asker, reward, silent=True) for _ in range(5)]
    newest = await listed(asker, grant, reward, "&status=UNFULFILLED&sort=NEWEST")
    assert newest == ids[::-1]
    _, page = await asker.helix("GET", f"{PATH}&reward_id={reward}&status=UNFULFILLED&first=2", grant)
    assert [one["id"] for one in page["data"]] == ids[:2]
    assert (await settle(asker, grant, reward, "FULFILLED", *ids[:2]))[0] == 200
    after = f"&status=UNFULFILLED&first=3&after={page['pagination']['cursor']}"
    _, last = await asker.helix("GET", f"{PATH}&reward_id={reward}{after}", grant)
    assert [one["id"] for one in last["data"]] == ids[2:]
    assert last["pagination"] == {}


@pytest.mark.parametrize(
    "query",
    ["", "&status=DONE", "&status=UNFULFILLED&first=51", "&status=UNFULFILLED&first=0", "&status=UNFULFILLED&sort=UP"],
)
async def test_wrong_questions(asker: Asker, grant: TokenGrant, reward: str, query: str) -> None:
    assert (await asker.helix("GET", f"{PATH}&reward_id={reward}{query}", grant))[0] == 400


async def test_fulfil_and_refund_once_only(asker: Asker, grant: TokenGrant, reward: str) -> None:
    song, other = await redeem(asker, reward), await redeem(asker, reward)
    assert (await settle(asker, grant, reward, "FULFILLED", song))[1]["data"][0]["status"] == "FULFILLED"
    assert (await settle(asker, grant, reward, "CANCELED", other))[0] == 200
    for key in (song, other, "no-such-id"):
        assert (await settle(asker, grant, reward, "CANCELED", key))[0] == 404
    entries = asker.sim.ledger.find(["redemption_fulfilled", "redemption_canceled", "points_refunded"])
    assert [(entry["kind"], entry["redemption_id"]) for entry in entries] == [
        ("redemption_fulfilled", song),
        ("redemption_canceled", other),
        ("points_refunded", other),
    ]
    assert entries[0]["by"] == f"app:{PUBLIC_CLIENT_ID}"
    assert await listed(asker, grant, reward, "&status=CANCELED") == [other]


async def test_settle_refuses_what_helix_refuses(asker: Asker, grant: TokenGrant, reward: str) -> None:
    key = await redeem(asker, reward)
    assert (await settle(asker, grant, reward, "UNFULFILLED", key))[0] == 400
    assert (await settle(asker, grant, reward, "fulfilled", key))[0] == 400
    assert (await settle(asker, grant, reward, "FULFILLED"))[0] == 400
    assert (await settle(asker, grant, reward, "FULFILLED", *[key] * 51))[0] == 400
    assert (await settle(asker, grant, "no-such-reward", "FULFILLED", key))[0] == 404
    reading = asker.sim.login_twitch(scopes=["channel:read:redemptions"])
    assert (await settle(asker, reading, reward, "FULFILLED", key))[0] == 401
    assert await listed(asker, reading, reward) == [key]


async def test_dashboard_rewards_are_closed_to_the_app(asker: Asker, grant: TokenGrant) -> None:
    by_hand = (await asker.steer("rewards", {"title": "Hydrate"}))[1]["id"]
    key = await redeem(asker, by_hand, "ignored")
    status, _ = await asker.helix("GET", f"{PATH}&reward_id={by_hand}&status=UNFULFILLED", grant)
    assert status == 403
    assert (await settle(asker, grant, by_hand, "FULFILLED", key))[0] == 403
    assert (await asker.steer("redemptions/settle", {"id": key, "status": "FULFILLED"}))[0] == 200
    assert asker.sim.ledger.find(["redemption_fulfilled"])[0]["by"] == "streamer"


async def test_deleted_reward_fulfils_what_waits_and_keeps_the_points(
    asker: Asker, grant: TokenGrant, reward: str
) -> None:
    socket, session_id = await asker.open()
    assert (await asker.subscribe(grant, session_id, UPDATE))[0] == 202
    key = await redeem(asker, reward)
    path = f"/channel_points/custom_rewards?broadcaster_id={STREAMER}&id={reward}"
    assert (await asker.helix("DELETE", path, grant))[0] == 204
    event = (await frame_of(socket, "notification"))["payload"]["event"]
    assert (event["id"], event["status"]) == (key, "fulfilled")
    assert asker.sim.ledger.find(["points_refunded"]) == []
    assert asker.sim.ledger.find(["redemption_fulfilled"])[0]["by"] == "reward_deleted"


@pytest.mark.parametrize("change", [{"is_paused": True}, {"is_enabled": False}])
async def test_paused_or_disabled_cannot_be_redeemed(asker: Asker, reward: str, change: Parsed) -> None:
    await asker.steer("rewards/change", {"id": reward, "change": change})
    assert (await asker.steer("redemptions", {"reward": reward, "text": "x"}))[0] == 400


async def test_text_is_needed_where_asked_for_and_dropped_elsewhere(
    asker: Asker, grant: TokenGrant, reward: str
) -> None:
    assert (await asker.steer("redemptions", {"reward": reward, "text": "  "}))[0] == 400
    raffle = (await asker.steer("rewards", {"title": "Roll", "client_id": PUBLIC_CLIENT_ID}))[1]["id"]
    key = await redeem(asker, raffle, "not wanted")
    _, answer = await asker.helix("GET", f"{PATH}&reward_id={raffle}&id={key}", grant)
    assert answer["data"][0]["user_input"] == ""


async def test_limits_of_a_reward(asker: Asker, reward: str, clock: FakeClock) -> None:
    change = {"is_global_cooldown_enabled": True, "global_cooldown_seconds": 60}
    await asker.steer("rewards/change", {"id": reward, "change": change})
    await redeem(asker, reward)
    assert (await asker.steer("redemptions", {"reward": reward, "text": "x"}))[0] == 400
    clock.advance(60)
    await redeem(asker, reward)
    change = {"is_global_cooldown_enabled": False, "is_max_per_user_per_stream_enabled": True}
    await asker.steer("rewards/change", {"id": reward, "change": {**change, "max_per_user_per_stream": 2}})
    assert (await asker.steer("redemptions", {"reward": reward, "text": "x"}))[0] == 400
    await redeem(asker, reward, viewer={"login": "somebodyelse"})
    await asker.steer(
        "rewards/change", {"id": reward, "change": {"is_max_per_stream_enabled": True, "max_per_stream": 3}}
    )
    assert (await asker.steer("redemptions", {"reward": reward, "text": "x", "viewer": {"login": "third"}}))[0] == 400


async def test_reward_that_skips_the_queue_arrives_fulfilled(asker: Asker, grant: TokenGrant) -> None:
    body = {"title": "Quick", "client_id": PUBLIC_CLIENT_ID, "should_redemptions_skip_request_queue": True}
    quick = (await asker.steer("rewards", body))[1]["id"]
    socket, session_id = await asker.open()
    await asker.subscribe(grant, session_id, ADD)
    key = await redeem(asker, quick)
    assert (await frame_of(socket, "notification"))["payload"]["event"]["status"] == "fulfilled"
    assert (await settle(asker, grant, quick, "CANCELED", key))[0] == 404


async def test_notifications_of_one_reward_only(asker: Asker, grant: TokenGrant, reward: str) -> None:
    other = (await asker.steer("rewards", {"title": "Other"}))[1]["id"]
    socket, session_id = await asker.open()
    await asker.subscribe(grant, session_id, ADD, broadcaster_user_id=STREAMER, reward_id=reward)
    await redeem(asker, other)
    key = await redeem(asker, reward)
    message = await frame_of(socket, "notification")
    assert message["payload"]["event"]["id"] == key
    assert message["payload"]["event"]["status"] == "unfulfilled"


async def test_settled_ones_vanish_after_some_days(asker: Asker, grant: TokenGrant, reward: str) -> None:
    gone, kept = await redeem(asker, reward), await redeem(asker, reward)
    await settle(asker, grant, reward, "FULFILLED", gone)
    assert (await asker.steer("redemptions/forget"))[1] == {"forgotten": 1}
    assert (await asker.helix("GET", f"{PATH}&reward_id={reward}&id={gone}", grant))[0] == 404
    assert await listed(asker, grant, reward) == [kept]


async def test_everything_is_there_again_after_a_restart(tmp_path: Path, clock: FakeClock) -> None:
    async with running_simulator(tmp_path, clock=clock) as sim, ClientSession() as session:
        asker, grant = Asker(session, sim), sim.login_twitch(scopes=MANAGE)
        body = {"title": "Song request", "client_id": PUBLIC_CLIENT_ID, "is_user_input_required": True}
        reward = (await asker.steer("rewards", body))[1]["id"]
        viewer = {"login": "rowanpike", "name": "ローワン"}
        ids = [await redeem(asker, reward, viewer=viewer) for _ in range(3)]
        await settle(asker, grant, reward, "CANCELED", ids[1])
        before = list(sim.ledger)
    async with running_simulator(tmp_path, clock=clock) as sim, ClientSession() as session:
        asker = Asker(session, sim)
        assert list(sim.ledger) == before
        assert await listed(asker, grant, reward) == [ids[0], ids[2]]
        assert await listed(asker, grant, reward, "&status=CANCELED") == [ids[1]]
        _, users = await asker.helix("GET", "/users?login=rowanpike", grant)
        assert users["data"][0]["display_name"] == "ローワン"
        assert len({*ids, await redeem(asker, reward)}) == 4


async def test_burst_tells_each_once_and_duplicates_again(asker: Asker, grant: TokenGrant, reward: str) -> None:
    socket, session_id = await asker.open()
    await asker.subscribe(grant, session_id, ADD)
    order = {"reward": [reward], "count": 300, "duplicates": 30, "repeats": 20, "viewers": 7, "wait": False}
    assert (await asker.steer("redemptions/burst", order))[1] == {"made": 300, "told": None}
    messages: list[tuple[str, str]] = []
    while len(messages) < 350:
        message = await frame(socket)
        if message["metadata"]["message_type"] == "notification":
            messages.append((message["metadata"]["message_id"], message["payload"]["event"]["id"]))
    assert len({message for message, _ in messages}) == 320
    assert len({redemption for _, redemption in messages}) == 300
    assert len(asker.sim.ledger.find(["redemption_made"])) == 300
    assert len(asker.sim.ledger.find(["viewer_seen"])) == 7
