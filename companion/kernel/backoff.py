"""Waiting longer after each failure, with jitter so that a crowd does not come back as one."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential backoff: `first * factor**n` seconds, at most `cap`, varied by +-`jitter` (0..1)."""

    first: float
    cap: float
    factor: float = 2.0
    jitter: float = 0.0

    def delay(self, failures: int, random: Random | None = None) -> float:
        """Seconds to wait after `failures` failures in a row (1 is the first one)."""
        exponent = min(max(failures - 1, 0), 64)
        delay = min(self.cap, self.first * self.factor**exponent)
        if random is not None and self.jitter:
            delay *= 1 + self.jitter * (2 * random.random() - 1)
        return delay
