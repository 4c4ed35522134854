"""The move of a session to another server, from Twitch's request to the new socket's welcome. Pure.

Rules: dev.twitch.tv/docs/eventsub/handling-websocket-events. The old socket is read until the new one has its welcome;
Twitch gives 30 s for the whole. A new socket that fails is tried again while the old one lives.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from companion.services.twitch import eventsub_limits as limits
from companion.services.twitch.eventsub_commands import Moment
from companion.services.twitch.eventsub_sockets import SocketTable


class Handover:
    """One move under way. `successor` is None between two tries; `old_died` once the old socket is gone."""

    def __init__(self, url: str, at: Moment) -> None:
        self.url = url
        self.successor: int | None = None
        self.old_died = False
        self._until = at.mono + limits.HANDOVER_LIMIT
        self._retry_at = at.mono

    def wants_socket(self, at: Moment) -> bool:
        """Whether the successor is to be opened now."""
        return self.successor is None and at.mono >= self._retry_at

    def successor_failed(self, at: Moment, *, final: bool) -> bool:
        """The new socket came to nothing. Whether the move is over: on a `final` refusal, or with the old one gone."""
        self.successor = None
        if final or self.old_died:
            return True
        self._retry_at = at.mono + limits.HANDOVER_PAUSE
        return False

    def is_overdue(self, at: Moment) -> bool:
        """Whether Twitch's time for the move is over."""
        return at.mono >= self._until

    def unanswered(self, sockets: SocketTable, at: Moment) -> int | None:
        """The successor, if it has waited for its welcome too long."""
        late = self.successor is not None and at.mono >= sockets.welcome_due(self.successor)
        return self.successor if late else None

    def deadlines(self, sockets: SocketTable) -> list[float]:
        """When something of the above changes by itself (monotonic seconds)."""
        if self.successor is not None:
            return [self._until, sockets.welcome_due(self.successor)]
        return [self._until, self._retry_at] if sockets.has_room else [self._until]


def same_scheme(url: str, other: str) -> bool:
    """Whether both addresses are of one scheme: a move must not lead from `wss` to `ws`."""
    return _scheme(url) == _scheme(other)


def _scheme(url: str) -> str | None:
    try:
        return urlsplit(url).scheme
    except ValueError:  # half an IPv6 address
        return None
