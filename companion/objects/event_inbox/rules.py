"""When a notification that could not be handled is tried again."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from companion.kernel.instant import Instant, seconds

ATTEMPTS: Final = 20
KEEP: Final = timedelta(hours=24)
"""Handled notifications are kept this long. Nothing is dropped by age against this machine's clock."""
LONGEST: Final = timedelta(minutes=10)
"""No attempt waits longer."""


def retry_at(attempts: int, now: Instant) -> Instant | None:
    """When to try again after `attempts` failed ones; None when it has become a dead letter."""
    if attempts >= ATTEMPTS:
        return None
    return now + min(seconds(2.0**attempts), LONGEST)
