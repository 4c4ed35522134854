from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import ClientSession

from companion.simulator.spotify_accounts import redirect_problem
from companion.simulator.spotify_grants import challenge_of
from companion.simulator.testing import SPOTIFY_CLIENT_ID, running_simulator
from tests.fakes.clock import FakeClock
from tests.unit.simulator.helpers import Asker

VERIFIER = "v" * 64
REDIRECT = "http://127.0.0.1:5123/callback"


def query(**changes: str) -> dict[str, str]:
    return {
        "client_id": SPOTIFY_CLIENT_ID,
        "response_type": "code",
        "redirect_uri": REDIRECT,
        "scope": "user-read-playback-state user-read-currently-playing",
        "state": "s t&te",
        "code_challenge_method": "S256",
        "code_challenge": challenge_of(VERIFIER),
        **changes,
    }


async def decide(asker: Asker, decision: str) -> dict[str, list[str]]:
    form = {**query(), "decision": decision}
    url = f"{asker.sim.accounts_url}/authorize"
    async with asker.session.post(url, data=form, allow_redirects=False) as response:
        assert response.status == 302
        location = urlsplit(response.headers["Location"])
        assert location._replace(query="").geturl() == REDIRECT
        return parse_qs(location.query)


async def token(asker: Asker, **form: str) -> tuple[int, dict[str, object]]:
    body = {"client_id": SPOTIFY_CLIENT_ID, **form}
    return await asker.ask("POST", f"{asker.sim.accounts_url}/api/token", data=body)


async def exchange(asker: Asker, code: str, **changes: str) -> tuple[int, dict[str, object]]:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "code_verifier": VERIFIER}
    return await token(asker, **{**form, **changes})


async def test_page_asks(asker: Asker) -> None:
    status, page = await asker.ask("GET", f"{asker.sim.accounts_url}/authorize", params=query())
    assert status == 200
    assert ">Agree</button>" in page
    assert ">Cancel</button>" in page


async def test_code_is_good_once_and_only_with_its_redirect_and_verifier(asker: Asker) -> None:
    back = await decide(asker, "agree")
    assert back["state"] == ["s t&te"]
    code = back["code"][0]
    cases = [
        ({"code": "AQnonsense"}, "Invalid authorization code"),
        ({"redirect_uri": "http://127.0.0.1:5124/callback"}, "Invalid redirect URI"),
        ({"code_verifier": "w" * 64}, "code_verifier was incorrect"),
        ({"client_id": "f" * 32}, "Invalid authorization code"),
    ]
    for changes, description in cases:
        refused = (400, {"error": "invalid_grant", "error_description": description})
        assert await exchange(asker, **{"code": code, **changes}) == refused
    status, tokens = await exchange(asker, code)
    assert status == 200
    assert (tokens["expires_in"], tokens["token_type"]) == (3600, "Bearer")
    assert tokens["scope"] == "user-read-playback-state user-read-currently-playing"
    assert (await exchange(asker, code))[1]["error_description"] == "Invalid authorization code"


async def test_code_grows_old(asker: Asker, clock: FakeClock) -> None:
    code = (await decide(asker, "agree"))["code"][0]
    clock.advance(601)
    assert (await exchange(asker, code))[1]["error_description"] == "Authorization code expired"


async def test_cancel_goes_back_with_access_denied(asker: Asker) -> None:
    assert await decide(asker, "cancel") == {"error": ["access_denied"], "state": ["s t&te"]}


@pytest.mark.parametrize(
    "uri,problem",
    [
        ("http://127.0.0.1/callback", None),
        ("http://127.0.0.1:40123/callback", None),
        ("http://localhost:40123/callback", "INVALID_CLIENT: Insecure redirect URI"),
        ("http://example.invalid/callback", "INVALID_CLIENT: Insecure redirect URI"),
        ("http://127.0.0.1:40123/other", "INVALID_CLIENT: Invalid redirect URI"),
        ("http://127.0.0.1:40123/callback/", "INVALID_CLIENT: Invalid redirect URI"),
        ("http://[::1]:40123/callback", "INVALID_CLIENT: Invalid redirect URI"),
        ("https://example.invalid/callback", "INVALID_CLIENT: Invalid redirect URI"),
        ("http://127.0.0.1:x/callback", "INVALID_CLIENT: Invalid redirect URI"),
    ],
)
def test_redirects(uri: str, problem: str | None) -> None:
    assert redirect_problem(uri, ["http://127.0.0.1/callback"]) == problem


@pytest.mark.parametrize(
    "changes,text",
    [
        ({"redirect_uri": "http://localhost:5123/callback"}, "INVALID_CLIENT: Insecure redirect URI"),
        ({"client_id": "dead" + "0" * 28}, "INVALID_CLIENT: Invalid client"),
        ({"client_id": "short"}, "INVALID_CLIENT: Invalid client"),
    ],
)
async def test_page_refuses_without_redirecting(asker: Asker, changes: dict[str, str], text: str) -> None:
    status, page = await asker.ask(
        "GET", f"{asker.sim.accounts_url}/authorize", params=query(**changes), allow_redirects=False
    )
    assert status == 400
    assert text in page


@pytest.mark.parametrize(
    "changes,error",
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"scope": "user-read-minds"}, "invalid_scope"),
    ],
)
async def test_wrong_asks_go_back_with_an_error(asker: Asker, changes: dict[str, str], error: str) -> None:
    url = f"{asker.sim.accounts_url}/authorize"
    async with asker.session.get(url, params=query(**changes), allow_redirects=False) as response:
        assert response.status == 302
        assert parse_qs(urlsplit(response.headers["Location"]).query)["error"] == [error]


async def test_refresh_keeps_the_refresh_token_by_default(asker: Asker) -> None:
    grant = asker.sim.login_spotify(scopes=["user-read-playback-state"])
    for _ in range(2):
        status, answer = await token(asker, grant_type="refresh_token", refresh_token=str(grant.refresh_token))
        assert status == 200
        assert "refresh_token" not in answer
    assert (asker.sim.count("spotify.refresh"), asker.sim.count("spotify.refresh_ok")) == (2, 2)


async def test_refresh_rotates_when_asked_to(asker: Asker) -> None:
    await asker.steer("settings", {"spotify_rotates": True})
    grant = asker.sim.login_spotify()
    _, answer = await token(asker, grant_type="refresh_token", refresh_token=str(grant.refresh_token))
    assert answer["refresh_token"] != grant.refresh_token
    status, refused = await token(asker, grant_type="refresh_token", refresh_token=str(grant.refresh_token))
    assert (status, refused["error_description"]) == (400, "Refresh token revoked")
    assert (await token(asker, grant_type="refresh_token", refresh_token=str(answer["refresh_token"])))[0] == 200


async def test_refresh_token_lives_six_months_from_the_authorisation(asker: Asker, clock: FakeClock) -> None:
    grant = asker.sim.login_spotify(authorized_at=clock.now())
    clock.advance(180 * 86_400 - 1)
    form = {"grant_type": "refresh_token", "refresh_token": str(grant.refresh_token)}
    assert (await token(asker, **form))[0] == 200
    clock.advance(1)
    assert await token(asker, **form) == (
        400,
        {"error": "invalid_grant", "error_description": "Refresh token expired"},
    )


async def test_disconnecting_revokes(asker: Asker) -> None:
    grant = asker.sim.login_spotify()
    await asker.steer("spotify/disconnect")
    _, refused = await token(asker, grant_type="refresh_token", refresh_token=str(grant.refresh_token))
    assert refused["error_description"] == "Refresh token revoked"


async def test_auto_approve_redirects_at_once() -> None:
    async with running_simulator(auto_approve=True) as sim, ClientSession() as session:
        url = f"{sim.accounts_url}/authorize"
        async with session.get(url, params=query(), allow_redirects=False) as response:
            assert response.status == 302
            code = parse_qs(urlsplit(response.headers["Location"]).query)["code"][0]
        assert (await exchange(Asker(session, sim), code))[0] == 200


def test_a_redirect_with_a_name_before_the_host_is_another_one() -> None:
    assert redirect_problem("http://somebody@127.0.0.1:5000/callback", ["http://127.0.0.1/callback"])
