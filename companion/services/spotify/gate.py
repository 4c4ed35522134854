"""The gate that a 429 closes for every call to Spotify: the limit is counted per app, not per call."""

from __future__ import annotations

from companion.kernel.instant import Clock
from companion.ports.failures import QuotaExhausted, RateLimited


class Gate:
    """Open, or closed until a moment.

    Opens as soon as either clock says so: the wall clock may jump back, the other may stand still in sleep.
    """

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._error: RateLimited | QuotaExhausted | None = None
        self._opens_monotonic = 0.0

    def closed(self) -> RateLimited | QuotaExhausted | None:
        """Why no call may be made just now, or None."""
        error = self._error
        if error is None:
            return None
        if self._clock.now() >= error.retry_at or self._clock.monotonic() >= self._opens_monotonic:
            self._error = None
            return None
        return error

    def close(self, error: RateLimited | QuotaExhausted) -> None:
        """Close until `error.retry_at`; a shorter wait never replaces a longer one."""
        current = self.closed()
        if current is not None and current.retry_at >= error.retry_at:
            return
        self._error = error
        self._opens_monotonic = self._clock.monotonic() + (error.retry_at - self._clock.now()).total_seconds()
