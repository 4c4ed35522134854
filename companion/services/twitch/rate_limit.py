"""Helix's points per minute, as its answers tell them; and patience with calls that have limits of their own.

Source: dev.twitch.tv/docs/api/guide (rate limits). `Ratelimit-Reset` is a time on Twitch's clock, so it is
compared with the `Date` of the same answer, never with this machine's clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from companion.kernel.backoff import Backoff

_LONGEST_WAIT: Final = 120.0
"""Seconds. A bucket is full again within a minute; a longer wait can only be a clock gone wrong."""
_OWN_LIMIT: Final = Backoff(first=2.0, cap=60.0)


class RateLimit:
    """Says how long a call has to wait before it is sent. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._closed_until = 0.0
        self._calls: dict[str, tuple[int, float]] = {}

    def wait(self, call: str, now: float) -> float:
        """Seconds until `call` (a method and a path) may be sent; 0 for at once."""
        _, until = self._calls.get(call, (0, 0.0))
        return max(0.0, self._closed_until - now, until - now)

    def note(
        self, call: str, status: int, headers: Mapping[str, str], *, server_time: float | None, now: float
    ) -> None:
        """Learn from an answer. `server_time`: the answer's `Date` as Unix seconds, None when it has none."""
        remaining = _number(headers.get("ratelimit-remaining"))
        if status == 429:
            self._note_refusal(call, remaining, headers, server_time, now)
            return
        self._calls.pop(call, None)
        if remaining is not None and remaining < 1:
            self._closed_until = now + _until_reset(headers, server_time, fallback=1.0)

    def _note_refusal(
        self, call: str, remaining: float | None, headers: Mapping[str, str], server_time: float | None, now: float
    ) -> None:
        told = min(_number(headers.get("retry-after")) or 0.0, _LONGEST_WAIT)
        if remaining is not None and remaining < 1:
            self._closed_until = now + max(told, _until_reset(headers, server_time, fallback=_LONGEST_WAIT / 2))
            return
        # Points are left, so this call has a limit of its own, which Ratelimit-Reset knows nothing about.
        failures = self._calls.get(call, (0, 0.0))[0] + 1
        self._calls[call] = (failures, now + max(told, _OWN_LIMIT.delay(failures)))


def _until_reset(headers: Mapping[str, str], server_time: float | None, *, fallback: float) -> float:
    reset = _number(headers.get("ratelimit-reset"))
    if reset is None or server_time is None:
        return fallback
    return min(max(reset - server_time, 0.5), _LONGEST_WAIT)


def _number(text: str | None) -> float | None:
    try:
        value = float(text) if text is not None else None
    except ValueError:
        return None
    return value if value is not None and 0 <= value < 1e12 else None
