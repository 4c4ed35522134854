"""Drives the EventSub session machine: moves bytes and time, decides nothing."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable, Coroutine, Sequence
from random import Random
from typing import Any, Final, assert_never
from urllib.parse import parse_qsl, urlencode, urlsplit

from companion.kernel.instant import Clock
from companion.kernel.tasks import TaskSupervisor
from companion.ports.timer import Timer
from companion.ports.twitch import EventSubReceiver, EventSubStatus
from companion.services.twitch.eventsub_commands import (
    CloseSocket,
    Command,
    Deliver,
    Moment,
    NotSubscribed,
    OpenSocket,
    Outcome,
    ReportGap,
    ReportRevoked,
    Subscribe,
)
from companion.services.twitch.eventsub_delivery import Delivery
from companion.services.twitch.eventsub_session import EventSubSession
from companion.services.twitch.eventsub_socket import EventSubSocket, SocketEnded, SocketOpener, open_socket
from companion.services.twitch.eventsub_subscriber import Subscriber, SubscriptionApi
from companion.services.twitch.subscriptions import STREAM_SUBSCRIPTIONS, SubscriptionRequest

_SUBSCRIBE_LIMIT: Final = 30.0
"""Seconds for one subscription with everything it takes (token refresh, orphans)."""
_LONGEST_ARMING: Final = 3600.0
_STALLED: Final = 0.5
"""Seconds by which the timer is late when the loop was held up: then frames wait unread in the socket."""
_READ_IN_A_ROW: Final = 32
"""Frames read before the rest of the application has a turn: 2 ms at the most."""
_CATCH_UP: Final = 0.2
"""Seconds for reading those before silence is judged."""


class EventSubClient:
    """Keeps one EventSub connection while it is enabled, and tells `receiver` what comes.

    `url` is Twitch's WebSocket address; `keepalive` (10..600 s) is asked for, Twitch's answer counts.
    `timer` is this client's own. Nothing here raises; trouble shows in `status`.
    """

    def __init__(
        self,
        *,
        url: str,
        api: SubscriptionApi,
        receiver: EventSubReceiver,
        supervisor: TaskSupervisor,
        timer: Timer,
        clock: Clock,
        random: Random,
        logger: logging.Logger,
        subscriptions: Sequence[SubscriptionRequest] = STREAM_SUBSCRIPTIONS,
        keepalive: int = 10,
        queue_limit: int = 1000,
        opener: SocketOpener = open_socket,
    ) -> None:
        self._supervisor = supervisor
        self._timer = timer
        self._clock = clock
        self._logger = logger
        self._opener = opener
        self._subscriber = Subscriber(api=api, clock=clock, logger=logger)
        self._delivery = Delivery(receiver=receiver, logger=logger, limit=queue_limit)
        self._session = EventSubSession(
            url=_with_keepalive(url, keepalive), requests=subscriptions, random=random, logger=logger, at=self._now()
        )
        self._listeners: list[Callable[[EventSubStatus], None]] = []
        self._told = self._session.status()
        self._sockets: dict[int, EventSubSocket] = {}
        self._opening: dict[int, asyncio.Task[None]] = {}
        self._asking: set[asyncio.Task[None]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._worker: asyncio.Task[None] | None = None
        self._armed_for: float | None = None
        self._catching_up = False
        self._running = False
        self._enabled = False
        self._why_off: str | None = None

    # ---- for the application

    def start(self) -> None:
        """Begin to work; connects at once if enabled. Needs a running loop. A second call does nothing."""
        if self._running:
            return
        self._running = True
        self._worker = self._supervisor.spawn(self._delivery.run(), name="eventsub-delivery")
        self._follow()

    async def stop(self, time_limit: float = 4.0) -> None:
        """Close the sockets and deliver what was received, within `time_limit` seconds and a tenth. Idempotent."""
        if not self._running:
            return
        self._running = False
        self._follow()
        for task in self._asking:
            task.cancel()
        await self._finish_delivery(time_limit / 2)
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=time_limit / 2)
        self._armed_for = None
        self._timer.disarm()
        left = set(self._tasks) | ({self._worker} if self._worker is not None else set())
        self._worker = None
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=time_limit / 10)

    async def _finish_delivery(self, time_limit: float) -> None:
        if self._worker is None or self._worker.done():
            return
        try:
            async with asyncio.timeout(time_limit):
                await self._delivery.wait_until_idle()
        except TimeoutError:
            self._logger.warning("eventsub: stopped with undelivered notifications")

    def set_enabled(self, enabled: bool, reason: str | None = None) -> None:
        """Connect only while the Twitch login is authorised. `reason` is shown while disabled."""
        self._enabled, self._why_off = enabled, None if enabled else reason
        self._follow()

    def set_subscriptions(self, requests: Sequence[SubscriptionRequest]) -> None:
        """Ask for these from now on (1..300 different ones), in the present session too. The same ones: nothing.

        Call it before `set_enabled(True)` and whenever the login's scopes change.
        """
        self._carry_out(self._session.set_requests(requests, self._now()))

    def reconnect_now(self) -> None:
        """Connect afresh at once: a person asked, the machine woke up, or the network came back."""
        if self._running:
            self._carry_out(self._session.reconnect_now(self._now()))

    def status(self) -> EventSubStatus:
        """The present state, without I/O."""
        return self._session.status()

    def listen(self, listener: Callable[[EventSubStatus], None]) -> Callable[[], None]:
        """Call `listener` after every change of `status`; the returned function ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    @property
    def malformed_frames(self) -> int:
        """How many frames could not be read since the start."""
        return self._session.malformed_frames

    # ---- the machine's commands

    def _follow(self) -> None:
        if self._running and self._enabled:
            self._carry_out(self._session.enable(self._now()))
        else:
            self._carry_out(self._session.disable(self._now(), self._why_off))

    def _carry_out(self, commands: Sequence[Command]) -> None:
        for command in commands:
            match command:
                case OpenSocket(number, url):
                    task = self._spawn(self._run_socket(number, url), f"eventsub-socket-{number}")
                    if task is not None:
                        self._opening[number] = task
                case CloseSocket(number):
                    self._close(number)
                case Subscribe():
                    task = self._spawn(self._subscribe(command), f"eventsub-subscribe-{command.request.type}")
                    if task is not None:
                        self._asking.add(task)
                        task.add_done_callback(self._asking.discard)
                case Deliver() | ReportGap() | ReportRevoked():
                    self._delivery.put(command)
                case _:
                    assert_never(command)
        self._arm()
        self._tell()

    def _arm(self) -> None:
        """A deadline that moves away, as it does with every frame, is left to a timer that comes too early."""
        deadline = self._session.deadline
        if deadline is None:
            self._armed_for = None
            self._timer.disarm()
        elif self._armed_for is None or deadline < self._armed_for:
            now = self._clock.monotonic()
            delay = min(max(deadline - now, 0.0), _LONGEST_ARMING)
            self._armed_for = now + delay
            self._timer.arm(delay, self._on_timer)

    def _on_timer(self) -> None:
        at = self._now()
        self._armed_for = None
        deadline = self._session.deadline
        if deadline is not None and at.mono - deadline > _STALLED and not self._catching_up:
            self._catching_up = True
            self._armed_for = at.mono + _CATCH_UP
            self._timer.arm(_CATCH_UP, self._on_timer)
            return
        self._catching_up = False
        if not self._delivery.has_room:
            self._carry_out(self._session.touch(at))
        self._carry_out(self._session.tick(at))

    def _tell(self) -> None:
        status = self._session.status()
        if status == self._told:
            return
        if status.phase == "connected" and self._told.phase != "connected":
            self._logger.info("eventsub: connected")
        self._told = status
        for listener in tuple(self._listeners):
            listener(status)

    async def _run_socket(self, number: int, url: str) -> None:
        """The life of one socket; however it ends, the machine is told."""
        ended = SocketEnded(None, "the connection was given up")
        try:
            opened = await self._opener(url)
            if isinstance(opened, SocketEnded):
                ended = opened
                return
            self._opening.pop(number, None)
            self._sockets[number] = opened
            try:
                self._carry_out(self._session.opened(number, self._now()))
                ended = await self._read(number, opened)
            finally:
                del self._sockets[number]
                await opened.close()
        finally:
            self._opening.pop(number, None)
            self._carry_out(self._session.closed(number, ended.code, self._now(), ended.detail))

    async def _read(self, number: int, socket: EventSubSocket) -> SocketEnded:
        for count in itertools.count(1):
            await self._delivery.wait_for_room()
            if count % _READ_IN_A_ROW == 0:
                # Frames that lie ready are read without a pause, and a chat can fill the socket's whole buffer.
                await asyncio.sleep(0)
            data = await socket.read()
            if isinstance(data, SocketEnded):
                return data
            self._carry_out(self._session.frame(number, data, self._now()))
        raise AssertionError("counting does not end")

    def _close(self, number: int) -> None:
        opening = self._opening.pop(number, None)
        if opening is not None:
            opening.cancel()
        elif number in self._sockets:
            self._spawn(self._sockets[number].close(), f"eventsub-close-{number}")

    async def _subscribe(self, command: Subscribe) -> None:
        outcome: Outcome
        try:
            async with asyncio.timeout(_SUBSCRIBE_LIMIT):
                outcome = await self._subscriber.ensure(command)
        except TimeoutError:
            outcome = NotSubscribed("no answer in time", permanent=False)
        self._carry_out(self._session.subscribed(command, outcome, self._now()))

    def _spawn(self, coroutine: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None] | None:
        task = self._supervisor.spawn(coroutine, name=name)
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return task

    def _now(self) -> Moment:
        return Moment(self._clock.monotonic(), self._clock.now())


def _with_keepalive(url: str, keepalive: int) -> str:
    parts = urlsplit(url)
    query = [*parse_qsl(parts.query), ("keepalive_timeout_seconds", str(keepalive))]
    return parts._replace(query=urlencode(query)).geturl()
