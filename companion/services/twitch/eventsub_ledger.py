"""Two small memories of the EventSub session: messages seen, and the span that has to be caught up. Pure."""

from __future__ import annotations

from typing import Final

from companion.kernel.instant import Instant
from companion.ports.twitch import Gap

_IDS_KEPT: Final = 20_000
"""Ten minutes of 33 messages a second: the span in which Twitch resends (dev.twitch.tv/docs/eventsub)."""


class SeenMessages:
    """Message ids, the newest 20,000. Nothing is forgotten by age: a wrong clock must not make us deaf."""

    def __init__(self) -> None:
        self._ids: dict[str, None] = {}

    def is_new(self, message_id: str) -> bool:
        """Whether this id was not seen before; from now on it was."""
        if message_id in self._ids:
            return False
        self._ids[message_id] = None
        if len(self._ids) > _IDS_KEPT:
            del self._ids[next(iter(self._ids))]
        return True


class GapLedger:
    """At most one open gap: opened at the first doubt, kept open until the connection is whole again."""

    def __init__(self) -> None:
        self._open = True
        self._since: Instant | None = None
        self._reason = "Companion was not connected before"
        self.last: Gap | None = None

    @property
    def is_open(self) -> bool:
        """Whether notifications may have been lost that nobody has been told of."""
        return self._open

    @property
    def since(self) -> Instant | None:
        """Where the open gap begins; None before the first connection."""
        return self._since

    def begin(self, since: Instant | None, reason: str) -> None:
        """Open a gap. One that is open already keeps its earlier beginning and its reason."""
        if not self._open:
            self._open, self._since, self._reason = True, since, reason

    def report(self, until: Instant) -> Gap:
        """Close the open gap and tell of it."""
        self._open = False
        self.last = Gap(self._since, until, self._reason)
        return self.last
