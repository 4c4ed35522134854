"""Faults that are done to the open EventSub sockets at once."""

from __future__ import annotations

import json

from companion.simulator.counters import Counters
from companion.simulator.eventsub_hub import EventSubHub
from companion.simulator.eventsub_session import Session
from companion.simulator.eventsub_socket import EventSubSocket
from companion.simulator.faults import Fault


class SocketFaults:
    """Carries out a fault whose `acts_at_once` is true."""

    def __init__(self, *, hub: EventSubHub, socket: EventSubSocket, counters: Counters) -> None:
        self._hub = hub
        self._socket = socket
        self._counters = counters

    async def act(self, fault: Fault) -> int:
        """Do it to every open socket (or subscription, for a revocation); how many were hit."""
        self._counters.add(f"fault.{fault.name}")
        if fault.name == "revocation":
            return await self._hub.revoke(fault.kind or "authorization_revoked", fault.subscription_type)
        sessions = list(self._hub.sessions.values())
        for session in sessions:
            match fault.name:
                case "socket_dropped":
                    session.abort()
                case "close":
                    await session.socket.close(code=fault.code, message=b"closed on demand")
                case "reconnect":
                    await self._socket.offer_reconnect(session, old_dies_early=fault.old_dies_early)
                case _:
                    await self._spoil(session, fault.kind or "broken_json")
        return len(sessions)

    async def _spoil(self, session: Session, kind: str) -> None:
        frame = self._hub.frame("session_keepalive", {})
        match kind:
            case "missing_fields":
                await session.send(json.dumps({"metadata": {"message_type": "notification"}}))
            case "unknown_type":
                await session.send(self._hub.frame("session_confetti", {"colour": "teal"}))
            case "binary":
                await session.socket.send_bytes(b"\x00\xff\xfe not text")
            case "wrong_types":
                await session.send(json.dumps({"metadata": [1, 2], "payload": "text"}))
            case _:
                await session.send(frame[: len(frame) // 2])
