"""The control socket's connections: requests answered in order, domain events pushed to those who asked."""

from __future__ import annotations

import json
import logging
from typing import Final

from websockets.asyncio.server import ServerConnection, broadcast
from websockets.exceptions import ConnectionClosed

from companion.kernel.result import Ok, Result
from companion.ports.events import DomainEvent
from companion.services.control.codec import to_json
from companion.services.control.methods import ControlPorts, control_methods, describe
from companion.services.control.rpc import Dispatcher, Method, NoParams

_SLOW_LIMIT: Final = 256 * 1024


class ControlSocket:
    """Serves `/control`. Who may connect is decided before, by the server that this is plugged into."""

    def __init__(self, *, ports: ControlPorts, logger: logging.Logger) -> None:
        self._methods = control_methods(ports)
        self._logger = logger
        self._subscribers: set[ServerConnection] = set()

    async def serve(self, connection: ServerConnection) -> None:
        """Answer one connection until it closes."""
        dispatcher = Dispatcher(self._methods_of(connection), self._logger)
        try:
            async for message in connection:
                answer = await dispatcher.answer(message)
                if answer is not None:
                    await connection.send(answer)
        except ConnectionClosed:
            pass
        finally:
            self._subscribers.discard(connection)

    def publish_event(self, event: DomainEvent) -> None:
        """Push an event to every subscriber as the notification `event`; a slow subscriber is dropped."""
        if not self._subscribers:
            return
        for slow in [each for each in self._subscribers if each.transport.get_write_buffer_size() > _SLOW_LIMIT]:
            self._subscribers.discard(slow)
            slow.transport.abort()
        note = {"jsonrpc": "2.0", "method": "event", "params": to_json(event)}
        broadcast(self._subscribers, json.dumps(note, ensure_ascii=False))

    def _methods_of(self, connection: ServerConnection) -> dict[str, Method]:
        async def subscribe(_: object) -> Result[object, object]:
            self._subscribers.add(connection)
            return Ok({"subscribed": True})

        async def unsubscribe(_: object) -> Result[object, object]:
            self._subscribers.discard(connection)
            return Ok({"subscribed": False})

        async def list_methods(_: object) -> Result[object, object]:
            return Ok({"methods": describe(methods)})

        methods = {
            **self._methods,
            "events.subscribe": Method(NoParams, subscribe),
            "events.unsubscribe": Method(NoParams, unsubscribe),
            "rpc.methods": Method(NoParams, list_methods),
        }
        return methods
