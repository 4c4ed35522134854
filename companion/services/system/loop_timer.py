"""`ports.timer.Timer` on the running event loop, for running without a window."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class LoopTimer:
    """One `call_later` at a time. May be made before the loop runs; armed on the loop's thread only."""

    def __init__(self) -> None:
        self._handle: asyncio.Handle | None = None
        self._closed = False

    def arm(self, delay: float, callback: Callable[[], None]) -> None:
        if self._closed:
            return
        self.disarm()
        self._handle = asyncio.get_running_loop().call_later(max(delay, 0.0), self._fire, callback)

    def disarm(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def close(self) -> None:
        self._closed = True
        self.disarm()

    def _fire(self, callback: Callable[[], None]) -> None:
        self._handle = None
        if not self._closed:
            callback()
