"""Hands notifications, gaps and revocations to the receiver: in order, one at a time, none lost.

Reading the socket goes on while the receiver works; when it falls far behind, reading pauses until there is
room again, and the frames wait in the socket.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import assert_never

from companion.ports.twitch import EventSubReceiver
from companion.services.twitch.eventsub_commands import Deliver, Report, ReportGap, ReportRevoked


class Delivery:
    """A queue with a worker (`run`). `limit`: how many undelivered reports make reading pause."""

    def __init__(self, *, receiver: EventSubReceiver, logger: logging.Logger, limit: int) -> None:
        self._receiver = receiver
        self._logger = logger
        self._limit = limit
        self._queue: deque[Report] = deque()
        self._filled = asyncio.Event()
        self._room = asyncio.Event()
        self._idle = asyncio.Event()
        self._room.set()
        self._idle.set()

    @property
    def has_room(self) -> bool:
        """Whether reading may go on."""
        return self._room.is_set()

    def put(self, report: Report) -> None:
        """Append; never refuses, never waits."""
        self._queue.append(report)
        self._filled.set()
        self._idle.clear()
        if len(self._queue) >= self._limit:
            self._room.clear()

    async def wait_for_room(self) -> None:
        """Return once reading may go on."""
        await self._room.wait()

    async def wait_until_idle(self) -> None:
        """Return once everything put so far, and since, is delivered."""
        await self._idle.wait()

    async def run(self) -> None:
        """Deliver for ever. A receiver that fails is logged, and the next report is delivered all the same."""
        while True:
            await self._filled.wait()
            while self._queue:
                report = self._queue[0]
                try:
                    await self._hand_over(report)
                except Exception:
                    self._logger.exception("eventsub: the receiver failed on %s", type(report).__name__)
                self._queue.popleft()
                if len(self._queue) < self._limit:
                    self._room.set()
            self._filled.clear()
            self._idle.set()

    async def _hand_over(self, report: Report) -> None:
        match report:
            case Deliver(notification):
                await self._receiver.on_notification(notification)
            case ReportGap(gap):
                await self._receiver.on_gap(gap)
            case ReportRevoked(subscription_type, status):
                await self._receiver.on_revoked(subscription_type, status)
            case _:
                assert_never(report)
