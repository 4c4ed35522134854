"""What a server's clock shows, reckoned from what it says: this machine's wall clock may be wrong."""

from __future__ import annotations

from companion.kernel.instant import Clock, Instant, seconds


class ServerTime:
    """A server's clock. Whatever is compared with a time that the server gave is to be stamped by it.

    An answer is on its way for a while, so the server's clock shows at least what an answer says. From each on it is
    reckoned by the monotonic clock, and the furthest reckoning counts: the one of the quickest answer. A monotonic
    clock that stood still while the machine slept is made good by the next answer. Before the first answer this
    machine's own clock has to do.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._said: Instant | None = None
        self._heard_at = 0.0

    def heard(self, said: Instant) -> None:
        """The server gave this as its present time, just now."""
        if self._said is None or said > self.now():
            self._said, self._heard_at = said, self._clock.monotonic()

    def now(self) -> Instant:
        """What the server's clock shows."""
        if self._said is None:
            return self._clock.now()
        return self._said + seconds(self._clock.monotonic() - self._heard_at)

    def of(self, local: Instant) -> Instant:
        """What the server's clock showed when this machine's wall clock showed `local`."""
        return local + (self.now() - self._clock.now())

    def local(self, said: Instant) -> Instant:
        """What this machine's wall clock showed, or will show, when the server's shows `said`."""
        return said - (self.now() - self._clock.now())
