"""Short ways to ask the simulator."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from companion.simulator.grants import TokenGrant
from companion.simulator.testing import PUBLIC_CLIENT_ID, RunningSimulator

Parsed: TypeAlias = Any
"""JSON as it came: these tests say what must be in it."""

STREAMER = "900100"


class Asker:
    """Asks over real HTTP and remembers nothing."""

    def __init__(self, session: ClientSession, sim: RunningSimulator) -> None:
        self.session = session
        self.sim = sim

    async def ask(self, method: str, url: str, **options: Parsed) -> tuple[int, Parsed]:
        """Status and body: parsed when it is JSON, else text."""
        async with self.session.request(method, url, **options) as response:
            text = await response.text()
            is_json = response.content_type == "application/json"
            return response.status, json.loads(text) if is_json else text

    async def steer(self, path: str, body: object = None) -> tuple[int, Parsed]:
        return await self.ask("POST", f"{self.sim.base_url}/sim/{path}", json=body if body is not None else {})

    async def helix(self, method: str, path: str, grant: TokenGrant, **options: Parsed) -> tuple[int, Parsed]:
        headers = {"Authorization": f"Bearer {grant.access_token}", "Client-Id": PUBLIC_CLIENT_ID}
        return await self.ask(method, self.sim.helix_url + path, headers=headers, **options)

    async def spotify(self, method: str, path: str, grant: TokenGrant, **options: Parsed) -> tuple[int, Parsed]:
        headers = {"Authorization": f"Bearer {grant.access_token}"}
        return await self.ask(method, self.sim.api_url + path, headers=headers, **options)

    async def subscribe(
        self, grant: TokenGrant, session_id: str, name: str = "stream.online", **condition: str
    ) -> tuple[int, Parsed]:
        body = {
            "type": name,
            "version": "2" if name in ("channel.follow", "channel.update") else "1",
            "condition": condition or {"broadcaster_user_id": STREAMER},
            "transport": {"method": "websocket", "session_id": session_id},
        }
        return await self.helix("POST", "/eventsub/subscriptions", grant, json=body)

    async def open(self, url: str | None = None) -> tuple[ClientWebSocketResponse, str]:
        """A socket after its welcome, and its session id."""
        socket = await self.session.ws_connect(url or self.sim.eventsub_url)
        welcome = await frame(socket)
        assert welcome["metadata"]["message_type"] == "session_welcome"
        return socket, welcome["payload"]["session"]["id"]


async def frame(socket: ClientWebSocketResponse) -> Parsed:
    """The next message, parsed."""
    message = await socket.receive(5)
    assert message.type is WSMsgType.TEXT, message
    return json.loads(message.data)


async def frame_of(socket: ClientWebSocketResponse, kind: str) -> Parsed:
    """The next message of that type."""
    while True:
        found = await frame(socket)
        if found["metadata"]["message_type"] == kind:
            return found


async def close_code(socket: ClientWebSocketResponse) -> int | None:
    """The code the server closes with; 1006 when it just goes away."""
    while not socket.closed:
        await socket.receive(5)
    return socket.close_code
