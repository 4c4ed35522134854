from __future__ import annotations

import pytest
from aiohttp import ClientSession

from companion.simulator.testing import PUBLIC_CLIENT_ID, running_simulator
from tests.fakes.clock import FakeClock
from tests.unit.simulator.helpers import STREAMER, Asker


async def test_who_may_call(asker: Asker, clock: FakeClock) -> None:
    grant = asker.sim.login_twitch(expires_in=100)
    url = f"{asker.sim.helix_url}/users"
    bearer = {"Authorization": f"Bearer {grant.access_token}"}
    cases = [
        ({}, "OAuth token is missing"),
        (bearer, "Client ID is missing"),
        ({"Authorization": "Bearer nonsense", "Client-Id": PUBLIC_CLIENT_ID}, "Invalid OAuth token"),
        ({**bearer, "Client-Id": "sim" + "9" * 27}, "Client ID and OAuth token do not match"),
    ]
    for headers, message in cases:
        expected = {"error": "Unauthorized", "status": 401, "message": message}
        assert await asker.ask("GET", url, headers=headers) == (401, expected)
    assert (await asker.helix("GET", "/users", grant))[0] == 200
    clock.advance(100)
    assert (await asker.helix("GET", "/users", grant))[0] == 401


@pytest.mark.parametrize(
    ("first", "status"), [("1", 200), ("100", 200), ("0", 400), ("101", 400), ("-1", 400), ("x", 400)]
)
async def test_a_page_holds_one_to_a_hundred_streams(asker: Asker, first: str, status: int) -> None:
    assert (await asker.helix("GET", f"/streams?first={first}", asker.sim.login_twitch()))[0] == status


async def test_users_default_to_the_tokens_own(asker: Asker) -> None:
    grant = asker.sim.login_twitch(user_id="900200")
    _, own = await asker.helix("GET", "/users", grant)
    assert [user["login"] for user in own["data"]] == ["quietquarry"]
    _, two = await asker.helix("GET", "/users?id=900100&login=MossyBellows&login=nobody", grant)
    assert [user["id"] for user in two["data"]] == ["900100", "900300"]
    assert "email" not in own["data"][0]


async def test_stream_shows_and_hides_with_the_asked_lag(asker: Asker, clock: FakeClock) -> None:
    grant = asker.sim.login_twitch()

    async def shown() -> int:
        _, body = await asker.helix("GET", f"/streams?user_id={STREAMER}", grant)
        return len(body["data"])

    assert await shown() == 0
    await asker.sim.go_online(helix_lag=30, viewers=12)
    assert await shown() == 0
    clock.advance(30)
    assert await shown() == 1
    await asker.sim.go_offline(helix_lag=20)
    assert await shown() == 1
    clock.advance(20)
    assert await shown() == 0


async def test_stream_has_what_a_client_reads(asker: Asker) -> None:
    stream = await asker.sim.go_online(stream_id="777", title="A <title> & more", viewers=3)
    _, body = await asker.helix("GET", "/streams?user_login=LanternHarbor", asker.sim.login_twitch())
    data = body["data"][0]
    assert (data["id"], data["title"], data["viewer_count"], data["type"]) == ("777", "A <title> & more", 3, "live")
    assert data["started_at"] == stream.started_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    _, other = await asker.helix("GET", "/streams?user_id=900200", asker.sim.login_twitch())
    assert other["data"] == []


async def test_channels(asker: Asker) -> None:
    grant = asker.sim.login_twitch()
    _, body = await asker.helix("GET", f"/channels?broadcaster_id={STREAMER}", grant)
    assert body["data"][0]["title"] == asker.sim.world.state.twitch.channel.title
    assert (await asker.helix("GET", "/channels", grant))[0] == 400


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_unknown_route_is_helixs_own_404(asker: Asker, method: str) -> None:
    expected = (404, {"error": "Not Found", "status": 404, "message": ""})
    assert await asker.helix(method, "/no/such/thing", asker.sim.login_twitch()) == expected


async def test_bucket_empties_and_refills(clock: FakeClock) -> None:
    async with running_simulator(clock=clock, helix_points=60) as sim, ClientSession() as session:
        grant = sim.login_twitch()
        headers = {"Authorization": f"Bearer {grant.access_token}", "Client-Id": PUBLIC_CLIENT_ID}
        for left in range(59, -1, -1):
            async with session.get(f"{sim.helix_url}/users", headers=headers) as response:
                assert response.headers["Ratelimit-Remaining"] == str(left)
        async with session.get(f"{sim.helix_url}/users", headers=headers) as response:
            assert response.status == 429
            assert response.headers["Ratelimit-Limit"] == "60"
            assert int(response.headers["Ratelimit-Reset"]) == clock.now().timestamp() + 60
        clock.advance(2)
        async with session.get(f"{sim.helix_url}/users", headers=headers) as response:
            assert response.status == 200
            assert response.headers["Ratelimit-Remaining"] == "1"
