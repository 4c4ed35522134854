"""Helix's token bucket: one per client id and user, refilled evenly over a minute.

Source: dev.twitch.tv/docs/api/guide (rate limits).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from companion.kernel.instant import Clock


@dataclass(slots=True)
class _Bucket:
    points: float
    at: float


class RateLimits:
    """All buckets. They die with the process."""

    def __init__(self, *, points: int, clock: Clock) -> None:
        self._size = points
        self._clock = clock
        self._buckets: dict[tuple[str, str], _Bucket] = {}

    def spend(self, client_id: str, user_id: str) -> tuple[bool, dict[str, str]]:
        """Take one point. Whether there was one, and the headers to answer with."""
        now = self._clock.monotonic()
        bucket = self._buckets.setdefault((client_id, user_id), _Bucket(float(self._size), now))
        bucket.points = min(self._size, bucket.points + (now - bucket.at) * self._size / 60)
        bucket.at = now
        allowed = bucket.points >= 1
        if allowed:
            bucket.points -= 1
        full_in = (self._size - bucket.points) * 60 / self._size
        return allowed, {
            "Ratelimit-Limit": str(self._size),
            "Ratelimit-Remaining": str(int(bucket.points)),
            "Ratelimit-Reset": str(math.ceil(self._clock.now().timestamp() + full_in)),
        }
