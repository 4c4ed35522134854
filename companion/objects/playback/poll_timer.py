"""The moment of the next poll, kept by two clocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from companion.kernel.instant import Clock, Instant, seconds
from companion.ports.timer import Timer

_LONGEST_ARMING: Final = 3600.0
_EARLY: Final = 0.05


class PollTimer:
    """Rings once the planned moment has come, by whichever clock is there first.

    The wall clock may jump back, the monotonic one may stand still while the machine sleeps. A timer that runs out
    early is armed again. The plan stands, also after it rang, until it is cancelled or another one is made.
    """

    def __init__(self, *, clock: Clock, timer: Timer, ring: Callable[[], None]) -> None:
        self._clock = clock
        self._timer = timer
        self._ring = ring
        self._due: tuple[Instant, float] | None = None

    @property
    def due_at(self) -> Instant | None:
        """The planned moment; None while nothing is planned."""
        return None if self._due is None else self._due[0]

    def plan(self, delay: float) -> None:
        """Ring in `delay` seconds, and not at an earlier plan's time."""
        self._due = (self._clock.now() + seconds(delay), self._clock.monotonic() + delay)
        self.arm()

    def bring_forward(self, delay: float) -> None:
        """Ring in `delay` seconds at the latest, if anything is planned."""
        if self._due is not None and self._left(self._due) > delay:
            self.plan(delay)

    def arm(self) -> None:
        """Work out anew how long it is to the planned moment, if there is one."""
        if self._due is not None:
            self._timer.arm(min(max(self._left(self._due), 0.0), _LONGEST_ARMING), self._on_timer)

    def cancel(self) -> None:
        """Nothing is planned any more."""
        self._due = None
        self._timer.disarm()

    def close(self) -> None:
        """Never ring again."""
        self._due = None
        self._timer.close()

    def _left(self, due: tuple[Instant, float]) -> float:
        return min((due[0] - self._clock.now()).total_seconds(), due[1] - self._clock.monotonic())

    def _on_timer(self) -> None:
        if self._due is None:
            return
        if self._left(self._due) > _EARLY:
            self.arm()
        else:
            self._ring()
