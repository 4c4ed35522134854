"""The whole login, with a client that follows redirects in the browser's place."""

from __future__ import annotations

import asyncio
import logging
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from companion.kernel.redacted import Redacted
from companion.kernel.result import Err, Ok, Result, expect_ok
from companion.ports.failures import NotAllowListed, PremiumRequired
from companion.ports.sign_in import Denied, PendingAuthorization, SpotifySignInError, TimedOut
from companion.ports.tokens import ClientRefused, GrantEnded, PassingFailure, SignedIn
from companion.services.spotify.auth import SpotifyAuth
from tests.contract.spotify.conftest import SCOPES, SPOTIFY_CLIENT_ID, Spotify
from tests.fakes.spotify import FakeTokens


async def begin(spotify: Spotify, client_id: str = SPOTIFY_CLIENT_ID) -> PendingAuthorization:
    return expect_ok(await spotify.auth.begin(client_id=client_id, scopes=SCOPES))


async def decide(spotify: Spotify, attempt: PendingAuthorization, decision: str = "agree") -> httpx.Response:
    """What the person's browser does: read the page, press a button, follow the redirect."""
    page = await spotify.client.get(attempt.authorize_url)
    assert page.status_code == 200, page.text
    query = {name: values[0] for name, values in parse_qs(urlsplit(attempt.authorize_url).query).items()}
    form = {**query, "decision": decision, "account": "harborlantern"}
    address = attempt.authorize_url.partition("?")[0]
    return await spotify.client.post(address, data=form, follow_redirects=True)


async def finish(
    spotify: Spotify, attempt: PendingAuthorization, decision: str = "agree"
) -> tuple[Result[SignedIn, SpotifySignInError], httpx.Response]:
    finishing = asyncio.ensure_future(attempt.finish())
    final = await decide(spotify, attempt, decision)
    return await finishing, final


async def is_closed(attempt: PendingAuthorization) -> bool:
    port = urlsplit(redirect_of(attempt)).port
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return True
    writer.close()
    return False


def redirect_of(attempt: PendingAuthorization) -> str:
    return parse_qs(urlsplit(attempt.authorize_url).query)["redirect_uri"][0]


async def test_the_whole_login(spotify: Spotify) -> None:
    attempt = await begin(spotify)
    result, final = await finish(spotify, attempt)
    signed_in = expect_ok(result)
    assert signed_in.account.user_id == "hL7vQ2xKd9"
    assert signed_in.client_id == SPOTIFY_CLIENT_ID
    assert signed_in.authorized_at == spotify.clock.now()
    assert signed_in.grant.scopes == SCOPES
    assert signed_in.grant.expires_in.total_seconds() == 3600
    assert signed_in.grant.refresh_token is not None
    assert final.status_code == 200
    assert "You can close this tab" in final.text
    assert final.headers["cache-control"] == "no-store"
    assert await is_closed(attempt)
    tokens = FakeTokens(signed_in.grant.access_token.reveal())
    assert isinstance(await spotify.service(tokens).get_playback(), Ok)


async def test_saying_no(spotify: Spotify) -> None:
    attempt = await begin(spotify)
    result, final = await finish(spotify, attempt, "cancel")
    assert result == Err(Denied())
    assert "You can close this tab" in final.text
    assert await is_closed(attempt)


async def test_every_attempt_is_fresh(spotify: Spotify) -> None:
    attempts = [await begin(spotify) for _ in range(3)]
    queries = [parse_qs(urlsplit(it.authorize_url).query) for it in attempts]
    for name in ("state", "code_challenge", "redirect_uri"):
        assert len({query[name][0] for query in queries}) == 3
    for attempt in attempts:
        await attempt.cancel()


async def test_two_attempts_do_not_mix(spotify: Spotify) -> None:
    """The answer of one attempt, sent to the listener of another, changes nothing there."""
    first, second = await begin(spotify), await begin(spotify)
    waiting = asyncio.ensure_future(second.finish())
    state = parse_qs(urlsplit(first.authorize_url).query)["state"][0]
    strange = await spotify.client.get(redirect_of(second), params={"code": "abc", "state": state})
    assert strange.status_code == 400
    assert "another attempt" in strange.text
    assert not waiting.done()
    await decide(spotify, second)
    assert isinstance(await waiting, Ok)
    await first.cancel()


async def test_nobody_comes_back(spotify: Spotify) -> None:
    auth = SpotifyAuth(
        http=spotify.caller,
        accounts_url=spotify.sim.accounts_url,
        api_url=spotify.sim.api_url,
        clock=spotify.clock,
        logger=logging.getLogger("companion.test"),
        time_limit=0.05,
    )
    attempt = expect_ok(await auth.begin(client_id=SPOTIFY_CLIENT_ID, scopes=SCOPES))
    assert await attempt.finish() == Err(TimedOut())
    assert await is_closed(attempt)


async def test_cancel_ends_a_waiting_finish(spotify: Spotify) -> None:
    attempt = await begin(spotify)
    finishing = asyncio.ensure_future(attempt.finish())
    await asyncio.sleep(0)
    await attempt.cancel()
    assert await finishing == Err(Denied())
    assert await is_closed(attempt)


async def test_a_cancelled_task_closes_the_listener(spotify: Spotify) -> None:
    attempt = await begin(spotify)
    finishing = asyncio.ensure_future(attempt.finish())
    await asyncio.sleep(0)
    finishing.cancel()
    await asyncio.gather(finishing, return_exceptions=True)
    assert await is_closed(attempt)


async def test_an_unknown_client_never_leaves_spotifys_page(spotify: Spotify) -> None:
    attempt = await begin(spotify, client_id="dead" + "0" * 28)
    page = await spotify.client.get(attempt.authorize_url)
    assert page.status_code == 400
    assert "INVALID_CLIENT" in page.text
    await attempt.cancel()


async def test_both_403_texts_lead_back(spotify: Spotify) -> None:
    await spotify.steer("spotify/account", owner_premium=False)
    result, _ = await finish(spotify, await begin(spotify))
    assert isinstance(result, Err)
    assert isinstance(result.error, PremiumRequired)
    assert result.error.of_owner
    await spotify.steer("spotify/account", owner_premium=True, allow_listed=False)
    result, _ = await finish(spotify, await begin(spotify))
    assert isinstance(result, Err)
    assert isinstance(result.error, NotAllowListed)


@pytest.mark.parametrize(
    "path, fault",
    [
        ("/spotify/accounts/api/token", {"name": "server_error"}),
        ("/spotify/accounts/api/token", {"name": "proxy_html", "status": 200}),
        ("/spotify/accounts/api/token", {"name": "answer_lost"}),
        ("/spotify/accounts/api/token", {"name": "malformed", "kind": "wrong_types"}),
        ("/spotify/v1/me", {"name": "server_error"}),
        ("/spotify/v1/me", {"name": "proxy_html", "status": 403}),
        ("/spotify/v1/me", {"name": "rate_limited", "seconds": 9}),
        ("/spotify/v1/me", {"name": "malformed", "kind": "broken_json"}),
    ],
)
@pytest.mark.expected_logs("not understood")
async def test_trouble_after_the_browser_is_passing(spotify: Spotify, path: str, fault: dict[str, object]) -> None:
    attempt = await begin(spotify)
    fields = {name: value for name, value in fault.items() if name != "name"}
    await spotify.sim.fault(str(fault["name"]), provider="spotify", path=path, **fields)
    result, _ = await finish(spotify, attempt)
    assert isinstance(result, Err)
    assert isinstance(result.error, PassingFailure)
    assert await is_closed(attempt)


async def test_refresh_keeps_the_old_token_when_none_comes(spotify: Spotify) -> None:
    token = Redacted(spotify.refresh_token())
    grant = expect_ok(await spotify.auth.refresh(client_id=SPOTIFY_CLIENT_ID, refresh_token=token))
    assert grant.refresh_token is None
    assert "user-read-playback-state" in grant.scopes
    assert spotify.sim.count("spotify.refresh") == 1


async def test_refresh_takes_a_new_token_when_one_comes(spotify: Spotify) -> None:
    await spotify.steer("settings", spotify_rotates=True)
    token = Redacted(spotify.refresh_token())
    grant = expect_ok(await spotify.auth.refresh(client_id=SPOTIFY_CLIENT_ID, refresh_token=token))
    assert grant.refresh_token is not None
    assert grant.refresh_token != token


async def refresh_error(spotify: Spotify, *, client_id: str = SPOTIFY_CLIENT_ID, token: str | None = None) -> object:
    token = token or spotify.refresh_token()
    result = await spotify.auth.refresh(client_id=client_id, refresh_token=Redacted(token))
    assert isinstance(result, Err)
    return result.error


async def test_an_ended_grant(spotify: Spotify) -> None:
    token = spotify.refresh_token()
    await spotify.steer("spotify/disconnect")
    assert isinstance(await refresh_error(spotify, token=token), GrantEnded)
    assert spotify.sim.count("spotify.refresh") == 1


async def test_a_refused_client(spotify: Spotify) -> None:
    assert isinstance(await refresh_error(spotify, client_id="dead" + "0" * 28), ClientRefused)


@pytest.mark.parametrize(
    "fault",
    [
        {"name": "server_error", "status": 503},
        {"name": "token_endpoint_down"},
        {"name": "proxy_html", "status": 200},
        {"name": "proxy_html", "status": 403},
        {"name": "answer_lost"},
        {"name": "malformed", "kind": "broken_json"},
        {"name": "malformed", "kind": "missing_fields"},
    ],
)
@pytest.mark.expected_logs("POST /api/token: answer 200 not understood")
async def test_everything_else_is_passing(spotify: Spotify, fault: dict[str, object]) -> None:
    fields = {name: value for name, value in fault.items() if name != "name"}
    await spotify.sim.fault(str(fault["name"]), provider="spotify", **fields)
    assert isinstance(await refresh_error(spotify), PassingFailure)
    assert spotify.sim.count("spotify.refresh") == 1  # never repeated here


async def test_spotify_can_neither_validate_nor_revoke(spotify: Spotify) -> None:
    token = Redacted(spotify.token())
    assert await spotify.auth.validate(token) == Ok(None)
    assert await spotify.auth.revoke(client_id=SPOTIFY_CLIENT_ID, access_token=token) == Ok(None)
