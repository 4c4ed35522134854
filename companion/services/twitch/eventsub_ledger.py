"""Two small memories of the EventSub session: messages seen, and the span that has to be caught up. Pure."""

from __future__ import annotations

from typing import Final

from companion.kernel.instant import Instant
from companion.ports.twitch import Gap
from companion.services.twitch import eventsub_limits as limits
from companion.services.twitch.eventsub_commands import Moment

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
    """At most one open gap: opened at the first loss, kept open until the connection is whole again.

    A notification that could not be read is a doubt; doubts become a gap at most once a minute, since each gap
    costs a look at Helix.
    """

    def __init__(self, at: Moment) -> None:
        self._open = True
        self._since: Instant | None = None
        self._reason = "Companion was not connected before"
        self._doubt: Instant | None = None
        self._no_doubt_before = at.mono
        self.last: Gap | None = None

    @property
    def is_open(self) -> bool:
        """Whether notifications may have been lost that nobody has been told of."""
        return self._open

    @property
    def since(self) -> Instant | None:
        """Where the open gap begins; None before the first connection."""
        return self._since

    @property
    def doubt_due(self) -> float | None:
        """When the present doubt, if any, may become a gap (monotonic seconds)."""
        return None if self._doubt is None else self._no_doubt_before

    def begin(self, since: Instant | None, reason: str) -> None:
        """Open a gap, reaching back to a doubt. One that is open already keeps its beginning and its reason."""
        if not self._open:
            self._open, self._since, self._reason = True, self._doubt or since, reason
        self._doubt = None

    def doubt(self, since: Instant) -> None:
        """A notification after `since` could not be read."""
        self._doubt = self._doubt or since

    def begin_doubted(self, at: Moment) -> None:
        """Turn the present doubt into a gap, if its time has come."""
        if self._doubt is not None and at.mono >= self._no_doubt_before:
            self.begin(self._doubt, "a message from Twitch could not be read")
            self._no_doubt_before = at.mono + limits.DOUBT_EVERY

    def report(self, until: Instant) -> Gap:
        """Close the open gap and tell of it."""
        self._open = False
        self.last = Gap(self._since, until, self._reason)
        return self.last
