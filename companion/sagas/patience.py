"""How long Spotify has been away while we asked it."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from companion.kernel.instant import Instant

GIVEN_UP_AFTER: Final = timedelta(hours=24)
"""No request is held for longer than this since it was made, however little of it was spent asking."""
TRY_HELD: Final = 15.0
"""Seconds until Spotify is tried again while it takes nothing."""
_LATE: Final = timedelta(seconds=60)
"""An attempt may come so much later than planned on a busy machine; what is beyond, nobody waited for Spotify."""


class Patience:
    """Counts from one failed attempt to the next, of whichever request, until one succeeds.

    Where nobody tried for a while (the application was off, asleep, on hold; no request waited) it begins anew: the
    viewer shall not lose the song to such a night, nor to what another waited before it. So it is kept in memory only.
    As it is shared, requests that have waited together are given up together, and none waits alone again.
    """

    def __init__(self) -> None:
        self._counted = timedelta(0)
        self._tried: Instant | None = None
        self._due: Instant | None = None

    def failed(self, now: Instant, due: Instant) -> None:
        """Spotify was away; it is asked again at `due`."""
        if self._tried is not None and self._due is not None:
            late = now - self._due > _LATE
            self._counted = timedelta(0) if late else self._counted + max(now - self._tried, timedelta(0))
        self._tried, self._due = now, due

    def succeeded(self) -> None:
        """Spotify took or told something."""
        self._counted, self._tried, self._due = timedelta(0), None, None

    def is_over(self, *, now: Instant, since: Instant, limit: timedelta) -> bool:
        """Whether a request that asks since then has waited long enough."""
        age = now - since
        return age >= GIVEN_UP_AFTER or min(self._counted, age) >= limit

    def runs_out(self, limit: timedelta, *, now: Instant, due: Instant, since: Instant) -> bool:
        """Spotify was away once more, see `failed`: whether a request that asks since then has waited long enough."""
        self.failed(now, due)
        return self.is_over(now=now, since=since, limit=limit)
