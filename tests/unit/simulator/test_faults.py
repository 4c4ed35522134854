from __future__ import annotations

import asyncio

import pytest
from aiohttp import ClientError, WSServerHandshakeError

from companion.simulator.grants import TokenGrant
from companion.simulator.testing import PUBLIC_CLIENT_ID
from tests.fakes.clock import FakeClock
from tests.unit.simulator.helpers import Asker, Parsed

REFRESH = {"client_id": PUBLIC_CLIENT_ID, "grant_type": "refresh_token"}


@pytest.fixture
def twitch(asker: Asker) -> TokenGrant:
    return asker.sim.login_twitch()


@pytest.fixture
def spotify(asker: Asker) -> TokenGrant:
    return asker.sim.login_spotify(scopes=["user-read-playback-state", "user-modify-playback-state"])


async def refresh(asker: Asker, token: str | None) -> tuple[int, Parsed]:
    return await asker.ask("POST", f"{asker.sim.id_url}/token", data={**REFRESH, "refresh_token": str(token)})


async def test_burst_of_401_ends_after_its_times(asker: Asker, twitch: TokenGrant, spotify: TokenGrant) -> None:
    await asker.sim.fault("unauthorized_burst", provider="twitch", times=2)
    assert (await asker.spotify("GET", "/me", spotify))[0] == 200
    assert (await refresh(asker, twitch.refresh_token))[0] == 200
    assert [(await asker.helix("GET", "/users", twitch))[0] for _ in range(3)] == [401, 401, 200]
    assert asker.sim.count("fault.unauthorized_burst") == 2


async def test_rate_limits_tell_the_wait(
    asker: Asker, twitch: TokenGrant, spotify: TokenGrant, clock: FakeClock
) -> None:
    await asker.sim.fault("rate_limited", provider="spotify", seconds=17, kind="quota")
    headers = {"Authorization": f"Bearer {spotify.access_token}"}
    async with asker.session.get(f"{asker.sim.api_url}/me", headers=headers) as response:
        assert (response.status, response.headers["Retry-After"]) == (429, "17")
        assert (await response.json())["error"]["reason"] == "QUOTA_EXCEEDED"
    await asker.sim.fault("rate_limited", provider="twitch", seconds=5, remaining=40)
    headers = {"Authorization": f"Bearer {twitch.access_token}", "Client-Id": PUBLIC_CLIENT_ID}
    async with asker.session.get(f"{asker.sim.helix_url}/users", headers=headers) as response:
        assert (response.status, response.headers["Ratelimit-Remaining"]) == (429, "40")
        assert int(response.headers["Ratelimit-Reset"]) == clock.now().timestamp() + 5


async def test_path_narrows_a_fault(asker: Asker, twitch: TokenGrant) -> None:
    await asker.sim.fault("server_error", path="/twitch/helix/streams", status=502, times=None)
    assert (await asker.helix("GET", "/users", twitch))[0] == 200
    assert [(await asker.helix("GET", "/streams", twitch))[0] for _ in range(2)] == [502, 502]
    asker.sim.clear_faults()
    assert (await asker.helix("GET", "/streams", twitch))[0] == 200


async def test_token_endpoint_down(asker: Asker, twitch: TokenGrant) -> None:
    await asker.sim.fault("token_endpoint_down", provider="twitch")
    assert (await refresh(asker, twitch.refresh_token))[0] == 503
    assert (await refresh(asker, twitch.refresh_token))[0] == 200


async def test_lost_answer_has_its_effect_and_lost_request_has_none(asker: Asker, twitch: TokenGrant) -> None:
    await asker.sim.fault("request_lost", path="/twitch/oauth2/token")
    with pytest.raises(ClientError):
        await refresh(asker, twitch.refresh_token)
    await asker.sim.fault("answer_lost", path="/twitch/oauth2/token")
    with pytest.raises(ClientError):
        await refresh(asker, twitch.refresh_token)
    assert (await refresh(asker, twitch.refresh_token))[1]["message"] == "Invalid refresh token"
    assert asker.sim.count("twitch.refresh") == 3


async def test_malformed_answers(asker: Asker, twitch: TokenGrant) -> None:
    await asker.sim.fault("malformed", kind="broken_json")
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        await asker.helix("GET", "/users", twitch)
    await asker.sim.fault("malformed", kind="missing_fields")
    _, body = await asker.helix("GET", "/users", twitch)
    assert "created_at" not in body["data"][0]
    await asker.sim.fault("malformed", kind="wrong_types")
    _, body = await asker.helix("GET", "/users", twitch)
    assert body["data"][0]["login"] == 7


@pytest.mark.parametrize("status", [200, 403, 407, 511])
async def test_captive_portal(asker: Asker, twitch: TokenGrant, status: int) -> None:
    await asker.sim.fault("proxy_html", status=status)
    answered, body = await asker.helix("GET", "/users", twitch)
    assert answered == status
    assert "<h1>Guest network</h1>" in body


async def test_slow_goes_on_afterwards(asker: Asker, twitch: TokenGrant) -> None:
    await asker.sim.fault("slow", seconds=0.2)
    before = asyncio.get_running_loop().time()
    assert (await asker.helix("GET", "/users", twitch))[0] == 200
    assert asyncio.get_running_loop().time() - before >= 0.19


async def test_no_device(asker: Asker, spotify: TokenGrant) -> None:
    asker.sim.player.play(0)
    await asker.sim.fault("no_device")
    assert [(await asker.spotify("GET", "/me/player", spotify))[0] for _ in range(2)] == [204, 204]
    assert (await asker.spotify("POST", "/me/player/next", spotify))[0] == 404
    asker.sim.clear_faults()
    assert (await asker.spotify("GET", "/me/player", spotify))[0] == 200


async def test_eventsub_handshake_can_fail(asker: Asker) -> None:
    await asker.sim.fault("server_error", path="/twitch/eventsub", status=503)
    with pytest.raises(WSServerHandshakeError):
        await asker.session.ws_connect(asker.sim.eventsub_url)
    socket, _ = await asker.open()
    await socket.close()


async def test_invalid_device_code_while_still_pending(asker: Asker) -> None:
    await asker.sim.fault("invalid_device_code")
    _, code = await asker.ask("POST", f"{asker.sim.id_url}/device", data={"client_id": PUBLIC_CLIENT_ID})
    form = {"client_id": PUBLIC_CLIENT_ID, "device_code": code["device_code"], "grant_type": "x:device_code"}
    form["grant_type"] = "urn:ietf:params:oauth:grant-type:device_code"
    messages = [(await asker.ask("POST", f"{asker.sim.id_url}/token", data=form))[1]["message"] for _ in range(2)]
    assert messages == ["invalid device code", "authorization_pending"]


async def test_pages_are_never_hit(asker: Asker) -> None:
    await asker.sim.fault("proxy_html", times=None, status=407)
    assert (await asker.ask("GET", f"{asker.sim.base_url}/twitch/activate"))[0] == 200
    async with asker.session.get(f"{asker.sim.base_url}/images/profile/900100.png") as picture:
        assert picture.status == 200


async def test_steering_lists_clears_and_refuses_what_it_does_not_know(asker: Asker) -> None:
    assert (await asker.steer("faults", {"name": "slow", "times": None, "seconds": 3}))[1] == {"armed": "slow"}
    url = f"{asker.sim.base_url}/sim/faults"
    _, armed = await asker.ask("GET", url)
    assert [(fault["name"], fault["times"]) for fault in armed] == [("slow", None)]
    assert (await asker.ask("DELETE", url))[0] == 200
    assert (await asker.ask("GET", url))[1] == []
    assert (await asker.steer("faults", {"name": "sloww"}))[0] == 400
    assert (await asker.steer("faults", {"name": "slow", "second": 3}))[0] == 400
