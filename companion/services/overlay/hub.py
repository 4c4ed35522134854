"""The hub: sends the feed to every connected page at once, and knows which pages are there."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from pydantic import BaseModel, ValidationError
from websockets.asyncio.server import ServerConnection, broadcast
from websockets.exceptions import ConnectionClosed

from companion.kernel.instant import Clock
from companion.ports.events import DomainEvent
from companion.services.overlay.event_forms import event_data
from companion.services.overlay.feed import Feed, Resume
from companion.services.overlay.wire import FROM_PAGE, Hello, ObsStatus, Tick
from companion.services.overlay.wire_events import EventName
from companion.services.overlay.wire_topics import Topic

MOST_MALFORMED: Final = 10
"""So many unreadable messages in a row end a connection (close code 1008)."""


@dataclass(frozen=True, slots=True)
class Pages:
    """Which pages are connected, and what OBS told them."""

    connected: Mapping[str, int]
    """Page name -> how many. Clients that never said hello are not counted."""
    visible: Mapping[str, int]
    """Page name -> how many are shown; a page that OBS says nothing about counts as shown."""
    obs_version: str | None
    obs_streaming: bool | None
    """None: no connected page knows."""


@dataclass(slots=True, eq=False)
class _Client:
    connection: ServerConnection
    page: str | None = None
    obs_version: str | None = None
    streaming: bool | None = None
    visible: bool | None = None
    malformed: int = field(default=0)


class OverlayHub:
    """Publishes to all pages and is `ports.stream.StreamingOutput` besides.

    `slow_limit` (bytes): a page with more than this waiting in its send buffer is dropped, not waited for; it comes
    back by itself and catches up. Everything happens on the loop's thread, without awaiting between numbering a
    message and handing it to the sockets: so every page sees the same order.
    """

    def __init__(
        self, *, epoch: str, clock: Clock, logger: logging.Logger, buffer: int = 512, slow_limit: int = 256 * 1024
    ) -> None:
        # More at once than a page may have waiting would have it dropped again before it could read.
        self._feed = Feed(epoch=epoch, buffer=buffer, catch_up=slow_limit // 2)
        self._clock = clock
        self._logger = logger
        self._slow_limit = slow_limit
        self._clients: dict[ServerConnection, _Client] = {}
        self._pages = Pages(MappingProxyType({}), MappingProxyType({}), None, None)
        self._listeners: list[Callable[[Pages], None]] = []
        self.malformed_total = 0
        self.dropped_total = 0

    # ---- publishing

    def publish_state(self, topic: Topic, data: BaseModel) -> None:
        """Tell a topic's present value; nothing is sent when it did not change."""
        text = self._feed.publish_state(topic, data, self._clock.now())
        if text is not None:
            self._send(text)

    def publish_event(self, name: EventName, data: BaseModel) -> None:
        """Tell that something happened."""
        self._send(self._feed.publish_event(name, data, self._clock.now()))

    def publish_domain_event(self, event: DomainEvent) -> None:
        """The same for an event off the bus; nothing for one that is no page's business."""
        form = event_data(event)
        if form is not None:
            self.publish_event(*form)

    def tick(self) -> None:
        """Show every page that the server is there (pages give up on a silent one after 40 s)."""
        if self._clients:
            self._send(Tick(server_time=self._clock.now()).model_dump_json())

    # ---- who is there

    def pages(self) -> Pages:
        """The present picture of connected pages."""
        return self._pages

    def is_streaming(self) -> bool | None:
        """Whether OBS streams, as the pages inside it say; None when none of them knows."""
        return self._pages.obs_streaming

    def subscribe(self, listener: Callable[[Pages], None]) -> Callable[[], None]:
        """Be told of every change of `pages()`; the answer ends the subscription."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    # ---- connections

    async def serve(self, connection: ServerConnection, resume: Resume | None, *, assets: str) -> None:
        """Feed one accepted connection until it closes. `assets` is the version of the page files served now."""
        client = _Client(connection)
        for text in self._feed.greet(resume, at=self._clock.now(), assets=assets):
            broadcast([connection], text)
        self._clients[connection] = client
        try:
            async for message in connection:
                if not self._take(client, message):
                    await connection.close(1008, "too many unreadable messages")
                    return
        except ConnectionClosed:
            pass
        finally:
            self._forget(connection)

    def _send(self, text: str) -> None:
        slow = [
            connection
            for connection in self._clients
            if connection.transport.get_write_buffer_size() > self._slow_limit
        ]
        for connection in slow:
            self.dropped_total += 1
            self._logger.warning("slow overlay page dropped: %s", self._clients[connection].page or "unnamed")
            connection.transport.abort()
            del self._clients[connection]
        broadcast(self._clients, text)

    def _take(self, client: _Client, message: str | bytes) -> bool:
        """Whether the connection may go on."""
        try:
            parsed = FROM_PAGE.validate_json(message)
        except ValidationError as error:
            client.malformed += 1
            self.malformed_total += 1
            self._logger.debug("unreadable message of a page: %s", error.errors(include_input=False)[0]["type"])
            return client.malformed < MOST_MALFORMED
        client.malformed = 0
        match parsed:
            case Hello():
                client.page, client.obs_version = parsed.page, parsed.obs_version
            case ObsStatus():
                client.streaming = client.streaming if parsed.streaming is None else parsed.streaming
                client.visible = client.visible if parsed.visible is None else parsed.visible
        self._pages_may_have_changed()
        return True

    def _forget(self, connection: ServerConnection) -> None:
        self._clients.pop(connection, None)
        self._pages_may_have_changed()

    def _pages_may_have_changed(self) -> None:
        pages = _picture(list(self._clients.values()))
        if pages == self._pages:
            return
        self._pages = pages
        for listener in tuple(self._listeners):
            listener(pages)


def _picture(clients: list[_Client]) -> Pages:
    named = [client for client in clients if client.page is not None]
    said = [client.streaming for client in clients if client.streaming is not None]
    versions = [client.obs_version for client in clients if client.obs_version is not None]
    return Pages(
        connected=MappingProxyType(Counter(client.page or "" for client in named)),
        visible=MappingProxyType(Counter(client.page or "" for client in named if client.visible is not False)),
        obs_version=versions[-1] if versions else None,
        obs_streaming=any(said) if said else None,
    )
