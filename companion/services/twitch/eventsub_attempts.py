"""When the next connection is opened: at once, or after a pause that grows with every failure. Pure."""

from __future__ import annotations

from random import Random

from companion.kernel.instant import Instant, seconds
from companion.services.twitch import eventsub_limits as limits
from companion.services.twitch.eventsub_commands import Moment


class Attempts:
    """At most one attempt is planned; `due` and `due_wall` are its moment on both clocks, None without one."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._failures = 0
        self.due: float | None = None
        self.due_wall: Instant | None = None

    def at_once(self, at: Moment) -> None:
        """Connect now, and forget that it ever failed."""
        self._failures = 0
        self.due, self.due_wall = at.mono, at.wall

    def after_failure(self, at: Moment, *, was_stable: bool) -> float:
        """Connect after a pause; how many seconds it is. After a stable connection the pauses begin anew."""
        self._failures = 1 if was_stable else self._failures + 1
        delay = limits.BACKOFF.delay(self._failures, self._random)
        self.due, self.due_wall = at.mono + delay, at.wall + seconds(delay)
        return delay

    def take(self, at: Moment) -> bool:
        """Whether the planned attempt is due; from now on it is under way, and none is planned."""
        if self.due is None or at.mono < self.due:
            return False
        self.cancel()
        return True

    def cancel(self) -> None:
        """Do not connect."""
        self.due = self.due_wall = None
