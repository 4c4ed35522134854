"""The control socket's connections: requests answered in order, events and changes pushed to those who asked."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable
from typing import Final

from websockets.asyncio.server import ServerConnection, broadcast
from websockets.exceptions import ConnectionClosed

from companion.application.snapshots import AppSnapshot
from companion.kernel.result import Ok, Result
from companion.ports.events import DomainEvent
from companion.services.control.changes import ChangeWatch, SubscribeChanges, Topic
from companion.services.control.codec import to_json
from companion.services.control.method import method
from companion.services.control.methods import ControlPorts, control_methods, describe
from companion.services.control.rpc import Dispatcher, Method, NoParams

_SLOW_LIMIT: Final = 256 * 1024


class ControlSocket:
    """Serves `/control`. Who may connect is decided before, by the server that this is plugged into."""

    def __init__(self, *, ports: ControlPorts, logger: logging.Logger) -> None:
        self._methods = control_methods(ports)
        self._application = ports.application
        self._logger = logger
        self._subscribers: set[ServerConnection] = set()
        self._wanted: dict[ServerConnection, frozenset[Topic]] = {}
        """Who is told of changes, and of which."""
        self._stop_watching: Callable[[], None] | None = None

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
            self._want(connection, frozenset())

    def publish_event(self, event: DomainEvent) -> None:
        """Push an event to every subscriber as the notification `event`; a slow subscriber is dropped."""
        if self._subscribers:
            self._push("event", event, self._subscribers)

    def _push(self, name: str, value: object, connections: Iterable[ServerConnection]) -> None:
        quick = set(connections)
        for slow in [each for each in quick if each.transport.get_write_buffer_size() > _SLOW_LIMIT]:
            quick.discard(slow)
            self._subscribers.discard(slow)
            self._want(slow, frozenset())
            slow.transport.abort()
        note = {"jsonrpc": "2.0", "method": name, "params": to_json(value)}
        broadcast(quick, json.dumps(note, ensure_ascii=False))

    def _want(self, connection: ServerConnection, topics: frozenset[Topic]) -> None:
        """Pictures are compared only while somebody wants to know."""
        self._wanted.pop(connection, None)
        if topics:
            self._wanted[connection] = topics
        if self._wanted and self._stop_watching is None:
            watch = ChangeWatch(self._application.snapshot())
            self._stop_watching = self._application.subscribe(lambda picture: self._compare(watch, picture))
        elif not self._wanted and self._stop_watching is not None:
            self._stop_watching()
            self._stop_watching = None

    def _compare(self, watch: ChangeWatch, picture: AppSnapshot) -> None:
        for changed in watch.look(picture):
            self._push("changed", changed, [each for each, topics in self._wanted.items() if changed.topic in topics])

    def _methods_of(self, connection: ServerConnection) -> dict[str, Method]:
        async def subscribe(_: object) -> Result[object, object]:
            self._subscribers.add(connection)
            return Ok({"subscribed": True})

        async def unsubscribe(_: object) -> Result[object, object]:
            self._subscribers.discard(connection)
            return Ok({"subscribed": False})

        async def subscribe_changes(params: SubscribeChanges) -> Result[object, object]:
            self._want(connection, params.topics)
            return Ok({"topics": params.topics})

        async def unsubscribe_changes(_: object) -> Result[object, object]:
            self._want(connection, frozenset())
            return Ok({"topics": []})

        async def list_methods(_: object) -> Result[object, object]:
            return Ok({"methods": describe(methods)})

        methods = {
            **self._methods,
            "events.subscribe": Method(NoParams, subscribe),
            "events.unsubscribe": Method(NoParams, unsubscribe),
            "changes.subscribe": method(SubscribeChanges, subscribe_changes),
            "changes.unsubscribe": Method(NoParams, unsubscribe_changes),
            "rpc.methods": Method(NoParams, list_methods),
        }
        return methods
