"""The one local server: overlay pages, their feed, and the routes that others plug in (the control socket)."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, Protocol

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from companion.application.messages import Message
from companion.application.snapshots import OverlayServerState
from companion.kernel.instant import Clock
from companion.kernel.result import Err, Ok, Result
from companion.kernel.tasks import TaskSupervisor
from companion.services.overlay.connections import OpenConnections, is_from_this_machine, tracked_by
from companion.services.overlay.gate import FEED_PATH, AccessTokens, Admitted, Gate, Rule
from companion.services.overlay.hub import OverlayHub, Pages
from companion.services.overlay.page_files import PAGES, load_page_files
from companion.services.overlay.port_holder import find_holder
from companion.services.overlay.port_keeper import CannotListen, PortError, PortKeeper, PortTaken, open_listener
from companion.services.overlay.problems import port_problem, waiting_for_port
from companion.services.overlay.quiet_log import quiet_logger

LOOPBACK: Final = "127.0.0.1"
ACCESS_RENEWED: Final = 4401
"""Close code: the token was renewed; this address is no longer valid."""


class LocalAccessKeeper(AccessTokens, Protocol):
    """The tokens and the remembered port (`services.system.local_access.LocalAccess`)."""

    @property
    def port(self) -> int | None:
        """The port that the addresses name; None before the first start."""
        ...

    def remember_port(self, port: int) -> Result[None, object]:
        """Keep it for later starts."""
        ...

    def renew(self) -> Result[None, object]:
        """Make both tokens anew."""
        ...


@dataclass(frozen=True, slots=True)
class Route:
    """A WebSocket path that somebody else serves, with the control token, for programs of this machine only."""

    handler: Callable[[ServerConnection], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of the server: message size in bytes, times in seconds."""

    clients: int = 64
    message_bytes: int = 64 * 1024
    handshake: float = 5.0
    ping: float = 20.0
    tick: float = 15.0
    close: float = 2.0


class LocalServer:
    """Serves on `host` (loopback unless the person chose otherwise) and always on loopback.

    `port`: an explicit wish (0: any free one, for tests), else the remembered one, else `default_port`. Whatever was
    bound is remembered; a taken port is waited for (30 s) and then reported, never replaced by itself.
    `allowed_hosts`: further host names or addresses by which pages may call it. `allowed_origins`: origins of a
    person's own pages. `image_origins`: further sources of pictures (the simulator's).
    """

    def __init__(
        self,
        *,
        hub: OverlayHub,
        access: LocalAccessKeeper,
        resources: Path,
        websocket_routes: Mapping[str, Route],
        tasks: TaskSupervisor,
        clock: Clock,
        logger: logging.Logger,
        port: int | None = None,
        default_port: int = 17800,
        host: str = LOOPBACK,
        allowed_hosts: Sequence[str] = (),
        allowed_origins: Sequence[str] = (),
        image_origins: Sequence[str] = (),
        limits: Limits = Limits(),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        find_holder: Callable[[int], Awaitable[str | None]] = find_holder,
        patience: float = 30.0,
    ) -> None:
        self._hub = hub
        self._access = access
        self._files = load_page_files(resources)
        self._routes = dict(websocket_routes)
        self._tasks = tasks
        self._logger = logger
        self._port = port if port is not None else access.port or default_port
        self._host = host
        self._allowed_hosts = tuple(allowed_hosts)
        self._allowed_origins = tuple(allowed_origins)
        self._image_origins = tuple(image_origins)
        self._limits = limits
        self._sleep = sleep
        self._keeper = PortKeeper(host=host, clock=clock, sleep=sleep, find_holder=find_holder, patience=patience)
        self._servers: list[Server] = []
        self._connections = OpenConnections(most=2 * limits.clients)
        self._gate: Gate | None = None
        self._starting = asyncio.Lock()
        self._closed = False
        self._problem: Message | None = None
        self._move_to: int | None = None
        self._listeners: list[Callable[[OverlayServerState], None]] = []
        hub.subscribe(self._pages_changed)

    # ---- life

    async def start(self) -> Result[int, PortError]:
        """Serve, and answer the port. Takes up to the patience while the port is taken. Serving already: its port."""
        return await self._start(self._port, patience=None)

    async def try_again(self) -> Result[int, PortError]:
        """One immediate attempt on the same port (a person pressed *Try again*)."""
        return await self._start(self._port, patience=0)

    async def move_to(self, port: int) -> Result[int, PortError]:
        """Serve on `port` from now on: every overlay address changes. On failure the old port stays the wanted one."""
        async with self._starting:
            old = self._port
            if self._servers and port == old:
                return Ok(old)
            opened = await self._keeper.acquire(port, waiting=_nothing, patience=0)
            if isinstance(opened, Err):
                return opened
            await self._stop_serving()
            return await self._serve_on(opened.value)

    async def close(self) -> None:
        """Stop serving within about `limits.close` seconds; what does not close by then is cut off."""
        self._closed = True
        async with self._starting:
            await self._stop_serving()
        self._tell()

    def renew_tokens(self) -> Result[None, object]:
        """New tokens; every page and script that came in with an old one is cut off at once (close code 4401)."""
        result = self._access.renew()
        for connection in tuple(self._connections.admitted):
            self._tasks.spawn(connection.close(ACCESS_RENEWED, "access renewed"), name="overlay-cut")
        self._tell()
        return result

    # ---- what it is

    def state(self) -> OverlayServerState:
        """The present state, for the window."""
        pages = self._hub.pages()
        return OverlayServerState(
            host=self._host,
            port=self._port,
            serving=bool(self._servers),
            urls=self.urls(),
            connected_pages=pages.connected,
            problem=self._problem,
            move_to=self._move_to,
            obs_version=pages.obs_version,
            obs_streaming=pages.obs_streaming,
        )

    def urls(self) -> Mapping[str, str]:
        """Page name -> full address with its token; empty while not serving."""
        if not self._servers:
            return MappingProxyType({})
        token = self._access.overlay_token.reveal()
        base = f"http://{self._shown_host()}:{self._port}/overlay"
        return MappingProxyType({name: f"{base}/{name}?token={token}" for name in PAGES})

    @property
    def connections(self) -> int:
        """How many WebSocket connections there are, the control socket's included."""
        return len(self._connections.admitted)

    def subscribe(self, listener: Callable[[OverlayServerState], None]) -> Callable[[], None]:
        """Be told of every change of `state()`; the answer ends the subscription."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    # ---- starting

    async def _start(self, port: int, *, patience: float | None) -> Result[int, PortError]:
        async with self._starting:
            if self._servers:
                return Ok(self._port)
            if self._closed:
                return Err(CannotListen(self._host, port, "Companion is stopping"))
            opened = await self._keeper.acquire(port, waiting=lambda: self._report_waiting(port), patience=patience)
            if isinstance(opened, Err):
                self._report(opened.error)
                return opened
            return await self._serve_on(opened.value)

    async def _serve_on(self, listener: socket.socket) -> Result[int, PortError]:
        port = int(listener.getsockname()[1])
        listeners = [listener]
        if self._host not in {LOOPBACK, "localhost", "0.0.0.0"}:  # noqa: S104  (a comparison, not a binding)
            also = open_listener(LOOPBACK, port)
            if isinstance(also, Err):
                listener.close()
                self._report(also.error)
                return also
            listeners.append(also.value)
        self._port = port
        self._gate = self._make_gate(port)
        self._servers = [await self._serve(each) for each in listeners]
        self._access.remember_port(port)
        self._problem, self._move_to = None, None
        self._tasks.spawn(self._tick(self._servers), name="overlay-tick")
        self._logger.info("overlay server listens on port %d", port)
        self._tell()
        return Ok(port)

    def _serve(self, listener: socket.socket) -> Awaitable[Server]:
        limits = self._limits
        return serve(
            self._handle,
            sock=listener,
            process_request=self._process,
            create_connection=tracked_by(self._connections),
            compression=None,  # loopback: bytes are cheaper than deflating for every page
            server_header=None,
            open_timeout=limits.handshake,
            ping_interval=limits.ping,
            ping_timeout=limits.ping,
            close_timeout=limits.close / 2,
            max_size=limits.message_bytes,
            logger=quiet_logger(self._logger),
        )

    def _make_gate(self, port: int) -> Gate:
        names = (LOOPBACK, "localhost", *self._allowed_hosts)
        hosts = frozenset(f"{name.lower()}:{port}" for name in names)
        rules = {FEED_PATH: Rule("overlay", "own", local_only=False)}
        rules |= {path: Rule("control", "none", local_only=True) for path in self._routes}
        return Gate(
            files=self._files,
            tokens=self._access,
            rules=rules,
            hosts=hosts,
            origins=frozenset(f"http://{host}" for host in hosts) | frozenset(self._allowed_origins),
            image_origins=self._image_origins,
            is_full=lambda: len(self._connections.admitted) >= self._limits.clients,
        )

    # ---- connections

    def _process(self, connection: ServerConnection, request: Request) -> Response | None:
        gate = self._gate
        if gate is None:  # between two ports
            return connection.respond(503, "Companion is moving to another port.\n")
        decided = gate.check(request, from_this_machine=is_from_this_machine(connection))
        if isinstance(decided, Admitted):
            self._connections.admitted[connection] = decided
            return None
        self._logger.debug("%s %s: %d", request.method, request.path.partition("?")[0], decided.status_code)
        return decided

    async def _handle(self, connection: ServerConnection) -> None:
        admitted = self._connections.admitted[connection]
        if admitted.path == FEED_PATH:
            await self._hub.serve(connection, admitted.resume, assets=self._files.version)
        else:
            await self._routes[admitted.path].handler(connection)

    async def _tick(self, servers: list[Server]) -> None:
        while servers is self._servers:
            await self._sleep(self._limits.tick)
            self._hub.tick()

    # ---- stopping

    async def _stop_serving(self) -> None:
        servers, self._servers, self._gate = self._servers, [], None
        for server in servers:
            server.close()
        try:
            async with asyncio.timeout(self._limits.close):
                await asyncio.gather(*(server.wait_closed() for server in servers))
        except TimeoutError:
            self._logger.warning("overlay server: cut off at closing: %s", ", ".join(self._connections.abort_all()))

    # ---- telling

    def _report_waiting(self, port: int) -> None:
        self._problem = waiting_for_port(port)
        self._tell()

    def _report(self, error: PortError) -> None:
        self._problem = port_problem(error)
        self._move_to = error.free_port if isinstance(error, PortTaken) else None
        self._logger.warning("overlay server does not serve: %s", self._problem.title)
        self._tell()

    def _pages_changed(self, _pages: Pages) -> None:
        self._tell()

    def _tell(self) -> None:
        state = self.state()
        for listener in tuple(self._listeners):
            listener(state)

    def _shown_host(self) -> str:
        """The host that stands in addresses: loopback, unless pages come from another machine."""
        if self._host in {LOOPBACK, "localhost"}:
            return LOOPBACK
        return self._allowed_hosts[0] if self._allowed_hosts else LOOPBACK


def _nothing() -> None:
    return None
