"""Turns: much work that never waits for anything is spread over the loop, one piece in each of its turns.

`asyncio.sleep(0)` alone lets others in between two pieces of one task; twenty such tasks still do twenty pieces in one
turn of the loop, and a window or an overlay waits for all of them.
"""

from __future__ import annotations

import asyncio
from collections import deque


class Turns:
    """Lets those who wait in `take` go on one by one, in the order they came, each in a turn of its own."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._planned = False

    async def take(self) -> None:
        """Return when it is the caller's turn: in the next turn of the loop when nobody else waits."""
        loop = asyncio.get_running_loop()
        turn = loop.create_future()
        self._waiting.append(turn)
        if not self._planned:
            self._planned = True
            loop.call_soon(self._call_next, loop)
        await turn

    def _call_next(self, loop: asyncio.AbstractEventLoop) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():  # who was cancelled meanwhile needs none
                turn.set_result(None)
                break
        self._planned = bool(self._waiting)
        if self._planned:
            loop.call_soon(self._call_next, loop)
