"""One EventSub socket, and one subscription. No rules here."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from aiohttp import web

from companion.simulator.answers import Json


@dataclass(slots=True)
class Session:
    """A socket after its welcome. `owner` (client id, user id) is set by the first subscription."""

    id: str
    socket: web.WebSocketResponse
    transport: asyncio.Transport | None
    host: str
    keepalive: float
    connected_at: str
    resumed: bool
    last_sent: float
    owner: tuple[str, str] | None = None
    challenge: str | None = None
    timers: list[asyncio.Task[None]] = field(default_factory=list)

    async def send(self, text: str) -> bool:
        """Send a text frame; `False` when the socket is gone."""
        if self.socket.closed:
            return False
        try:
            await self.socket.send_str(text)
        except ConnectionError:
            return False
        self.last_sent = asyncio.get_running_loop().time()
        return True

    def abort(self) -> None:
        """Cut the TCP connection: no close frame."""
        if self.transport is not None:
            self.transport.abort()

    def as_json(self, status: str, reconnect_url: str | None = None) -> Json:
        """The `session` of a welcome or a reconnect message."""
        # A whole number on the wire, whatever fraction a test runs with.
        keepalive = max(1, round(self.keepalive)) if status == "connected" else None
        return {
            "id": self.id,
            "status": status,
            "keepalive_timeout_seconds": keepalive,
            "reconnect_url": reconnect_url,
            "connected_at": self.connected_at,
        }


@dataclass(slots=True)
class Subscription:
    """A subscription; `status` as in Helix."""

    id: str
    client_id: str
    user_id: str
    type: str
    version: str
    condition: dict[str, str]
    cost: int
    created_at: str
    session_id: str
    connected_at: str
    status: str = "enabled"
    disconnected_at: str | None = None

    def in_helix(self) -> Json:
        """As Helix lists it."""
        transport: Json = {"method": "websocket", "session_id": self.session_id, "connected_at": self.connected_at}
        if self.disconnected_at is not None:
            transport["disconnected_at"] = self.disconnected_at
        return {**self._common(), "transport": transport}

    def in_frame(self) -> Json:
        """As a notification or revocation carries it."""
        return {**self._common(), "transport": {"method": "websocket", "session_id": self.session_id}}

    def _common(self) -> Json:
        return {
            "id": self.id,
            "status": self.status,
            "type": self.type,
            "version": self.version,
            "condition": dict(self.condition),
            "created_at": self.created_at,
            "cost": self.cost,
        }

    def wants(self, name: str, event: Json) -> bool:
        """Whether this event is one it was made for."""
        if self.status != "enabled" or self.type != name:
            return False
        keys = ("broadcaster_user_id", "to_broadcaster_user_id", "from_broadcaster_user_id")
        if not all(event.get(key) == value for key, value in self.condition.items() if key in keys):
            return False
        wanted, reward = self.condition.get("reward_id"), event.get("reward")
        return wanted is None or (isinstance(reward, dict) and reward.get("id") == wanted)
