"""A clock that only tests move."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from companion.kernel.instant import Instant

START = datetime(2026, 1, 1, tzinfo=UTC)


class FakeClock:
    """Both clocks of `companion.kernel.instant.Clock`, standing still until moved."""

    def __init__(self, start: Instant = START, monotonic: float = 1000.0) -> None:
        self._now = start
        self._monotonic = monotonic

    def now(self) -> Instant:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, span: float | timedelta) -> None:
        """Let `span` (seconds or a timedelta) pass on both clocks."""
        passed = span if isinstance(span, timedelta) else timedelta(seconds=span)
        if passed < timedelta(0):
            raise ValueError("time does not pass backwards; use jump for the wall clock")
        self._now += passed
        self._monotonic += passed.total_seconds()

    def jump(self, span: float | timedelta) -> None:
        """Move the wall clock alone, forward or back, as NTP, a person or a sleep of the machine does."""
        self._now += span if isinstance(span, timedelta) else timedelta(seconds=span)
