"""One port being served: its gate, its connections, and their end."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from companion.services.overlay.connections import OpenConnections, is_from_this_machine, tracked_by
from companion.services.overlay.gate import FEED_PATH, AccessTokens, Admitted, Gate, Rule
from companion.services.overlay.page_files import PageFiles
from companion.services.overlay.quiet_log import quiet_logger

LOOPBACK: Final = "127.0.0.1"
Handler: TypeAlias = Callable[[ServerConnection, Admitted], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of the server: message size in bytes, times in seconds."""

    clients: int = 64
    message_bytes: int = 64 * 1024
    handshake: float = 5.0
    ping: float = 20.0
    tick: float = 15.0
    close: float = 2.0


DEFAULT_LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class Site:
    """What is served, whatever the port. `handlers`: path to who serves it; all but the feed want the control token."""

    files: PageFiles
    tokens: AccessTokens
    handlers: Mapping[str, Handler]
    allowed_hosts: Sequence[str]
    allowed_origins: Sequence[str]
    image_origins: Sequence[str]
    limits: Limits
    logger: logging.Logger


class Listening:
    """A site on one port, from `begin` to `end`."""

    def __init__(self, site: Site, port: int) -> None:
        self.port = port
        self._site = site
        self._connections = OpenConnections(most=2 * site.limits.clients)
        self._gate = self._make_gate()
        self._servers: list[Server] = []

    @property
    def admitted(self) -> tuple[ServerConnection, ...]:
        """The WebSocket connections there are."""
        return tuple(self._connections.admitted)

    async def begin(self, sockets: Sequence[socket.socket]) -> None:
        """Serve on listening sockets, which belong to this object from now on."""
        for each in sockets:
            self._servers.append(await self._serve(each))

    async def end(self) -> None:
        """Close what is open; what does not close within `limits.close` seconds is cut off."""
        servers, self._servers = self._servers, []
        for server in servers:
            server.close()
        try:
            async with asyncio.timeout(self._site.limits.close):
                await asyncio.gather(*(server.wait_closed() for server in servers))
        except TimeoutError:
            left = ", ".join(self._connections.abort_all())
            self._site.logger.warning("overlay server: cut off at closing: %s", left)

    def _serve(self, listener: socket.socket) -> Awaitable[Server]:
        limits = self._site.limits
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
            logger=quiet_logger(self._site.logger),
        )

    def _make_gate(self) -> Gate:
        site = self._site
        hosts = frozenset(f"{name.lower()}:{self.port}" for name in (LOOPBACK, "localhost", *site.allowed_hosts))
        rules = {path: Rule("control", "none", local_only=True) for path in site.handlers}
        rules[FEED_PATH] = Rule("overlay", "own", local_only=False)
        return Gate(
            files=site.files,
            tokens=site.tokens,
            rules=rules,
            hosts=hosts,
            origins=frozenset(f"http://{host}" for host in hosts) | frozenset(site.allowed_origins),
            image_origins=site.image_origins,
            is_full=lambda: len(self._connections.admitted) >= site.limits.clients,
        )

    def _process(self, connection: ServerConnection, request: Request) -> Response | None:
        decided = self._gate.check(request, from_this_machine=is_from_this_machine(connection))
        if isinstance(decided, Admitted):
            self._connections.admitted[connection] = decided
            return None
        # Never the query: it holds the token.
        self._site.logger.debug("%s %s: %d", request.method, request.path.partition("?")[0], decided.status_code)
        return decided

    async def _handle(self, connection: ServerConnection) -> None:
        admitted = self._connections.admitted[connection]
        await self._site.handlers[admitted.path](connection, admitted)
