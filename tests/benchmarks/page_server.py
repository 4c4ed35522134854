"""The two servers of the page measurement, in one process and on one loop: ours, and a bare `websockets` broadcast.

Both run without compression. The bare one sends a ready text of the same length. Says the two addresses on standard
output, waits for the pages, publishes in turns, and ends by saying when each message was published (nanoseconds of the
monotonic clock, which all processes share).
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path

from websockets.asyncio.server import ServerConnection, broadcast, serve

from companion.bootstrap.paths import resources_folder
from companion.kernel.ids import random_ids
from companion.kernel.instant import SystemClock
from companion.kernel.result import expect_ok
from companion.kernel.tasks import TaskSupervisor
from companion.ports.events import NowPlayingChanged
from companion.services.overlay.event_forms import event_data
from companion.services.overlay.feed import Feed
from companion.services.overlay.hub import OverlayHub
from companion.services.overlay.listening import Limits
from companion.services.overlay.server import LocalServer
from companion.services.system.local_access import LocalAccess

PACE = 0.004
SETTLE = 0.2
_logger = logging.getLogger("companion.overlay")


class Bare:
    """The rival: accepts everybody, sends to all."""

    def __init__(self) -> None:
        self.pages: set[ServerConnection] = set()

    async def serve(self, connection: ServerConnection) -> None:
        self.pages.add(connection)
        try:
            await connection.wait_closed()
        finally:
            self.pages.discard(connection)


def example() -> NowPlayingChanged:
    """An event such as pages get with every song."""
    return NowPlayingChanged(
        event_id=random_ids()(),
        at=SystemClock().now(),
        playing_kind="track",
        track_id="4uLU6hMCjMI75M1A2tKUQC",
        title="Lanterns on the Water",
        artists=("The Harbour Lights", "Quiet Quarry"),
        is_playing=True,
    )


async def main(folder: Path, pages: int, rounds: int, messages: int) -> None:
    clock, tasks, rival = SystemClock(), TaskSupervisor(_logger), Bare()
    hub = OverlayHub(epoch=random_ids()(), clock=clock, logger=_logger)
    access = LocalAccess(folder, clock=clock)
    server = LocalServer(
        hub=hub,
        access=access,
        resources=resources_folder() / "overlay",
        websocket_routes={},
        tasks=tasks,
        clock=clock,
        logger=_logger,
        port=0,
        limits=Limits(tick=3600),  # the clients count messages
    )
    port = expect_ok(await server.start())
    async with serve(rival.serve, "127.0.0.1", 0, compression=None) as bare:
        bare_port = bare.sockets[0].getsockname()[1]
        token = access.overlay_token.reveal()
        _say([f"ws://127.0.0.1:{port}/overlay/ws?token={token}", f"ws://127.0.0.1:{bare_port}/"])
        while server.connections < pages or len(rival.pages) < pages:
            await asyncio.sleep(0.01)
        event = example()
        form = event_data(event)
        assert form is not None
        payload = Feed(epoch="").publish_event(*form, clock.now())  # as long as what our pages get
        ours: list[list[int]] = []
        theirs: list[list[int]] = []
        for _ in range(rounds):
            ours.append(await _publish(lambda: hub.publish_domain_event(event), messages))
            theirs.append(await _publish(lambda: broadcast(rival.pages, payload), messages))
        _say({"ours": ours, "theirs": theirs, "bytes": len(payload)})
        await server.close()
    await tasks.drain(2)


async def _publish(publish: Callable[[], None], messages: int) -> list[int]:
    """When each of these messages was handed over for sending."""
    published = []
    for _ in range(messages):
        await asyncio.sleep(PACE)
        published.append(time.monotonic_ns())
        publish()
    await asyncio.sleep(SETTLE)
    return published


def _say(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), *map(int, sys.argv[2:])))
