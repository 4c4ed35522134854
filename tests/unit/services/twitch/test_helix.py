from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from companion.kernel.result import Err, Ok, expect_ok
from companion.ports.failures import Forbidden, MalformedAnswer, NoAccess, RateLimited, ReauthorizationRequired, Refused
from companion.services.http import HttpCaller
from companion.services.twitch.helix import TwitchService
from companion.services.twitch.subscriptions import STREAM_SUBSCRIPTIONS, SubscriptionRequest
from tests.fakes.clock import START, FakeClock
from tests.fakes.twitch import FakeTokenSource
from tests.unit.services.twitch.wire import Server

STREAM = {
    "id": "9001",
    "user_id": "1",
    "started_at": "2026-01-01T10:00:00.123456789Z",
    "viewer_count": 12,
    "title": "Boats",
    "game_name": "Art",
    "type": "live",
}
SUBSCRIPTION = {
    "id": "sub",
    "status": "enabled",
    "type": "stream.online",
    "version": "1",
    "condition": {"broadcaster_user_id": "1", "reward_id": ""},
    "transport": {"method": "websocket", "session_id": "s"},
}


@pytest.fixture
def tokens() -> FakeTokenSource:
    return FakeTokenSource(scopes={"bits:read"})


@pytest.fixture
def service(http: HttpCaller, tokens: FakeTokenSource, clock: FakeClock) -> TwitchService:
    return TwitchService(
        http=http,
        helix_url="https://api.test/helix",
        tokens=tokens,
        broadcaster_id=lambda: "1",
        clock=clock,
        logger=logging.getLogger("companion.test"),
    )


async def test_headers_and_parameters(service: TwitchService, server: Server) -> None:
    server.answers = [httpx.Response(200, json={"data": [STREAM]}, headers={"Date": "Thu, 01 Jan 2026 12:00:00 GMT"})]
    answer = expect_ok(await service.get_stream())
    (request,) = server.asked
    assert str(request.url) == "https://api.test/helix/streams?user_id=1"
    assert request.headers["authorization"] == "Bearer token-1"
    assert request.headers["client-id"] == "client"
    assert answer.answered_at == datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert answer.stream is not None
    assert answer.stream.started_at == datetime(2026, 1, 1, 10, 0, 0, 123456, UTC)


async def test_without_a_date_the_clock_must_do(service: TwitchService, server: Server) -> None:
    server.answers = [httpx.Response(200, json={"data": []})]
    assert expect_ok(await service.get_stream()).answered_at == START


async def test_a_missing_scope_costs_no_refresh(
    service: TwitchService, server: Server, tokens: FakeTokenSource
) -> None:
    body = {"error": "Unauthorized", "status": 401, "message": "Missing scope: channel:manage:redemptions"}
    server.answers = [httpx.Response(401, json=body)]
    assert await service.get_account() == Err(Forbidden("Missing scope: channel:manage:redemptions"))
    assert tokens.refreshes == 0


async def test_a_login_that_ended_meanwhile(service: TwitchService, server: Server, tokens: FakeTokenSource) -> None:
    tokens.token = None
    tokens.error = ReauthorizationRequired("Invalid refresh token", START)
    assert await service.get_account() == Err(NoAccess(tokens.error))
    assert server.asked == []


async def test_a_write_is_not_repeated_after_5xx(service: TwitchService, server: Server) -> None:
    server.answers = [httpx.Response(503, json={})]
    assert isinstance(await service.create_subscription(STREAM_SUBSCRIPTIONS[0], session_id="s"), Err)
    assert len(server.asked) == 1


async def test_a_conflict_is_told_apart(service: TwitchService, server: Server) -> None:
    server.answers = [httpx.Response(409, json={"message": "subscription already exists"})]
    failed = await service.create_subscription(STREAM_SUBSCRIPTIONS[0], session_id="s")
    assert failed == Err(Refused(409, "subscription already exists"))


async def test_the_broadcaster_is_filled_in(service: TwitchService, server: Server) -> None:
    server.answers = [httpx.Response(202, json={"data": [SUBSCRIPTION]})]
    cheer = SubscriptionRequest(type="channel.cheer", scope="bits:read")
    assert await service.create_subscription(cheer, session_id="s") == Ok(None)
    assert b'"broadcaster_user_id":"1"' in server.asked[0].content
    follow = SubscriptionRequest(type="channel.follow", version="2", scope="moderator:read:followers")
    assert isinstance(await service.create_subscription(follow, session_id="s"), Err)
    assert len(server.asked) == 1


async def test_lists_walk_the_pages_and_drop_empty_conditions(service: TwitchService, server: Server) -> None:
    server.answers = [
        httpx.Response(200, json={"data": [SUBSCRIPTION], "pagination": {"cursor": "next"}}),
        httpx.Response(200, json={"data": [SUBSCRIPTION], "pagination": {}}),
    ]
    found = expect_ok(await service.list_subscriptions("stream.online"))
    assert [subscription.condition for subscription in found] == [{"broadcaster_user_id": "1"}] * 2
    assert [request.url.params.get("after") for request in server.asked] == [None, "next"]


async def test_a_cursor_that_leads_in_circles_ends(service: TwitchService, server: Server) -> None:
    page = {"data": [], "pagination": {"cursor": "same"}}
    server.answers = [httpx.Response(200, json=page) for _ in range(50)]
    expect_ok(await service.list_subscriptions("stream.online"))
    assert len(server.asked) == 10


@pytest.mark.expected_logs("not understood")
@pytest.mark.parametrize(
    "change",
    [
        {"viewer_count": -1},
        {"viewer_count": 2**63},
        {"started_at": "2026-01-01T10:00:00"},
        {"started_at": 5},
        {"id": ""},
        {"user_id": None},
    ],
)
async def test_a_stream_that_makes_no_sense(service: TwitchService, server: Server, change: dict[str, object]) -> None:
    server.answers = [httpx.Response(200, json={"data": [{**STREAM, **change}]})]
    failed = await service.get_stream()
    assert isinstance(failed, Err) and isinstance(failed.error, MalformedAnswer)


async def test_no_user_at_all(service: TwitchService, server: Server) -> None:
    server.answers = [httpx.Response(200, json={"data": []})]
    assert await service.get_account() == Err(MalformedAnswer("helix GET /users: no user"))


async def test_the_last_point_closes_the_gate_until_the_reset(
    service: TwitchService, server: Server, clock: FakeClock
) -> None:
    at = datetime(2030, 6, 1, tzinfo=UTC)  # Twitch's clock; this machine's says 2026
    headers = {
        "Ratelimit-Remaining": "0",
        "Ratelimit-Reset": str(int(at.timestamp()) + 20),
        "Date": "Sat, 01 Jun 2030 00:00:00 GMT",
    }
    server.answers = [httpx.Response(200, json={"data": []}, headers=headers), httpx.Response(200, json={"data": []})]
    expect_ok(await service.get_stream())
    assert await service.get_stream() == Err(RateLimited(START + timedelta(seconds=20)))
    clock.advance(20)
    expect_ok(await service.get_stream())
