"""`AuthorizationServer` and `TwitchSignIn`: one set of promises, kept by the fake and by the real adapter."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import pytest

from companion.kernel.instant import SystemClock
from companion.kernel.redacted import Redacted
from companion.kernel.result import Err, Ok, expect_ok
from companion.ports.sign_in import CodeDead, DeviceCode, StillPending, TwitchSignIn
from companion.ports.tokens import (
    AuthorizationServer,
    ClientRefused,
    GrantEnded,
    PassingFailure,
    TokenGrant,
    TokenRejected,
)
from companion.services.http import HttpCaller
from companion.services.twitch.auth import TwitchAuth
from companion.simulator.testing import CONFIDENTIAL_CLIENT_ID, PUBLIC_CLIENT_ID, RunningSimulator
from tests.fakes.twitch import STREAMER, FakeTwitchAuth

SCOPES = frozenset({"user:read:chat", "bits:read"})


class Auth(AuthorizationServer, TwitchSignIn, Protocol):
    """Both ports, as one object fills them."""


class Twitch(Protocol):
    """A Twitch whose people and faults the test moves."""

    client_id: str

    @property
    def auth(self) -> Auth: ...

    def log_in(self) -> TokenGrant: ...

    def decide(self, code: DeviceCode, *, approve: bool) -> None: ...

    async def break_down(self) -> None: ...

    def mend(self) -> None: ...


@dataclass
class InMemory:
    auth: FakeTwitchAuth
    client_id: str = "client"

    def log_in(self) -> TokenGrant:
        return self.auth.log_in(scopes=SCOPES)

    def decide(self, code: DeviceCode, *, approve: bool) -> None:
        self.auth.decide(code.device_code.reveal(), approve=approve)

    async def break_down(self) -> None:
        self.auth.outage = PassingFailure("no answer")

    def mend(self) -> None:
        self.auth.outage = None


@dataclass
class Simulated:
    sim: RunningSimulator
    auth: TwitchAuth
    client_id: str = PUBLIC_CLIENT_ID

    def log_in(self) -> TokenGrant:
        grant = self.sim.login_twitch(scopes=sorted(SCOPES))
        return TokenGrant(
            Redacted(grant.access_token),
            timedelta(seconds=grant.expires_in),
            Redacted(grant.refresh_token or ""),
            frozenset(grant.scopes),
        )

    def decide(self, code: DeviceCode, *, approve: bool) -> None:
        name = code.device_code.reveal()
        assert self.sim.approve(name) if approve else self.sim.deny(name)

    async def break_down(self) -> None:
        await self.sim.fault("server_error", provider="twitch", times=None)

    def mend(self) -> None:
        self.sim.clear_faults()


def adapter(sim: RunningSimulator, http: HttpCaller) -> TwitchAuth:
    return TwitchAuth(
        http=http,
        id_url=sim.id_url,
        helix_url=sim.helix_url,
        clock=SystemClock(),
        logger=logging.getLogger("companion.twitch.contract"),
        sleep=at_once,
    )


async def at_once(_seconds: float) -> None:
    """Instead of waiting between two tries."""


@pytest.fixture(params=["fake", "simulated"])
def twitch(request: pytest.FixtureRequest) -> Twitch:
    if request.param == "fake":
        return InMemory(FakeTwitchAuth(SystemClock()))
    sim: RunningSimulator = request.getfixturevalue("sim")
    return Simulated(sim, adapter(sim, request.getfixturevalue("http")))


async def test_a_refresh_rotates_and_the_old_token_is_dead(twitch: Twitch) -> None:
    first = twitch.log_in()
    assert first.refresh_token is not None
    second = expect_ok(await twitch.auth.refresh(client_id=twitch.client_id, refresh_token=first.refresh_token))
    assert second.access_token != first.access_token
    assert second.refresh_token is not None and second.refresh_token != first.refresh_token
    assert second.scopes == SCOPES
    assert timedelta(0) < second.expires_in <= timedelta(days=365)
    again = await twitch.auth.refresh(client_id=twitch.client_id, refresh_token=first.refresh_token)
    assert isinstance(again, Err) and isinstance(again.error, GrantEnded)
    assert again.error.reason == "Invalid refresh token"


async def test_an_outage_ends_no_login(twitch: Twitch) -> None:
    grant = twitch.log_in()
    assert grant.refresh_token is not None
    await twitch.break_down()
    refreshed = await twitch.auth.refresh(client_id=twitch.client_id, refresh_token=grant.refresh_token)
    assert isinstance(refreshed, Err) and isinstance(refreshed.error, PassingFailure)
    validated = await twitch.auth.validate(grant.access_token)
    assert isinstance(validated, Err) and isinstance(validated.error, PassingFailure)
    assert isinstance(await twitch.auth.revoke(client_id=twitch.client_id, access_token=grant.access_token), Err)
    twitch.mend()
    expect_ok(await twitch.auth.refresh(client_id=twitch.client_id, refresh_token=grant.refresh_token))


async def test_validate_says_whose_token_it_is(twitch: Twitch) -> None:
    grant = twitch.log_in()
    validation = expect_ok(await twitch.auth.validate(grant.access_token))
    assert validation is not None
    assert (validation.user_id, validation.login) == (STREAMER.user_id, STREAMER.login)
    assert validation.client_id == twitch.client_id
    assert validation.scopes == SCOPES
    assert await twitch.auth.validate(Redacted("no-such-token")) == Err(TokenRejected())


async def test_revoking_twice_is_fine(twitch: Twitch) -> None:
    grant = twitch.log_in()
    for _ in range(2):
        assert await twitch.auth.revoke(client_id=twitch.client_id, access_token=grant.access_token) == Ok(None)
    assert await twitch.auth.validate(grant.access_token) == Err(TokenRejected())


async def test_an_unknown_client_id_is_named_at_once(twitch: Twitch) -> None:
    asked = await twitch.auth.request_code(client_id="nobodyknowsthisclientid0000000", scopes=SCOPES)
    assert isinstance(asked, Err) and isinstance(asked.error, ClientRefused)


async def test_a_sign_in_from_code_to_account(twitch: Twitch) -> None:
    code = expect_ok(await twitch.auth.request_code(client_id=twitch.client_id, scopes=SCOPES))
    assert code.user_code and code.verification_uri.startswith("http")
    assert code.interval == timedelta(seconds=5)
    assert await twitch.auth.poll(client_id=twitch.client_id, scopes=SCOPES, code=code) == Err(StillPending())
    await twitch.break_down()
    down = await twitch.auth.poll(client_id=twitch.client_id, scopes=SCOPES, code=code)
    assert isinstance(down, Err) and isinstance(down.error, PassingFailure)
    twitch.mend()
    twitch.decide(code, approve=True)
    signed_in = expect_ok(await twitch.auth.poll(client_id=twitch.client_id, scopes=SCOPES, code=code))
    assert signed_in.account.user_id == STREAMER.user_id
    assert signed_in.account.login == STREAMER.login
    assert signed_in.account.broadcaster_type == "affiliate"
    assert signed_in.account.picture_url
    assert signed_in.client_id == twitch.client_id
    assert signed_in.grant.scopes == SCOPES
    assert signed_in.grant.refresh_token is not None
    used = await twitch.auth.poll(client_id=twitch.client_id, scopes=SCOPES, code=code)
    assert used == Err(CodeDead())


async def test_a_denied_code_is_dead(twitch: Twitch) -> None:
    code = expect_ok(await twitch.auth.request_code(client_id=twitch.client_id, scopes=SCOPES))
    twitch.decide(code, approve=False)
    assert await twitch.auth.poll(client_id=twitch.client_id, scopes=SCOPES, code=code) == Err(CodeDead())


# ---- faults that only the network has


@pytest.mark.expected_logs("not understood")
@pytest.mark.parametrize(
    "fault",
    [
        {"name": "proxy_html", "status": 200},
        {"name": "proxy_html", "status": 403},
        {"name": "proxy_html", "status": 407},
        {"name": "proxy_html", "status": 511},
        {"name": "malformed", "kind": "broken_json"},
        {"name": "malformed", "kind": "missing_fields"},
        {"name": "malformed", "kind": "wrong_types"},
        {"name": "server_error", "status": 500},
        {"name": "request_lost"},
        {"name": "token_endpoint_down"},
        {"name": "slow", "seconds": 1.2},
    ],
    ids=lambda fault: "-".join(map(str, fault.values())),
)
async def test_whatever_stands_in_for_twitch_is_passing(
    sim: RunningSimulator, http: HttpCaller, fault: dict[str, object]
) -> None:
    auth = adapter(sim, http)
    secret = sim.login_twitch(client_id=PUBLIC_CLIENT_ID).refresh_token or ""
    await sim.fault(**{"provider": "twitch", **fault})  # type: ignore[arg-type]  # name is one of the fields
    refreshed = await auth.refresh(client_id=PUBLIC_CLIENT_ID, refresh_token=Redacted(secret))
    assert isinstance(refreshed, Err) and isinstance(refreshed.error, PassingFailure), refreshed
    assert secret not in refreshed.error.detail


async def test_a_confidential_client_is_told_apart(sim: RunningSimulator, http: HttpCaller) -> None:
    auth = adapter(sim, http)
    secret = sim.login_twitch(client_id=CONFIDENTIAL_CLIENT_ID).refresh_token or ""
    refreshed = await auth.refresh(client_id=CONFIDENTIAL_CLIENT_ID, refresh_token=Redacted(secret))
    assert isinstance(refreshed, Err) and isinstance(refreshed.error, ClientRefused)
    assert "Public" in refreshed.error.detail


async def test_tokens_granted_before_an_outage_are_not_lost(sim: RunningSimulator, http: HttpCaller) -> None:
    auth = adapter(sim, http)
    code = expect_ok(await auth.request_code(client_id=PUBLIC_CLIENT_ID, scopes=SCOPES))
    sim.approve(code.device_code.reveal())
    await sim.fault("server_error", provider="twitch", path="/twitch/oauth2/validate", times=2)
    for _ in range(2):
        polled = await auth.poll(client_id=PUBLIC_CLIENT_ID, scopes=SCOPES, code=code)
        assert isinstance(polled, Err) and isinstance(polled.error, PassingFailure)
    signed_in = expect_ok(await auth.poll(client_id=PUBLIC_CLIENT_ID, scopes=SCOPES, code=code))
    assert isinstance(await auth.validate(signed_in.grant.access_token), Ok)


@pytest.mark.expected_logs("details could not be read")
async def test_an_account_without_details_is_better_than_no_login(sim: RunningSimulator, http: HttpCaller) -> None:
    auth = adapter(sim, http)
    code = expect_ok(await auth.request_code(client_id=PUBLIC_CLIENT_ID, scopes=SCOPES))
    sim.approve(code.device_code.reveal())
    await sim.fault("server_error", provider="twitch", path="/twitch/helix/users", times=None)
    signed_in = expect_ok(await auth.poll(client_id=PUBLIC_CLIENT_ID, scopes=SCOPES, code=code))
    assert (signed_in.account.user_id, signed_in.account.login) == (STREAMER.user_id, STREAMER.login)
    assert signed_in.account.picture_url is None
