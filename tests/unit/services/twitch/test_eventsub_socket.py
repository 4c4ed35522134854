from __future__ import annotations

import pytest
from websockets.asyncio.server import ServerConnection, serve

from companion.services.twitch.eventsub_socket import SocketEnded, open_socket


async def test_a_proxy_of_the_system_is_not_asked_for_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)

    async def greet(connection: ServerConnection) -> None:
        await connection.send("welcome")

    async with serve(greet, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        opened = await open_socket(f"ws://127.0.0.1:{port}/ws")

        assert not isinstance(opened, SocketEnded)
        assert await opened.read() == "welcome"
        await opened.close()
