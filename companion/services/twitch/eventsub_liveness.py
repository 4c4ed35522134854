"""Signs of life of the session that stands: is Twitch heard of, and is there anything it would tell? Pure."""

from __future__ import annotations

from companion.kernel.instant import Instant
from companion.services.twitch import eventsub_limits as limits
from companion.services.twitch.eventsub_commands import Moment


class Liveness:
    """Silence, deafness and age of the present session. A session without a subscription is deaf."""

    def __init__(self, at: Moment) -> None:
        self._keepalive = limits.KEEPALIVE_DEFAULT
        self._heard_at = at.mono
        self._connected_since: float | None = None
        self._deaf_since: float | None = None
        self.last_life: Instant | None = None
        """When the latest frame came, also of a session before; None before the first."""

    def welcomed(self, keepalive: float | None, at: Moment) -> None:
        """A welcome came. `keepalive`: the longest silence in seconds, None to leave it as it was."""
        self._keepalive = keepalive or self._keepalive
        self._heard_at = at.mono

    def heard(self, at: Moment) -> None:
        """A frame came, whatever it says."""
        self._heard_at, self.last_life = at.mono, at.wall

    def excuse(self, at: Moment) -> None:
        """The silence so far is our own doing."""
        self._heard_at = at.mono

    def subscribed(self, active: bool, at: Moment) -> None:
        """Whether the session has any subscription just now."""
        if active:
            self._deaf_since = None
            self._connected_since = at.mono if self._connected_since is None else self._connected_since
        else:
            self._connected_since = None
            self._deaf_since = at.mono if self._deaf_since is None else self._deaf_since

    def ended(self) -> None:
        """The session is over."""
        self._connected_since = self._deaf_since = None

    def was_stable(self, at: Moment) -> bool:
        """Whether it has been connected for so long that earlier failures no longer count."""
        return self._connected_since is not None and at.mono - self._connected_since >= limits.STABLE_AFTER

    def trouble(self, at: Moment, *, all_refused: bool) -> str | None:
        """Why the session is as good as lost, in words; None while it is not."""
        if _due(self._heard_at, self._keepalive * limits.KEEPALIVE_GRACE, at):
            return "Twitch fell silent"
        if all_refused:
            return "Twitch refused every subscription"
        if _due(self._deaf_since, limits.DEAF_LIMIT, at):
            return "no subscription could be made"
        return None

    @property
    def deadlines(self) -> list[float]:
        """When there may be trouble by the mere passing of time (monotonic seconds)."""
        silent = self._heard_at + self._keepalive * limits.KEEPALIVE_GRACE
        return [silent] if self._deaf_since is None else [silent, self._deaf_since + limits.DEAF_LIMIT]


def _due(since: float | None, limit: float, at: Moment) -> bool:
    return since is not None and at.mono >= since + limit
