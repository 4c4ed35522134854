"""EventSub frames as Twitch's documentation shows them, with names of our own."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping

_numbers = itertools.count(1)
Payload = Mapping[str, object]


def fresh_id() -> str:
    return f"message-{next(_numbers)}"


def frame(
    kind: str, payload: Payload, *, message_id: str | None = None, at: str = "2026-01-01T00:00:00.123456789Z"
) -> str:
    metadata = {"message_id": message_id or fresh_id(), "message_type": kind, "message_timestamp": at}
    return json.dumps({"metadata": metadata, "payload": payload})


def welcome(
    session_id: str = "session-1", *, keepalive: int | None = 10, at: str = "2026-01-01T00:00:00.123456789Z"
) -> str:
    session = {
        "id": session_id,
        "status": "connected",
        "keepalive_timeout_seconds": keepalive,
        "reconnect_url": None,
        "connected_at": "2026-01-01T00:00:00.123456789Z",
    }
    return frame("session_welcome", {"session": session}, at=at)


def keepalive() -> str:
    return frame("session_keepalive", {})


def reconnect(url: str = "wss://elsewhere.test/ws?challenge=1", session_id: str = "session-1") -> str:
    session = {
        "id": session_id,
        "status": "reconnecting",
        "keepalive_timeout_seconds": None,
        "reconnect_url": url,
        "connected_at": "2026-01-01T00:00:00.123456789Z",
    }
    return frame("session_reconnect", {"session": session})


def subscription(type: str, *, status: str = "enabled") -> Payload:
    return {
        "id": f"sub-{type}",
        "status": status,
        "type": type,
        "version": "1",
        "cost": 0,
        "condition": {"broadcaster_user_id": "1"},
        "transport": {"method": "websocket", "session_id": "session-1"},
        "created_at": "2026-01-01T00:00:00.123456789Z",
    }


def notification(type: str, event: Payload, *, message_id: str | None = None) -> str:
    return frame("notification", {"subscription": subscription(type), "event": event}, message_id=message_id)


def stream_online(*, message_id: str | None = None, stream_id: str = "9001") -> str:
    event = {
        "id": stream_id,
        "broadcaster_user_id": "1",
        "broadcaster_user_login": "me",
        "broadcaster_user_name": "Me",
        "type": "live",
        "started_at": "2026-01-01T10:00:00.123Z",
    }
    return notification("stream.online", event, message_id=message_id)


def stream_offline(*, message_id: str | None = None) -> str:
    event = {"broadcaster_user_id": "1", "broadcaster_user_login": "me", "broadcaster_user_name": "Me"}
    return notification("stream.offline", event, message_id=message_id)


def revocation(type: str, status: str = "authorization_revoked") -> str:
    return frame("revocation", {"subscription": subscription(type, status=status)})
