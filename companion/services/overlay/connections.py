"""Every open connection of the server, plain HTTP requests included: counted from the first byte, cut when need be."""

from __future__ import annotations

import asyncio
import ipaddress

from websockets.asyncio.server import ServerConnection

from companion.services.overlay.gate import Admitted


class OpenConnections:
    """Who is connected. Beyond `most` connections a new one is cut before it said anything."""

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._all: set[ServerConnection] = set()
        self.admitted: dict[ServerConnection, Admitted] = {}
        """WebSocket requests that were let in, until their connection is gone."""

    def opened(self, connection: ServerConnection) -> None:
        """A TCP connection was accepted."""
        self._all.add(connection)
        if len(self._all) > self._most:
            connection.transport.abort()

    def lost(self, connection: ServerConnection) -> None:
        """It is gone."""
        self._all.discard(connection)
        self.admitted.pop(connection, None)

    def abort_all(self) -> tuple[str, ...]:
        """Cut whatever is left; the paths of the WebSocket connections among it."""
        left = tuple(sorted(admitted.path for admitted in self.admitted.values()))
        for connection in tuple(self._all):
            connection.transport.abort()
        return left


def tracked_by(connections: OpenConnections) -> type[ServerConnection]:
    """The connection class to serve with: it reports its coming and going."""

    class Tracked(ServerConnection):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            connections.opened(self)

        def connection_lost(self, exc: Exception | None) -> None:
            connections.lost(self)
            super().connection_lost(exc)

    return Tracked


def is_from_this_machine(connection: ServerConnection) -> bool:
    """Whether the other end is on a loopback address."""
    peer = connection.remote_address
    try:
        return ipaddress.ip_address(peer[0]).is_loopback
    except (TypeError, IndexError, ValueError):
        return False  # gone already
