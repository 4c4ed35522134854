"""A local server on a free port, and clients that speak its protocol."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection

from companion.kernel.redacted import Redacted
from companion.kernel.result import Ok, Result, expect_ok
from companion.kernel.tasks import TaskSupervisor
from companion.services.overlay.hub import OverlayHub
from companion.services.overlay.listening import Limits
from companion.services.overlay.server import LocalServer, Route
from tests.fakes.clock import FakeClock

RESOURCES = Path(__file__).parents[4] / "resources" / "overlay"
LOGGER = logging.getLogger("companion.overlay")


class FakeAccess:
    """Tokens and port in memory."""

    def __init__(self, port: int | None = None) -> None:
        self.generation = 1
        self.port = port

    @property
    def overlay_token(self) -> Redacted:
        return Redacted(f"overlay-token-{self.generation}")

    @property
    def control_token(self) -> Redacted:
        return Redacted(f"control-token-{self.generation}")

    def remember_port(self, port: int) -> Result[None, object]:
        self.port = port
        return Ok(None)

    def renew(self) -> Result[None, object]:
        self.generation += 1
        return Ok(None)


class StandingSleep:
    """Sleeps end when the test says so; `asked` holds the seconds."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self._waiting: list[asyncio.Future[None]] = []

    async def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        await future

    def wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)


@dataclass
class Desk:
    """One server and what it works with."""

    server: LocalServer
    hub: OverlayHub
    access: FakeAccess
    clock: FakeClock
    sleep: StandingSleep
    tasks: TaskSupervisor
    port: int = 0
    echoed: list[str] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def feed(self, query: str = "", **options: object) -> Awaitable[ClientConnection]:
        url = f"ws://127.0.0.1:{self.port}/overlay/ws?token={self.access.overlay_token.reveal()}{query}"
        settings: dict[str, object] = {"origin": self.origin, "proxy": None, "compression": None, **options}
        return connect(url, **settings)  # type: ignore[arg-type]  # options of several types

    async def request(
        self, target: str, *, method: str = "GET", headers: Mapping[str, str] | None = None, host: str | None = None
    ) -> HttpAnswer:
        """A plain HTTP request, byte for byte, as no library would let it pass."""
        lines = [f"{method} {target} HTTP/1.1", f"Host: {host if host is not None else f'127.0.0.1:{self.port}'}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        return await raw_request(self.port, "\r\n".join([*lines, "", ""]).encode())


@dataclass
class HttpAnswer:
    status: int
    headers: dict[str, str]
    body: bytes


async def raw_request(port: int, request: bytes) -> HttpAnswer:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        raw = await asyncio.wait_for(reader.read(), 5)
    finally:
        writer.close()
        await writer.wait_closed()
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *rest = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in rest)}
    return HttpAnswer(int(first.split(" ")[1]) if first else 0, headers, body)


async def messages(socket: ClientConnection, count: int) -> list[dict[str, object]]:
    """The next `count` messages."""
    return [json.loads(await asyncio.wait_for(socket.recv(), 5)) for _ in range(count)]


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop turn until something that real sockets bring about has happened."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.002)


def make_desk(
    *,
    access: FakeAccess | None = None,
    port: int | None = 0,
    limits: Limits | None = None,
    slow_limit: int = 256 * 1024,
) -> Desk:
    clock, sleep, tasks = FakeClock(), StandingSleep(), TaskSupervisor(LOGGER)
    access = access or FakeAccess()
    hub = OverlayHub(epoch="run-1", clock=clock, logger=LOGGER, slow_limit=slow_limit)

    async def echo(connection: ServerConnection) -> None:
        async for message in connection:
            await connection.send(message)

    async def nobody(_port: int) -> str | None:
        return "somebody (process 1)"

    server = LocalServer(
        hub=hub,
        access=access,
        resources=RESOURCES,
        websocket_routes={"/control": Route(echo)},
        tasks=tasks,
        clock=clock,
        logger=LOGGER,
        port=port,
        limits=limits or Limits(),
        sleep=sleep,
        find_holder=nobody,
    )
    return Desk(server, hub, access, clock, sleep, tasks)


async def open_desk(desk: Desk) -> Desk:
    desk.port = expect_ok(await desk.server.start())
    return desk


async def close_desk(desk: Desk) -> None:
    await desk.server.close()
    await desk.tasks.drain(2)
