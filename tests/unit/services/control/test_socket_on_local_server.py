"""The control socket plugged into the local server, as the running application has it."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from companion.application.messages import Message
from companion.kernel.result import Ok, Result, expect_ok
from companion.kernel.tasks import TaskSupervisor
from companion.services.control.client import call
from companion.services.control.socket import ControlSocket
from companion.services.overlay.hub import OverlayHub
from companion.services.overlay.server import LocalServer, Route
from companion.services.system.local_access import LocalAccess
from tests.fakes.application import FakeApplication
from tests.fakes.clock import FakeClock
from tests.unit.services.control.desk import Desk

RESOURCES = Path(__file__).parents[4] / "resources" / "overlay"
LOGGER = logging.getLogger("companion.overlay")


class RenewingApplication(FakeApplication):
    """Renews for real."""

    server: LocalServer

    async def renew_overlay_tokens(self) -> Result[None, Message]:
        self.server.renew_tokens()
        return Ok(None)


async def test_renewing_over_the_control_socket_still_gets_its_answer(tmp_path: Path) -> None:
    clock, tasks = FakeClock(), TaskSupervisor(LOGGER)
    application = RenewingApplication()
    control = ControlSocket(ports=Desk(application=application).ports(), logger=LOGGER)
    access = LocalAccess(tmp_path, clock=clock)
    server = application.server = LocalServer(
        hub=OverlayHub(epoch="run", clock=clock, logger=LOGGER),
        access=access,
        resources=RESOURCES,
        websocket_routes={"/control": Route(control.serve)},
        tasks=tasks,
        clock=clock,
        logger=LOGGER,
        port=0,
    )
    port = expect_ok(await server.start())
    old = access.control_token.reveal()

    assert isinstance(await call(tmp_path, "overlay.renew_tokens"), Ok)
    assert await call(tmp_path, "stream_lifecycle.ping") == Ok("pong")
    with pytest.raises(InvalidStatus):
        await connect(f"ws://127.0.0.1:{port}/control?token={old}", proxy=None)

    await server.close()
    await tasks.drain(2)
