from __future__ import annotations

import pytest

from companion.simulator.grants import TokenGrant
from companion.simulator.testing import RunningSimulator
from tests.unit.simulator.helpers import STREAMER, Asker, Parsed

PATH = f"/channel_points/custom_rewards?broadcaster_id={STREAMER}"
MANAGE = ["channel:manage:redemptions"]
OTHER_CLIENT = "sim000000000000000000000000002"


@pytest.fixture
def grant(sim: RunningSimulator) -> TokenGrant:
    return sim.login_twitch(scopes=MANAGE)


async def create(asker: Asker, grant: TokenGrant, **body: Parsed) -> tuple[int, Parsed]:
    return await asker.helix("POST", PATH, grant, json={"title": "Song request", "cost": 500, **body})


async def made(asker: Asker, grant: TokenGrant, **body: Parsed) -> Parsed:
    status, answer = await create(asker, grant, **body)
    assert status == 200, answer
    return answer["data"][0]


async def test_reward_is_made_as_asked(asker: Asker, grant: TokenGrant) -> None:
    limits = {"is_global_cooldown_enabled": True, "global_cooldown_seconds": 60}
    reward = await made(asker, grant, prompt="A link or a title", is_user_input_required=True, **limits)
    assert (reward["title"], reward["cost"], reward["is_user_input_required"]) == ("Song request", 500, True)
    assert reward["global_cooldown_setting"] == {"is_enabled": True, "global_cooldown_seconds": 60}
    assert (reward["is_enabled"], reward["is_paused"], reward["broadcaster_login"]) == (True, False, "lanternharbor")
    _, listed = await asker.helix("GET", PATH, grant)
    assert listed["data"] == [reward]


@pytest.mark.parametrize(
    "body",
    [
        {"title": ""},
        {"title": "x" * 46},
        {"title": None},
        {"cost": 0},
        {"cost": None},
        {"prompt": "x" * 201},
        {"background_color": "teal"},
        {"is_max_per_stream_enabled": True, "max_per_stream": 0},
        {"is_global_cooldown_enabled": True, "global_cooldown_seconds": 604_801},
    ],
)
async def test_wrong_body_is_refused(asker: Asker, grant: TokenGrant, body: Parsed) -> None:
    assert (await create(asker, grant, **body))[0] == 400
    assert (await asker.helix("GET", PATH, grant))[1]["data"] == []


async def test_longest_texts_are_taken(asker: Asker, grant: TokenGrant) -> None:
    reward = await made(asker, grant, title="🎵" * 45, prompt="p" * 200, cost=1)
    assert len(reward["title"]) == 45


async def test_title_is_unique_in_the_channel_whoever_made_the_other(asker: Asker, grant: TokenGrant) -> None:
    await asker.steer("rewards", {"title": "song REQUEST"})
    status, answer = await create(asker, grant)
    assert (status, answer["message"]) == (400, "CREATE_CUSTOM_REWARD_DUPLICATE_REWARD")
    other = await made(asker, grant, title="Another")
    rename = await asker.helix("PATCH", f"{PATH}&id={other['id']}", grant, json={"title": "Song request"})
    assert rename[0] == 400


async def test_fifty_rewards_are_the_most(asker: Asker, grant: TokenGrant) -> None:
    for number in range(50):
        await asker.steer("rewards", {"title": f"Number {number}"})
    status, answer = await create(asker, grant)
    assert (status, answer["message"]) == (400, "CREATE_CUSTOM_REWARD_TOO_MANY_REWARDS")


@pytest.mark.parametrize("method", ["POST", "GET", "PATCH", "DELETE"])
async def test_no_channel_points_without_affiliate(asker: Asker, grant: TokenGrant, method: str) -> None:
    await asker.steer("channel", {"broadcaster_type": ""})
    body = {"title": "T", "cost": 1}
    assert (await asker.helix(method, f"{PATH}&id=x", grant, json=body))[0] == 403
    _, users = await asker.helix("GET", "/users", grant)
    assert users["data"][0]["broadcaster_type"] == ""


async def test_scopes(asker: Asker) -> None:
    reading = asker.sim.login_twitch(scopes=["channel:read:redemptions"])
    assert (await asker.helix("GET", PATH, reading))[0] == 200
    assert (await create(asker, reading))[0] == 401
    nothing = asker.sim.login_twitch()
    assert (await asker.helix("GET", PATH, nothing))[0] == 401
    stranger = asker.sim.login_twitch(scopes=MANAGE, user_id="900300")
    assert (await asker.helix("GET", PATH, stranger))[0] == 401


async def test_only_its_maker_may_change_or_delete_a_reward(asker: Asker, grant: TokenGrant) -> None:
    ids = [
        (await asker.steer("rewards", {"title": "By hand"}))[1]["id"],
        (await asker.steer("rewards", {"title": "Elsewhere", "client_id": OTHER_CLIENT}))[1]["id"],
    ]
    own = await made(asker, grant)
    for key in ids:
        assert (await asker.helix("PATCH", f"{PATH}&id={key}", grant, json={"cost": 7}))[0] == 403
        assert (await asker.helix("DELETE", f"{PATH}&id={key}", grant))[0] == 403
    _, every = await asker.helix("GET", PATH, grant)
    assert len(every["data"]) == 3
    _, ours = await asker.helix("GET", f"{PATH}&only_manageable_rewards=true", grant)
    assert [reward["id"] for reward in ours["data"]] == [own["id"]]


async def test_change_pause_and_delete(asker: Asker, grant: TokenGrant) -> None:
    key = (await made(asker, grant))["id"]
    _, changed = await asker.helix("PATCH", f"{PATH}&id={key}", grant, json={"is_paused": True, "cost": 9})
    assert (changed["data"][0]["is_paused"], changed["data"][0]["cost"], changed["data"][0]["title"]) == (
        True,
        9,
        "Song request",
    )
    assert (await asker.helix("PATCH", f"{PATH}&id={key}", grant, json={}))[0] == 400
    assert (await asker.helix("DELETE", f"{PATH}&id={key}", grant))[0] == 204
    assert (await asker.helix("DELETE", f"{PATH}&id={key}", grant))[0] == 404
    assert (await asker.helix("GET", f"{PATH}&id={key}", grant))[0] == 404
    kinds = [entry["kind"] for entry in asker.sim.ledger]
    assert kinds == ["reward_created", "reward_updated", "reward_deleted"]


async def test_streamer_changes_and_deletes_in_the_dashboard(asker: Asker, grant: TokenGrant) -> None:
    key = (await made(asker, grant))["id"]
    await asker.steer("rewards/change", {"id": key, "change": {"title": "Renamed", "is_enabled": False}})
    _, listed = await asker.helix("GET", f"{PATH}&id={key}", grant)
    assert (listed["data"][0]["title"], listed["data"][0]["is_enabled"]) == ("Renamed", False)
    assert (await asker.steer("rewards/change", {"id": key, "delete": True}))[1] == {"fulfilled": 0}
    assert (await asker.steer("rewards/change", {"id": key, "delete": True}))[0] == 400


async def test_each_channel_has_its_own_rewards(asker: Asker, grant: TokenGrant) -> None:
    own = await made(asker, grant)
    other = asker.sim.login_twitch(scopes=MANAGE, user_id="900300")
    path = "/channel_points/custom_rewards?broadcaster_id=900300"
    assert (await asker.helix("GET", path, other))[1]["data"] == []
    assert (await asker.helix("DELETE", f"{path}&id={own['id']}", other))[0] == 404
    status, answer = await asker.helix("POST", path, other, json={"title": "Song request", "cost": 5})
    assert (status, answer["data"][0]["broadcaster_login"]) == (200, "mossybellows")
