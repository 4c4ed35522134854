"""The one timer that the alarms hang on: `QTimer` with a window, the loop's own without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    """A single-shot timer that can be re-armed. Early or late by some tens of milliseconds is normal."""

    def arm(self, delay: float, callback: Callable[[], None]) -> None:
        """Call back once after `delay` seconds (0 .. 3600), forgetting an earlier arming."""
        ...

    def disarm(self) -> None:
        """Forget the arming, if any."""
        ...

    def close(self) -> None:
        """Disarm for good: a later `arm` does nothing."""
        ...
