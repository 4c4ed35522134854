"""Instants: aware UTC in memory, fixed-width ISO-8601 text at rest, so that text order is time order.

This module is the only home of `datetime.now`; everything else is handed a `Clock`.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeAlias

Instant: TypeAlias = datetime
"""An aware `datetime` in UTC. Make one with `Clock.now`, `parse_instant` or `as_utc`."""


class Clock(Protocol):
    """Where time comes from. Wall time may jump; monotonic time never runs backwards."""

    def now(self) -> Instant:
        """The wall clock, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds since an arbitrary start; may stand still while the machine sleeps."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> Instant:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


def as_utc(value: datetime) -> Instant:
    """The same instant in UTC. Raises `ValueError` for a naive value (it names no instant) and outside years 1-9999."""
    if value.tzinfo is None or value.utcoffset() is None:
        raise ValueError("an instant needs a time zone offset")
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("the instant lies outside the years 1 to 9999") from error


def parse_instant(text: str) -> Instant:
    """Read RFC 3339 / ISO-8601 text with an offset; fractions beyond microseconds are cut.

    Raises `ValueError` for anything else, naive timestamps included.
    """
    return as_utc(datetime.fromisoformat(text))


def format_instant(value: Instant) -> str:
    """Fixed-width text, `2026-01-01T00:00:00.000000Z`. Raises `ValueError` for a naive value."""
    return as_utc(value).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def seconds(amount: float) -> timedelta:
    """A span of `amount` seconds; shorthand that reads well beside an `Instant`."""
    return timedelta(seconds=amount)
