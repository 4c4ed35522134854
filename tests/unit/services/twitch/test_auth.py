from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from urllib.parse import parse_qs

import httpx
import pytest
import pytest_asyncio

from companion.kernel.redacted import Redacted
from companion.kernel.result import Err, Ok, expect_ok
from companion.ports.sign_in import CodeDead, DeviceCode, StillPending
from companion.ports.tokens import ClientRefused, GrantEnded, PassingFailure, TokenRejected
from companion.services.http import HttpCaller
from companion.services.twitch.auth import TwitchAuth
from tests.fakes.clock import FakeClock

SECRET = Redacted("refresh+token/with=odd&characters")
GRANT = {
    "access_token": "a",
    "expires_in": 14_000,
    "refresh_token": "r",
    "scope": ["bits:read"],
    "token_type": "bearer",
}
VALID = {"client_id": "c", "login": "me", "user_id": "1", "scopes": ["bits:read"], "expires_in": 14_000}
USER = {
    "id": "1",
    "login": "me",
    "display_name": "Me",
    "broadcaster_type": "partner",
    "profile_image_url": "https://p.test",
}


class Server:
    """Answers as a test says, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []
        self.answers: dict[str, Callable[[], httpx.Response]] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self.answers[request.url.path]()

    def says(self, path: str, status: int, body: object, **headers: str) -> None:
        self.answers[path] = lambda: httpx.Response(status, json=body, headers=headers)

    def form(self, number: int = -1) -> dict[str, list[str]]:
        return parse_qs(self.asked[number].content.decode(), strict_parsing=True)


@pytest.fixture
def server() -> Server:
    server = Server()
    server.says("/oauth2/token", 200, GRANT)
    server.says("/oauth2/validate", 200, VALID)
    server.says("/helix/users", 200, {"data": [USER]})
    server.says("/oauth2/device", 200, {
        "device_code": "device", "expires_in": 1800, "interval": 5, "user_code": "ABCD",
        "verification_uri": "https://www.twitch.tv/activate?public=true&device-code=ABCD",
    })  # fmt: skip
    return server


@pytest_asyncio.fixture
async def auth(server: Server, clock: FakeClock) -> AsyncIterator[TwitchAuth]:
    async def no_sleep(_seconds: float) -> None: ...

    async with httpx.AsyncClient(transport=httpx.MockTransport(server)) as client:
        yield TwitchAuth(
            http=HttpCaller(client=client),
            id_url="https://id.test/oauth2",
            helix_url="https://api.test/helix",
            clock=clock,
            logger=logging.getLogger("companion.test"),
            sleep=no_sleep,
        )


def code_at(clock: FakeClock) -> DeviceCode:
    return DeviceCode(Redacted("device"), "ABCD", "https://x.test", clock.now(), timedelta(seconds=5))


async def test_the_device_form_has_scopes_in_the_plural(auth: TwitchAuth, server: Server, clock: FakeClock) -> None:
    code = expect_ok(await auth.request_code(client_id="c", scopes=frozenset({"user:read:chat", "bits:read"})))
    assert server.form() == {"client_id": ["c"], "scopes": ["bits:read user:read:chat"]}
    assert code.expires_at - clock.now() == timedelta(minutes=30)
    assert code.device_code.reveal() == "device"


async def test_the_poll_form(auth: TwitchAuth, server: Server, clock: FakeClock) -> None:
    signed_in = expect_ok(await auth.poll(client_id="c", scopes=frozenset({"bits:read"}), code=code_at(clock)))
    assert server.form(0) == {
        "client_id": ["c"],
        "scopes": ["bits:read"],
        "device_code": ["device"],
        "grant_type": ["urn:ietf:params:oauth:grant-type:device_code"],
    }
    assert server.asked[1].headers["authorization"] == "OAuth a"
    assert server.asked[2].headers["authorization"] == "Bearer a"
    assert server.asked[2].headers["client-id"] == "c"
    assert signed_in.account.broadcaster_type == "partner"
    assert signed_in.authorized_at == clock.now()


async def test_the_refresh_form_escapes_the_token_and_has_no_secret(auth: TwitchAuth, server: Server) -> None:
    grant = expect_ok(await auth.refresh(client_id="c", refresh_token=SECRET))
    assert server.form() == {"grant_type": ["refresh_token"], "refresh_token": [SECRET.reveal()], "client_id": ["c"]}
    assert grant.scopes == {"bits:read"}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"error": "Bad Request", "status": 400, "message": "Invalid refresh token"}),
        (401, {"status": 401, "message": "INVALID REFRESH TOKEN"}),
        (400, {"status": 400, "message": "invalid_grant"}),
        (400, {"error": "invalid_grant", "error_description": "gone"}),
    ],
)
async def test_listed_messages_end_the_login(auth: TwitchAuth, server: Server, status: int, body: object) -> None:
    server.says("/oauth2/token", status, body)
    ended = await auth.refresh(client_id="c", refresh_token=SECRET)
    assert isinstance(ended, Err) and isinstance(ended.error, GrantEnded)


@pytest.mark.parametrize("message", ["missing client secret", "Invalid Client"])
async def test_a_wrong_client_is_no_ended_login(auth: TwitchAuth, server: Server, message: str) -> None:
    server.says("/oauth2/token", 400, {"status": 400, "message": message})
    refused = await auth.refresh(client_id="c", refresh_token=SECRET)
    assert isinstance(refused, Err) and isinstance(refused.error, ClientRefused)
    assert "Public" in refused.error.detail
    assert ". " not in f"{refused.error.detail} " and len(refused.error.detail) < 90  # it stands inside a sentence


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(400, json={"status": 400, "message": "something new"}),
        httpx.Response(400, text="Invalid refresh token"),
        httpx.Response(400, html="<p>invalid_grant</p>"),
        httpx.Response(400, content=b"[", headers={"content-type": "application/json"}),
        httpx.Response(403, html="<h1>Please sign in to the hotel</h1>"),
        httpx.Response(407, json={"message": "invalid_grant"}),
        httpx.Response(408, json={"message": "invalid_grant"}),
        httpx.Response(429, json={"message": "invalid_grant"}),
        httpx.Response(500, json={"message": "Invalid refresh token"}),
        httpx.Response(503, text=""),
        httpx.Response(302, headers={"location": "https://portal.test"}),
        httpx.Response(200, html="<h1>Welcome to the hotel</h1>"),
    ],
    ids=lambda answer: f"{answer.status_code}",
)
async def test_everything_else_is_passing(auth: TwitchAuth, server: Server, answer: httpx.Response) -> None:
    server.answers["/oauth2/token"] = lambda: answer
    passing = await auth.refresh(client_id="c", refresh_token=SECRET)
    assert isinstance(passing, Err) and isinstance(passing.error, PassingFailure)
    assert len(server.asked) == 1, "a refresh is never repeated"


async def test_a_network_failure_is_passing(auth: TwitchAuth, server: Server) -> None:
    def down() -> httpx.Response:
        raise httpx.ConnectError("https://id.test/oauth2/token is away")

    server.answers["/oauth2/token"] = down
    passing = await auth.refresh(client_id="c", refresh_token=SECRET)
    assert passing == Err(PassingFailure("ConnectError"))


async def test_retry_after_is_respected(auth: TwitchAuth, server: Server, clock: FakeClock) -> None:
    server.says("/oauth2/token", 429, {"status": 429, "message": "slow down"}, **{"Retry-After": "77"})
    passing = await auth.refresh(client_id="c", refresh_token=SECRET)
    assert isinstance(passing, Err) and isinstance(passing.error, PassingFailure)
    assert passing.error.retry_at == clock.now() + timedelta(seconds=77)


@pytest.mark.expected_logs("not understood")
@pytest.mark.parametrize(
    "change",
    [
        {"expires_in": 0},
        {"expires_in": -1},
        {"expires_in": 31_536_001},
        {"expires_in": None},
        {"expires_in": "soon"},
        {"access_token": ""},
        {"token_type": ""},
        {"refresh_token": ""},
        {"scope": "bits:read"},
    ],
)
async def test_a_grant_that_cannot_be_right_is_not_taken(
    auth: TwitchAuth, server: Server, change: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    server.says("/oauth2/token", 200, {**GRANT, "access_token": "very-secret-value", **change})
    passing = await auth.refresh(client_id="c", refresh_token=SECRET)
    assert isinstance(passing, Err) and isinstance(passing.error, PassingFailure)
    assert "very-secret-value" not in caplog.text + passing.error.detail


async def test_not_a_number_is_not_a_lifetime(
    auth: TwitchAuth, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    body = json.dumps({**GRANT, "expires_in": 1}).replace('"expires_in": 1', '"expires_in": 1e999')
    server.answers["/oauth2/token"] = lambda: httpx.Response(
        200, content=body, headers={"content-type": "application/json"}
    )
    with caplog.at_level(logging.CRITICAL, "companion.test"):
        assert isinstance(await auth.refresh(client_id="c", refresh_token=SECRET), Err)


@pytest.mark.parametrize(
    ("message", "expected"),
    [("authorization_pending", StillPending()), ("invalid device code", CodeDead())],
)
async def test_poll_answers(
    auth: TwitchAuth, server: Server, clock: FakeClock, message: str, expected: StillPending | CodeDead
) -> None:
    server.says("/oauth2/token", 400, {"status": 400, "message": message})
    assert await auth.poll(client_id="c", scopes=frozenset(), code=code_at(clock)) == Err(expected)


async def test_a_grant_survives_an_unreadable_account(auth: TwitchAuth, server: Server, clock: FakeClock) -> None:
    server.says("/oauth2/validate", 503, {})
    first = await auth.poll(client_id="c", scopes=frozenset(), code=code_at(clock))
    assert isinstance(first, Err) and isinstance(first.error, PassingFailure)
    server.says("/oauth2/token", 400, {"status": 400, "message": "invalid device code"})
    server.says("/oauth2/validate", 200, VALID)
    second = expect_ok(await auth.poll(client_id="c", scopes=frozenset(), code=code_at(clock)))
    assert second.grant.access_token == Redacted("a")
    assert await auth.poll(client_id="c", scopes=frozenset(), code=code_at(clock)) == Err(CodeDead())


async def test_granted_scopes_are_those_of_validate_when_the_grant_names_none(
    auth: TwitchAuth, server: Server, clock: FakeClock
) -> None:
    server.says("/oauth2/token", 200, {**GRANT, "scope": None})
    signed_in = expect_ok(await auth.poll(client_id="c", scopes=frozenset(), code=code_at(clock)))
    assert signed_in.grant.scopes == {"bits:read"}


@pytest.mark.parametrize(
    ("answer", "rejected"),
    [
        (httpx.Response(401, json={"status": 401, "message": "invalid access token"}), True),
        (httpx.Response(401, html="<h1>Proxy login</h1>"), False),
        (httpx.Response(403, json={"status": 403, "message": "forbidden"}), False),
    ],
    ids=["dead", "proxy", "forbidden"],
)
async def test_only_twitch_itself_rejects_a_token(
    auth: TwitchAuth, server: Server, answer: httpx.Response, rejected: bool
) -> None:
    server.answers["/oauth2/validate"] = lambda: answer
    checked = await auth.validate(Redacted("a"))
    assert isinstance(checked, Err)
    assert isinstance(checked.error, TokenRejected) is rejected


@pytest.mark.parametrize(
    ("status", "body", "fine"),
    [
        (200, {}, True),
        (400, {"status": 400, "message": "Invalid token"}, True),
        (404, {"status": 404, "message": "client does not exist"}, True),
        (500, {}, False),
    ],
)
async def test_revoke(auth: TwitchAuth, server: Server, status: int, body: object, fine: bool) -> None:
    server.says("/oauth2/revoke", status, body)
    revoked = await auth.revoke(client_id="c", access_token=Redacted("a"))
    assert isinstance(revoked, Ok) is fine
    assert server.form() == {"client_id": ["c"], "token": ["a"]}
