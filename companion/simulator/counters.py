"""How often each thing was asked since this process started: what tests judge by."""

from __future__ import annotations

from collections import Counter


class Counters:
    """Flat names to numbers. A request counts when it arrives, before any fault touches it.

    Names: `twitch.device`, `twitch.device_poll`, `twitch.device_poll_too_fast`, `twitch.refresh`,
    `twitch.refresh_ok`, `twitch.validate`, `twitch.revoke`, `helix.GET /users` and so on,
    `eventsub.connects`, `eventsub.sessions_closed`, `eventsub.notifications`, `spotify.authorize`,
    `spotify.code`, `spotify.refresh`, `spotify.refresh_ok`, `spotify.GET /me/player` and so on, `fault.<name>`.
    """

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, name: str) -> None:
        """Count one more of `name`."""
        self._counts[name] += 1

    def get(self, name: str) -> int:
        """How many of `name`; 0 for a name never seen."""
        return self._counts[name]

    def all(self) -> dict[str, int]:
        """A copy of everything, sorted by name."""
        return dict(sorted(self._counts.items()))

    def clear(self) -> None:
        """Start again from nothing."""
        self._counts.clear()
