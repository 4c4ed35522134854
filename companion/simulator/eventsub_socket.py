"""The EventSub WebSocket: welcome, keepalives, its limits and its close codes.

Source: dev.twitch.tv/docs/eventsub/handling-websocket-events.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Final

from aiohttp import WSMsgType, web

from companion.kernel.tasks import TaskSupervisor
from companion.simulator.counters import Counters
from companion.simulator.eventsub_hub import EventSubHub, Handover
from companion.simulator.eventsub_session import Session
from companion.simulator.faults import FaultBox
from companion.simulator.options import SimulatorOptions
from companion.simulator.world import World

_DEFAULT_KEEPALIVE: Final = 10
_RANGE: Final = (10, 600)


class EventSubSocket:
    """Serves `/twitch/eventsub/ws` and runs each session's timers."""

    def __init__(
        self,
        *,
        world: World,
        hub: EventSubHub,
        faults: FaultBox,
        counters: Counters,
        tasks: TaskSupervisor,
        options: SimulatorOptions,
    ) -> None:
        self._world = world
        self._hub = hub
        self._faults = faults
        self._counters = counters
        self._tasks = tasks
        self._options = options

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/twitch/eventsub/ws", self._serve)]

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False, timeout=2.0)
        await socket.prepare(request)
        self._counters.add("eventsub.connects")
        challenge = request.query.get("challenge")
        handover = self._hub.handovers.pop(challenge, None) if challenge is not None else None
        if challenge is not None and (handover is None or handover.until <= self._world.now()):
            await socket.close(code=4007, message=b"invalid reconnect")
            return socket
        session = self._open(request, socket, handover)
        try:
            if handover is not None:
                # Before the welcome: a client may close its old socket the moment it reads it.
                self._hub.move(handover.session_id, session)
            await session.send(self._hub.frame("session_welcome", {"session": session.as_json("connected")}))
            self._start(session, self._keep_alive(session), "keepalive")
            self._start(session, self._close_unused(session), "unused")
            await self._read(session)
        finally:
            for timer in session.timers:
                timer.cancel()
            self._hub.lost(session)
        return socket

    def _open(self, request: web.Request, socket: web.WebSocketResponse, handover: Handover | None) -> Session:
        session = Session(
            id="AgoQ" + self._world.url_token("", 28) + "EgZjZWxsLWE",
            socket=socket,
            transport=request.transport,
            host=request.host,
            keepalive=handover.keepalive if handover is not None else self._keepalive(request),
            connected_at=self._world.nano_timestamp(),
            resumed=handover is not None,
            last_sent=asyncio.get_running_loop().time(),
        )
        self._hub.sessions[session.id] = session
        return session

    def _keepalive(self, request: web.Request) -> float:
        if self._options.keepalive is not None:
            return self._options.keepalive
        asked = request.query.get("keepalive_timeout_seconds", "")
        seconds = int(asked) if asked.isdecimal() else _DEFAULT_KEEPALIVE
        return min(max(seconds, _RANGE[0]), _RANGE[1])

    async def _read(self, session: Session) -> None:
        async for message in session.socket:
            if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                await session.socket.close(code=4001, message=b"client sent inbound traffic")

    def _start(self, session: Session, work: Coroutine[object, object, None], name: str) -> None:
        task = self._tasks.spawn(work, name=f"eventsub {name} {session.id[4:10]}")
        if task is not None:
            session.timers.append(task)

    async def _keep_alive(self, session: Session) -> None:
        loop = asyncio.get_running_loop()
        while not session.socket.closed:
            wait = session.last_sent + session.keepalive - loop.time()
            if wait > 0:
                await asyncio.sleep(wait)
            elif self._faults.get("keepalives_silent") is not None:
                await asyncio.sleep(session.keepalive)
            else:
                await session.send(self._hub.frame("session_keepalive", {}))

    async def _close_unused(self, session: Session) -> None:
        if session.resumed:
            return
        await asyncio.sleep(self._options.unused_after)
        if session.owner is None:
            await session.socket.close(code=4003, message=b"connection unused")

    async def offer_reconnect(self, session: Session, *, old_dies_early: bool) -> None:
        """Ask the client to move; after the grace the old socket is closed with 4004."""
        challenge = self._world.uuid()
        session.challenge = challenge
        grace = self._options.reconnect_grace
        self._hub.handovers[challenge] = Handover(session.id, session.keepalive, self._world.after(grace))
        url = f"ws://{session.host}/twitch/eventsub/ws?challenge={challenge}&id={session.id}"
        payload = session.as_json("reconnecting", url)
        await session.send(self._hub.frame("session_reconnect", {"session": payload}))
        self._tasks.spawn(self._end_grace(session, challenge), name=f"eventsub grace {session.id[4:10]}")
        if old_dies_early:
            session.abort()

    async def _end_grace(self, session: Session, challenge: str) -> None:
        await asyncio.sleep(self._options.reconnect_grace)
        if self._hub.handovers.pop(challenge, None) is not None:
            self._hub.disable(session.id, "websocket_failed_to_reconnect")
        if not session.socket.closed:
            await session.socket.close(code=4004, message=b"reconnect grace time expired")

    async def close_all(self) -> None:
        """End every socket: the simulator stops."""
        for session in list(self._hub.sessions.values()):
            await session.socket.close(code=1001, message=b"going away")
