"""With every logger at DEBUG, nothing secret is written while everything succeeds and everything fails."""

from __future__ import annotations

import logging

import pytest

from companion.kernel.instant import SystemClock
from companion.kernel.redacted import Redacted
from companion.kernel.result import expect_ok
from companion.kernel.tasks import TaskSupervisor
from companion.services.http import HttpCaller
from companion.services.twitch.auth import TwitchAuth
from companion.simulator.testing import PUBLIC_CLIENT_ID, RunningSimulator
from tests.contract.twitch.clients import LOGGER, eventsub_client, twitch_service
from tests.fakes.twitch import FakeReceiver, FakeTokenSource

FAULTS = (
    {"name": "malformed", "kind": "broken_json"},
    {"name": "malformed", "kind": "wrong_types"},
    {"name": "proxy_html", "status": 403},
    {"name": "server_error"},
    {"name": "answer_lost"},
    {"name": "unauthorized_burst"},
)


@pytest.mark.expected_logs
async def test_no_log_line_holds_a_secret(
    sim: RunningSimulator, http: HttpCaller, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    auth = TwitchAuth(http=http, id_url=sim.id_url, helix_url=sim.helix_url, clock=SystemClock(), logger=LOGGER)
    code = expect_ok(await auth.request_code(client_id=PUBLIC_CLIENT_ID, scopes=frozenset({"bits:read"})))
    sim.approve(code.device_code.reveal())
    grant = expect_ok(await auth.poll(client_id=PUBLIC_CLIENT_ID, scopes=frozenset({"bits:read"}), code=code)).grant
    assert grant.refresh_token is not None
    secrets = [code.device_code, grant.access_token, grant.refresh_token]
    for fault in FAULTS:
        await sim.fault(**{"provider": "twitch", "times": 1, **fault})  # type: ignore[arg-type]  # fields are free
        await auth.validate(grant.access_token)
        await sim.fault(**{"provider": "twitch", "times": 1, **fault})  # type: ignore[arg-type]  # fields are free
        await auth.refresh(client_id=PUBLIC_CLIENT_ID, refresh_token=Redacted("wrong" + grant.refresh_token.reveal()))
        sim.clear_faults()
    await use_helix_and_eventsub(sim, http, grant.access_token)
    renewed = expect_ok(await auth.refresh(client_id=PUBLIC_CLIENT_ID, refresh_token=grant.refresh_token))
    assert renewed.refresh_token is not None
    secrets += [renewed.access_token, renewed.refresh_token]
    await auth.revoke(client_id=PUBLIC_CLIENT_ID, access_token=renewed.access_token)
    assert caplog.text
    for secret in secrets:
        assert secret.reveal() not in caplog.text
    assert "challenge=" not in "\n".join(
        record.getMessage() for record in caplog.records if not record.name.startswith("aiohttp")
    )


async def use_helix_and_eventsub(sim: RunningSimulator, http: HttpCaller, token: Redacted) -> None:
    tokens = FakeTokenSource(token.reveal(), client_id=PUBLIC_CLIENT_ID)
    api = twitch_service(sim, http, tokens)
    receiver = FakeReceiver()
    client = eventsub_client(sim, api, receiver, TaskSupervisor(LOGGER))
    client.start()
    client.set_enabled(True)
    await receiver.wait_until(lambda: len(receiver.gaps) == 1)
    for kind in ("broken_json", "wrong_types"):
        await sim.fault("malformed", target="socket", kind=kind)
    await sim.fault("reconnect")
    await sim.go_online()
    await receiver.wait_until(lambda: len(receiver.notifications) == 1)
    for fault in FAULTS:
        await sim.fault(**{"provider": "twitch", "times": 1, **fault})  # type: ignore[arg-type]  # fields are free
        await api.get_stream()
        sim.clear_faults()
    await client.stop()
