"""Hands notifications, gaps and revocations to the receiver: in order, one call at a time, none lost.

Notifications that came while the receiver worked are handed over together, so that it can store them together.

Reading the socket goes on while the receiver works; when it falls far behind, reading pauses until there is
room again, and the frames wait in the socket.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from itertools import islice
from typing import Final, assert_never

from companion.ports.twitch import EventSubReceiver, Notification
from companion.services.twitch.eventsub_commands import Deliver, Report, ReportGap, ReportRevoked

LARGEST_BATCH: Final = 50
"""Notifications in one call: enough to spread the cost of a transaction, few enough to keep it short."""


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
        """Deliver for ever. A receiver that fails is logged, and what follows is delivered all the same."""
        while True:
            await self._filled.wait()
            while self._queue:
                reports = self._next()
                try:
                    await self._hand_over(reports)
                except Exception:
                    what = type(reports[0]).__name__
                    self._logger.exception("eventsub: the receiver failed on %s (%d)", what, len(reports))
                for _ in reports:
                    self._queue.popleft()
                if len(self._queue) < self._limit:
                    self._room.set()
                await asyncio.sleep(0)  # storing does not wait for anything: others of the loop have their turn
            self._filled.clear()
            self._idle.set()

    def _next(self) -> list[Report]:
        """The notifications at the head, at most `LARGEST_BATCH`; or the one report of another kind there."""
        batch: list[Report] = []
        for report in islice(self._queue, LARGEST_BATCH):
            if not isinstance(report, Deliver):
                return batch or [report]
            batch.append(report)
        return batch

    async def _hand_over(self, reports: list[Report]) -> None:
        notifications: list[Notification] = []
        for report in reports:
            match report:
                case Deliver(notification):
                    notifications.append(notification)
                case ReportGap(gap):
                    await self._receiver.on_gap(gap)
                case ReportRevoked(subscription_type, status):
                    await self._receiver.on_revoked(subscription_type, status)
                case _:
                    assert_never(report)
        if notifications:
            await self._receiver.on_notifications(notifications)
