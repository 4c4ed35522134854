"""When a new picture is drawn, and who is told of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from companion.application.snapshots import AppSnapshot
from companion.kernel.instant import Clock

REST: Final = 0.05
"""Seconds between two pictures at least: a burst of changes is drawn once."""


class SnapshotPublisher:
    """Tells every listener of every new picture, on the loop's thread.

    `draw` makes a picture. While it runs it may call `redraw_in`, for what it read is not the newest.
    """

    def __init__(self, *, draw: Callable[[], AppSnapshot], clock: Clock) -> None:
        self._draw = draw
        self._clock = clock
        self._listeners: list[Callable[[AppSnapshot], None]] = []
        self._scheduled: asyncio.TimerHandle | asyncio.Handle | None = None
        self._last_told = -REST
        self._later: asyncio.TimerHandle | None = None
        self._due_in: float | None = None
        self._closed = False
        self.revision = 0
        """How many pictures have been told."""

    @property
    def pending(self) -> bool:
        """Whether a change has yet to be drawn."""
        return self._scheduled is not None

    def subscribe(self, listener: Callable[[AppSnapshot], None]) -> Callable[[], None]:
        """See `application.window.Application`."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def changed(self) -> None:
        """Something that the picture shows has changed: it is drawn at once, or when the rest is over."""
        if self._closed or self.pending:
            return
        loop = asyncio.get_running_loop()
        wait = self._last_told + REST - self._clock.monotonic()
        self._scheduled = loop.call_later(wait, self._tell) if wait > 0 else loop.call_soon(self._tell)

    def redraw_in(self, seconds: float) -> None:
        """Part of the picture was read a moment ago: a fresh one follows that which is being told."""
        self._due_in = seconds

    def close(self) -> None:
        """No more pictures."""
        self._closed = True
        if self._scheduled is not None:
            self._scheduled.cancel()
            self._scheduled = None
        if self._later is not None:
            self._later.cancel()
            self._later = None
        self._listeners.clear()

    def _tell(self) -> None:
        self._scheduled = None
        self._last_told = self._clock.monotonic()
        self.revision += 1
        self._due_in = None
        picture = self._draw()
        if self._due_in is not None and self._later is None:
            self._later = asyncio.get_running_loop().call_later(self._due_in, self._fresh)
        for listener in list(self._listeners):
            listener(picture)

    def _fresh(self) -> None:
        self._later = None
        self.changed()
