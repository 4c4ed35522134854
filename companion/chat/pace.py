"""How fast we may speak. Pure; times are monotonic seconds.

Twitch allows an account 20 lines in any 30 seconds, and 100 where it is the broadcaster, a moderator or a VIP; who
says more is not heard for half an hour (dev.twitch.tv/docs/chat). A tenth is left free, for what the person types
in other programs.
"""

from __future__ import annotations

from collections import deque
from typing import Final

WINDOW: Final = 31.0
"""Seconds; one more than Twitch's, since timers are early by some milliseconds and clocks drift."""
ORDINARY: Final = 18
PRIVILEGED: Final = 90


class Pace:
    """Counts lines by the moment at which Twitch had them at the latest.

    A line that is told of once its answer came, and before the next one leaves, keeps the limit however long the
    requests were under way: Twitch had it by then, and has the next one later.
    """

    def __init__(self) -> None:
        self._said: deque[float] = deque()
        self._closed_until = 0.0

    def note(self, at: float) -> None:
        """A line of the account is in chat, or may be."""
        self._said.append(at)
        while self._said and self._said[0] <= at - WINDOW:
            self._said.popleft()

    def close(self, until: float) -> None:
        """Twitch asked for patience."""
        self._closed_until = max(self._closed_until, until)

    def room_at(self, now: float, limit: int, ahead: int = 0) -> float:
        """When a line may leave, if `ahead` others leave before it as soon as they may. `now` for at once."""
        start = max(now, self._closed_until)
        frees = deque(said + WINDOW for said in self._said)
        room = start
        for _ in range(ahead + 1):
            while frees and frees[0] <= room:
                frees.popleft()
            if len(frees) >= limit:
                room = frees[len(frees) - limit]
            frees.append(room + WINDOW)
        return room
