"""`TwitchApi`: one set of promises, kept by the fake and by the real adapter; then the faults of a network."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import pytest

from companion.kernel.instant import SystemClock
from companion.kernel.result import Err, Ok, expect_ok
from companion.ports.failures import (
    Forbidden,
    MalformedAnswer,
    NetworkDown,
    NoAccess,
    NotConfigured,
    NotFound,
    ProviderUnavailable,
    RateLimited,
    Refused,
    Unauthorized,
)
from companion.ports.twitch import TwitchApi
from companion.services.http import HttpCaller
from companion.services.twitch.helix import TwitchService
from companion.services.twitch.subscriptions import SubscriptionRequest
from companion.simulator.testing import PUBLIC_CLIENT_ID, RunningSimulator
from tests.fakes.twitch import STREAMER, FakeTokenSource, FakeTwitchApi, live_stream, with_viewers


class Twitch(Protocol):
    @property
    def api(self) -> TwitchApi: ...

    async def go_live(self, stream_id: str, viewers: int) -> None: ...

    async def end(self) -> None: ...

    def sign_out(self) -> None: ...

    async def break_down(self) -> None: ...


@dataclass
class InMemory:
    api: FakeTwitchApi

    async def go_live(self, stream_id: str, viewers: int) -> None:
        self.api.stream = with_viewers(live_stream(SystemClock(), stream_id=stream_id), viewers)

    async def end(self) -> None:
        self.api.stream = None

    def sign_out(self) -> None:
        self.api.account = None

    async def break_down(self) -> None:
        self.api.error = ProviderUnavailable(503, "Twitch has trouble")


@dataclass
class Simulated:
    sim: RunningSimulator
    tokens: FakeTokenSource
    api: TwitchService

    async def go_live(self, stream_id: str, viewers: int) -> None:
        await self.sim.go_online(stream_id=stream_id, viewers=viewers)

    async def end(self) -> None:
        await self.sim.go_offline()

    def sign_out(self) -> None:
        self.tokens.token = None

    async def break_down(self) -> None:
        await self.sim.fault("server_error", provider="twitch", times=None)


@pytest.fixture
def tokens(sim: RunningSimulator) -> FakeTokenSource:
    return FakeTokenSource(sim.login_twitch().access_token, client_id=PUBLIC_CLIENT_ID)


@pytest.fixture
def service(sim: RunningSimulator, http: HttpCaller, tokens: FakeTokenSource) -> TwitchService:
    return TwitchService(
        http=http,
        helix_url=sim.helix_url,
        tokens=tokens,
        broadcaster_id=lambda: STREAMER.user_id if tokens.token is not None else None,
        clock=SystemClock(),
        logger=logging.getLogger("companion.twitch.contract"),
    )


@pytest.fixture(params=["fake", "simulated"])
def twitch(request: pytest.FixtureRequest) -> Twitch:
    if request.param == "fake":
        return InMemory(FakeTwitchApi(SystemClock()))
    sim: RunningSimulator = request.getfixturevalue("sim")
    return Simulated(sim, request.getfixturevalue("tokens"), request.getfixturevalue("service"))


async def test_offline_live_and_offline_again(twitch: Twitch) -> None:
    assert expect_ok(await twitch.api.get_stream()).stream is None
    await twitch.go_live("9001", 175)
    answer = expect_ok(await twitch.api.get_stream())
    assert answer.stream is not None
    assert (answer.stream.stream_id, answer.stream.viewer_count) == ("9001", 175)
    now = SystemClock().now()
    assert abs(answer.answered_at - now) < timedelta(seconds=5)
    assert abs(answer.stream.started_at - now) < timedelta(seconds=5)
    await twitch.end()
    assert expect_ok(await twitch.api.get_stream()).stream is None


async def test_the_account(twitch: Twitch) -> None:
    account = expect_ok(await twitch.api.get_account())
    assert (account.user_id, account.login, account.broadcaster_type) == (STREAMER.user_id, STREAMER.login, "affiliate")
    assert account.display_name
    assert account.picture_url


async def test_nobody_signed_in(twitch: Twitch) -> None:
    twitch.sign_out()
    assert await twitch.api.get_stream() == Err(NoAccess(NotConfigured()))
    assert await twitch.api.get_account() == Err(NoAccess(NotConfigured()))


async def test_an_outage(twitch: Twitch) -> None:
    await twitch.break_down()
    for failed in (await twitch.api.get_stream(), await twitch.api.get_account()):
        assert isinstance(failed, Err) and isinstance(failed.error, ProviderUnavailable)


# ---- faults that only the network has


async def test_one_bad_minute_of_twitch_is_not_seen(sim: RunningSimulator, service: TwitchService) -> None:
    await sim.fault("server_error", provider="twitch", times=1)
    expect_ok(await service.get_stream())


async def test_a_dead_token_is_replaced_once(
    sim: RunningSimulator, service: TwitchService, tokens: FakeTokenSource
) -> None:
    tokens.token, good = "a-token-that-died", tokens.token
    assert good is not None
    tokens.renewals = [good]
    expect_ok(await service.get_account())
    assert tokens.refreshes == 1


async def test_a_burst_of_401_ends_as_unauthorized(
    sim: RunningSimulator, service: TwitchService, tokens: FakeTokenSource
) -> None:
    await sim.fault("unauthorized_burst", provider="twitch", times=2)
    failed = await service.get_stream()
    assert isinstance(failed, Err) and isinstance(failed.error, Unauthorized)
    assert tokens.refreshes == 1
    expect_ok(await service.get_stream())


async def test_after_429_no_call_leaves_the_machine(sim: RunningSimulator, service: TwitchService) -> None:
    await sim.fault("rate_limited", provider="twitch", seconds=7, times=1)
    first = await service.get_stream()
    assert isinstance(first, Err) and isinstance(first.error, RateLimited)
    left = first.error.retry_at - SystemClock().now()
    assert timedelta(seconds=4) < left < timedelta(seconds=9)
    sent = sim.count("helix.GET /users")
    second = await service.get_account()
    assert isinstance(second, Err) and isinstance(second.error, RateLimited)
    assert sim.count("helix.GET /users") == sent


async def test_429_with_points_left_holds_back_this_call_alone(sim: RunningSimulator, service: TwitchService) -> None:
    await sim.fault("rate_limited", provider="twitch", seconds=900, times=1, remaining=5)
    first = await service.get_stream()
    assert isinstance(first, Err) and isinstance(first.error, RateLimited)
    assert first.error.retry_at - SystemClock().now() < timedelta(seconds=5), "Reset is not to be trusted"
    assert isinstance(await service.get_stream(), Err)
    expect_ok(await service.get_account())


@pytest.mark.parametrize("status", [200, 401, 403, 407, 511])
async def test_a_proxy_page_is_not_twitch(
    sim: RunningSimulator, service: TwitchService, tokens: FakeTokenSource, status: int
) -> None:
    await sim.fault("proxy_html", provider="twitch", status=status, times=None)
    failed = await service.get_stream()
    assert isinstance(failed, Err) and isinstance(failed.error, ProviderUnavailable)
    assert failed.error.status == status
    assert tokens.refreshes == 0, "a proxy's 401 says nothing about the token"


@pytest.mark.expected_logs("not understood")
@pytest.mark.parametrize("kind", ["broken_json", "missing_fields", "wrong_types"])
async def test_a_malformed_answer(sim: RunningSimulator, service: TwitchService, kind: str) -> None:
    await sim.go_online()
    await sim.fault("malformed", provider="twitch", kind=kind, times=None)
    failed = await service.get_stream()
    assert isinstance(failed, Err) and isinstance(failed.error, MalformedAnswer)


@pytest.mark.parametrize("fault", ["request_lost", "answer_lost"])
async def test_a_broken_connection(sim: RunningSimulator, service: TwitchService, fault: str) -> None:
    await sim.fault(fault, provider="twitch", times=None)
    failed = await service.get_stream()
    assert isinstance(failed, Err) and isinstance(failed.error, NetworkDown)


async def test_slower_than_the_limit(sim: RunningSimulator, service: TwitchService) -> None:
    await sim.fault("slow", provider="twitch", seconds=1.2, times=1)
    failed = await service.get_stream()
    assert isinstance(failed, Err) and isinstance(failed.error, NetworkDown)


async def test_subscription_calls_refuse_as_twitch_does(sim: RunningSimulator, service: TwitchService) -> None:
    online = SubscriptionRequest(type="stream.online")
    dead = await service.create_subscription(online, session_id="no-such-session")
    assert isinstance(dead, Err) and isinstance(dead.error, Refused) and dead.error.status == 400
    redemptions = "channel.channel_points_custom_reward_redemption.add"
    foreign = await service.create_subscription(SubscriptionRequest(type=redemptions), session_id="x")
    assert isinstance(foreign, Err) and isinstance(foreign.error, Forbidden)
    needs = SubscriptionRequest(type=redemptions, scope="channel:manage:redemptions")
    sent = sim.count("helix.POST /eventsub/subscriptions")
    assert isinstance(await service.create_subscription(needs, session_id="x"), Err)
    assert sim.count("helix.POST /eventsub/subscriptions") == sent, "a scope that is missing is known beforehand"
    gone = await service.delete_subscription("00000000-0000-4000-8000-000000000000")
    assert isinstance(gone, Err) and isinstance(gone.error, NotFound)
    assert await service.list_subscriptions("stream.online") == Ok(())
