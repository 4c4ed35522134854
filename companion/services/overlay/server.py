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

from websockets.asyncio.server import ServerConnection

from companion.application.messages import Message
from companion.application.snapshots import OverlayServerState
from companion.kernel.instant import Clock
from companion.kernel.result import Err, Ok, Result
from companion.kernel.tasks import TaskSupervisor
from companion.services.overlay.gate import FEED_PATH, AccessTokens, Admitted
from companion.services.overlay.hub import OverlayHub, Pages
from companion.services.overlay.listening import DEFAULT_LIMITS, LOOPBACK, Limits, Listening, Site
from companion.services.overlay.page_files import PAGES, load_page_files
from companion.services.overlay.port_holder import find_holder
from companion.services.overlay.port_keeper import CannotListen, PortError, PortKeeper, PortTaken, open_listener
from companion.services.overlay.problems import port_problem, waiting_for_port

_BOTH: Final = frozenset({LOOPBACK, "localhost", "0.0.0.0"})  # noqa: S104  (compared with, not bound)
"""Bind addresses that listen on loopback already."""
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
        limits: Limits = DEFAULT_LIMITS,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        find_holder: Callable[[int], Awaitable[str | None]] = find_holder,
    ) -> None:
        self._hub = hub
        self._access = access
        self._tasks = tasks
        self._logger = logger
        self._port = port if port is not None else access.port or default_port
        self._host = host
        self._sleep = sleep
        self._routes = dict(websocket_routes)
        handlers = {FEED_PATH: self._feed, **dict.fromkeys(self._routes, self._plugged_in)}
        self._site = Site(
            load_page_files(resources), access, handlers, allowed_hosts, allowed_origins, image_origins, limits, logger
        )
        self._keeper = PortKeeper(host=host, clock=clock, sleep=sleep, find_holder=find_holder)
        self._listening: Listening | None = None
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
            if self._listening is not None and port == self._port:
                return Ok(port)
            opened = await self._keeper.acquire(port, waiting=_nothing, patience=0)
            if isinstance(opened, Err):
                return opened
            await self._stop_serving()
            return await self._serve_on(opened.value)

    async def close(self) -> None:
        """Stop serving within about `limits.close` seconds; what does not close by then is cut off.

        A start that still waits for its port is not waited for: it finds the door closed.
        """
        self._closed = True
        await self._stop_serving()
        self._tell()

    def renew_tokens(self) -> Result[None, object]:
        """New tokens; every page and script that came in with an old one is cut off at once (close code 4401)."""
        result = self._access.renew()
        for connection in self._listening.admitted if self._listening is not None else ():
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
            serving=self._listening is not None,
            urls=self.urls(),
            connected_pages=pages.connected,
            problem=self._problem,
            move_to=self._move_to,
            obs_version=pages.obs_version,
            obs_streaming=pages.obs_streaming,
        )

    def urls(self) -> Mapping[str, str]:
        """Page name -> full address with its token; empty while not serving."""
        if self._listening is None:
            return MappingProxyType({})
        token = self._access.overlay_token.reveal()
        base = f"http://{self._shown_host()}:{self._port}/overlay"
        return MappingProxyType({name: f"{base}/{name}?token={token}" for name in PAGES})

    @property
    def connections(self) -> int:
        """How many WebSocket connections there are, the control socket's included."""
        return 0 if self._listening is None else len(self._listening.admitted)

    def subscribe(self, listener: Callable[[OverlayServerState], None]) -> Callable[[], None]:
        """Be told of every change of `state()`; the answer ends the subscription."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    # ---- starting and stopping

    async def _start(self, port: int, *, patience: float | None) -> Result[int, PortError]:
        async with self._starting:
            if self._listening is not None:
                return Ok(self._port)
            opened = await self._keeper.acquire(port, waiting=lambda: self._report_waiting(port), patience=patience)
            if isinstance(opened, Err):
                self._report(opened.error)
                return opened
            return await self._serve_on(opened.value)

    async def _serve_on(self, listener: socket.socket) -> Result[int, PortError]:
        port = int(listener.getsockname()[1])
        if self._closed:
            listener.close()
            return Err(CannotListen(self._host, port, "Companion is stopping"))
        sockets = [listener]
        if self._host not in _BOTH:
            also = open_listener(LOOPBACK, port)
            if isinstance(also, Err):
                listener.close()
                self._report(also.error)
                return also
            sockets.append(also.value)
        listening = self._listening = Listening(self._site, port)
        self._port = port
        await listening.begin(sockets)
        if self._closed:
            await listening.end()
            return Err(CannotListen(self._host, port, "Companion is stopping"))
        self._access.remember_port(port)
        self._problem, self._move_to = None, None
        self._tasks.spawn(self._tick(listening), name="overlay-tick")
        self._logger.info("overlay server listens on port %d", port)
        self._tell()
        return Ok(port)

    async def _stop_serving(self) -> None:
        listening, self._listening = self._listening, None
        if listening is not None:
            await listening.end()

    async def _tick(self, listening: Listening) -> None:
        while listening is self._listening:
            await self._sleep(self._site.limits.tick)
            self._hub.tick()

    # ---- connections

    async def _feed(self, connection: ServerConnection, admitted: Admitted) -> None:
        await self._hub.serve(connection, admitted.resume, assets=self._site.files.version)

    async def _plugged_in(self, connection: ServerConnection, admitted: Admitted) -> None:
        await self._routes[admitted.path].handler(connection)

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
        return self._site.allowed_hosts[0] if self._site.allowed_hosts else LOOPBACK


def _nothing() -> None:
    return None
