from __future__ import annotations

import pytest
from aiohttp import ClientSession

from companion.simulator.testing import CONFIDENTIAL_CLIENT_ID, PUBLIC_CLIENT_ID, running_simulator
from tests.fakes.clock import FakeClock
from tests.unit.simulator.helpers import Asker, Parsed

GRANT = "urn:ietf:params:oauth:grant-type:device_code"


async def start(asker: Asker, **form: str) -> Parsed:
    body = {"client_id": PUBLIC_CLIENT_ID, "scopes": "user:read:chat bits:read", **form}
    status, answer = await asker.ask("POST", f"{asker.sim.id_url}/device", data=body)
    assert status == 200
    return answer


async def poll(asker: Asker, code: str, client_id: str = PUBLIC_CLIENT_ID) -> tuple[int, dict[str, object]]:
    form = {"client_id": client_id, "scopes": "x", "device_code": code, "grant_type": GRANT}
    return await asker.ask("POST", f"{asker.sim.id_url}/token", data=form)


async def refresh(asker: Asker, token: str, client_id: str = PUBLIC_CLIENT_ID) -> tuple[int, dict[str, object]]:
    form = {"client_id": client_id, "grant_type": "refresh_token", "refresh_token": token}
    return await asker.ask("POST", f"{asker.sim.id_url}/token", data=form)


async def test_device_code_has_the_documented_shape(asker: Asker) -> None:
    answer = await start(asker)
    assert answer["expires_in"] == 1800
    assert answer["interval"] == 5
    assert len(answer["device_code"]) == 40
    assert answer["verification_uri"].endswith(f"/twitch/activate?public=true&device-code={answer['user_code']}")


async def test_polling_waits_then_gives_tokens_once(asker: Asker) -> None:
    code = (await start(asker))["device_code"]
    assert await poll(asker, code) == (400, {"status": 400, "message": "authorization_pending"})
    assert asker.sim.approve(code)
    status, tokens = await poll(asker, code)
    assert status == 200
    assert tokens["scope"] == ["user:read:chat", "bits:read"]
    assert tokens["token_type"] == "bearer"
    assert tokens["expires_in"] == 14_400
    assert await poll(asker, code) == (400, {"status": 400, "message": "invalid device code"})


async def test_polling_faster_than_the_interval_is_tolerated_and_counted(asker: Asker, clock: FakeClock) -> None:
    code = (await start(asker))["device_code"]
    for pause in (0, 5, 1):
        clock.advance(pause)
        assert (await poll(asker, code))[1]["message"] == "authorization_pending"
    assert asker.sim.count("twitch.device_poll") == 3
    assert asker.sim.count("twitch.device_poll_too_fast") == 1


async def test_singular_scope_key_gives_a_token_without_scopes(asker: Asker) -> None:
    form = {"client_id": PUBLIC_CLIENT_ID, "scope": "user:read:chat"}
    _, answer = await asker.ask("POST", f"{asker.sim.id_url}/device", data=form)
    asker.sim.approve(answer["user_code"])
    _, tokens = await poll(asker, answer["device_code"])
    assert tokens["scope"] == []
    headers = {"Authorization": f"OAuth {tokens['access_token']}"}
    _, valid = await asker.ask("GET", f"{asker.sim.id_url}/validate", headers=headers)
    assert valid["scopes"] is None


async def test_device_code_expires_and_belongs_to_its_client(asker: Asker, clock: FakeClock) -> None:
    code = (await start(asker))["device_code"]
    assert (await poll(asker, code, "sim" + "z" * 27))[1]["message"] == "invalid device code"
    clock.advance(1801)
    assert not asker.sim.approve(code)
    assert (await poll(asker, code))[1]["message"] == "invalid device code"


@pytest.mark.parametrize("client_id", ["a" * 30, "sim", "SIM" + "0" * 27])
async def test_unknown_client_is_refused(asker: Asker, client_id: str) -> None:
    status, answer = await asker.ask("POST", f"{asker.sim.id_url}/device", data={"client_id": client_id})
    assert (status, answer) == (400, {"status": 400, "message": "invalid client"})


async def test_refresh_token_works_once(asker: Asker) -> None:
    first = asker.sim.login_twitch(scopes=["bits:read"])
    status, second = await refresh(asker, str(first.refresh_token))
    assert status == 200
    assert second["refresh_token"] != first.refresh_token
    assert second["scope"] == ["bits:read"]
    refused = (400, {"error": "Bad Request", "status": 400, "message": "Invalid refresh token"})
    assert await refresh(asker, str(first.refresh_token)) == refused
    assert (asker.sim.count("twitch.refresh"), asker.sim.count("twitch.refresh_ok")) == (2, 1)


async def test_refresh_token_dies_after_thirty_days(asker: Asker, clock: FakeClock) -> None:
    grant = asker.sim.login_twitch()
    clock.advance(30 * 86_400 + 1)
    assert (await refresh(asker, str(grant.refresh_token)))[0] == 400


async def test_confidential_client_cannot_refresh_without_its_secret(asker: Asker) -> None:
    grant = asker.sim.login_twitch(client_id=CONFIDENTIAL_CLIENT_ID)
    refused = (400, {"status": 400, "message": "missing client secret"})
    assert await refresh(asker, str(grant.refresh_token), CONFIDENTIAL_CLIENT_ID) == refused


async def test_validate_and_revoke(asker: Asker, clock: FakeClock) -> None:
    grant = asker.sim.login_twitch(scopes=["bits:read"], expires_in=60)
    headers = {"Authorization": f"OAuth {grant.access_token}"}
    url = f"{asker.sim.id_url}/validate"
    clock.advance(10)
    assert await asker.ask("GET", url, headers=headers) == (
        200,
        {
            "client_id": PUBLIC_CLIENT_ID,
            "login": "lanternharbor",
            "scopes": ["bits:read"],
            "user_id": "900100",
            "expires_in": 50,
        },
    )
    form = {"client_id": PUBLIC_CLIENT_ID, "token": grant.access_token}
    revoke = f"{asker.sim.id_url}/revoke"
    assert await asker.ask("POST", revoke, data={**form, "client_id": "x" * 30}) == (
        404,
        {"status": 404, "message": "client does not exist"},
    )
    assert (await asker.ask("POST", revoke, data=form))[0] == 200
    assert await asker.ask("POST", revoke, data=form) == (400, {"status": 400, "message": "Invalid token"})
    assert await asker.ask("GET", url, headers=headers) == (401, {"status": 401, "message": "invalid access token"})


async def test_page_approves_for_the_chosen_account(asker: Asker) -> None:
    answer = await start(asker)
    status, page = await asker.ask("GET", answer["verification_uri"])
    assert status == 200
    assert answer["user_code"] in page
    assert ">Authorize</button>" in page
    form = {"code": answer["user_code"], "account": "900200", "decision": "authorize"}
    assert (await asker.ask("POST", f"{asker.sim.base_url}/twitch/activate", data=form))[0] == 200
    _, tokens = await poll(asker, answer["device_code"])
    assert asker.sim.world.state.twitch.access[str(tokens["access_token"])].user_id == "900200"


async def test_page_denies(asker: Asker) -> None:
    answer = await start(asker)
    form = {"code": answer["user_code"], "decision": "deny"}
    await asker.ask("POST", f"{asker.sim.base_url}/twitch/activate", data=form)
    assert (await poll(asker, answer["device_code"]))[0] == 400
    assert not asker.sim.approve(answer["device_code"])


async def test_auto_approve_needs_no_click() -> None:
    async with running_simulator(auto_approve=True) as sim, ClientSession() as session:
        asker = Asker(session, sim)
        code = (await start(asker))["device_code"]
        assert (await poll(asker, code))[0] == 200
