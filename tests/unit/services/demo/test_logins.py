"""The demo signs itself in at the simulator, and says so when it cannot."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
import pytest_asyncio

from companion.application.features import BOT_SCOPES, SPOTIFY_SCOPES
from companion.kernel.result import Err, Ok
from companion.ports.failures import MalformedAnswer, NetworkDown
from companion.ports.tokens import Provider
from companion.services.demo.logins import CLIENT_IDS, DemoLogins
from companion.services.http import HttpCaller
from companion.simulator.testing import RunningSimulator, running_simulator
from tests.fakes.clock import FakeClock

SCOPES: dict[Provider, frozenset[str]] = {
    "twitch": frozenset({"user:read:chat"}),
    "spotify": SPOTIFY_SCOPES,
    "twitch_bot": BOT_SCOPES,
}
PLANTED = "planted-access-token-0001"


@pytest_asyncio.fixture
async def simulator() -> AsyncIterator[RunningSimulator]:
    async with running_simulator() as running:
        yield running


@pytest_asyncio.fixture
async def http() -> AsyncIterator[HttpCaller]:
    caller = HttpCaller.over_network()
    yield caller
    await caller.close()


@pytest.mark.parametrize("provider", ["twitch", "spotify", "twitch_bot"])
async def test_the_simulator_gives_a_login_that_works(
    provider: Provider, simulator: RunningSimulator, http: HttpCaller, clock: FakeClock
) -> None:
    logins = DemoLogins(http=http, base_url=simulator.base_url + "/", clock=clock)
    got = await logins.sign_in(provider, SCOPES[provider])
    assert isinstance(got, Ok), got
    signed_in = got.value
    assert signed_in.client_id == CLIENT_IDS[provider]
    assert signed_in.authorized_at == clock.now()
    assert signed_in.grant.scopes == SCOPES[provider]
    assert signed_in.grant.refresh_token is not None
    assert timedelta(0) < signed_in.grant.expires_in <= timedelta(days=1)
    account = signed_in.account
    assert account.user_id and account.login and account.display_name
    assert account.picture_url is None or account.picture_url.startswith(simulator.base_url)
    path = f"{simulator.api_url}/me" if provider == "spotify" else f"{simulator.helix_url}/users"
    headers = {"Authorization": f"Bearer {signed_in.grant.access_token.reveal()}", "Client-Id": signed_in.client_id}
    checked = await http.send("GET", path, headers=headers)
    assert isinstance(checked, Ok) and checked.value.status == 200


async def test_the_bot_is_somebody_else(simulator: RunningSimulator, http: HttpCaller, clock: FakeClock) -> None:
    logins = DemoLogins(http=http, base_url=simulator.base_url, clock=clock)
    streamer = await logins.sign_in("twitch", SCOPES["twitch"])
    bot = await logins.sign_in("twitch_bot", SCOPES["twitch_bot"])
    assert isinstance(streamer, Ok) and isinstance(bot, Ok)
    assert bot.value.account.login == "harborbot"
    assert bot.value.account.user_id != streamer.value.account.user_id


async def test_two_logins_are_two_tokens(simulator: RunningSimulator, http: HttpCaller, clock: FakeClock) -> None:
    logins = DemoLogins(http=http, base_url=simulator.base_url, clock=clock)
    first, second = [await logins.sign_in("twitch", frozenset()) for _ in range(2)]
    assert isinstance(first, Ok) and isinstance(second, Ok)
    assert first.value.grant.access_token != second.value.grant.access_token
    assert first.value.account == second.value.account


async def test_nobody_there_is_a_result(http: HttpCaller, clock: FakeClock) -> None:
    got = await DemoLogins(http=http, base_url="http://127.0.0.1:9", clock=clock).sign_in("twitch", frozenset())
    assert isinstance(got, Err) and isinstance(got.error, NetworkDown)


GRANT = {"access_token": PLANTED, "refresh_token": PLANTED, "expires_in": 60, "scope": "a b"}


@pytest.mark.expected_logs("not understood")
@pytest.mark.parametrize(
    "provider, grant, person",
    [
        ("twitch", httpx.Response(400, json={"status": 400, "message": "no"}), None),
        ("twitch", httpx.Response(200, html=f"<p>{PLANTED}"), None),
        ("twitch", httpx.Response(200, json={**GRANT, "expires_in": PLANTED}), None),
        ("twitch", httpx.Response(200, json=GRANT), httpx.Response(200, json={"data": []})),
        ("twitch", httpx.Response(200, json=GRANT), httpx.Response(401, json={"message": PLANTED})),
        ("spotify", httpx.Response(200, json=GRANT), httpx.Response(200, json={"id": "x"})),
        ("spotify", httpx.Response(200, json=GRANT), httpx.Response(200, json={"images": PLANTED})),
    ],
)
async def test_an_answer_that_is_none_is_a_result(
    provider: Provider,
    grant: httpx.Response,
    person: httpx.Response | None,
    clock: FakeClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def serve(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return grant
        assert person is not None, "nobody may be asked for without a token"
        return person

    async with httpx.AsyncClient(transport=httpx.MockTransport(serve)) as client:
        logins = DemoLogins(http=HttpCaller(client=client), base_url="http://simulator.example", clock=clock)
        got = await logins.sign_in(provider, frozenset())
    assert isinstance(got, Err) and isinstance(got.error, MalformedAnswer)
    assert PLANTED not in caplog.text + got.error.where


async def test_the_network_may_go_between_token_and_account(clock: FakeClock) -> None:
    def serve(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(200, json=GRANT)
        raise httpx.ReadError("x")

    async with httpx.AsyncClient(transport=httpx.MockTransport(serve)) as client:
        logins = DemoLogins(http=HttpCaller(client=client), base_url="http://simulator.example", clock=clock)
        assert isinstance(await logins.sign_in("spotify", frozenset()), Err)
