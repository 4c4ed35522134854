"""The event feed: what happened, newest first, in words."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable

from companion.application.event_words import event_words
from companion.application.snapshots import FeedEntry
from companion.kernel.instant import Instant
from companion.ports.events import DomainEvent
from companion.ports.twitch import Gap

LONGEST = 100


class Feed:
    """The last hundred things that happened, by the time they happened, not by the time we heard of them."""

    def __init__(self) -> None:
        self._entries: list[FeedEntry] = []

    def load(self, newest_first: Iterable[DomainEvent]) -> None:
        """Fill from the stored events of earlier runs."""
        for event in reversed(list(newest_first)):
            self.add_event(event)

    def add_event(self, event: DomainEvent) -> None:
        """Add one domain event; a repetition is ignored."""
        text = event_words(event)
        if text is not None and all(entry.id != event.event_id for entry in self._entries):
            self._add(FeedEntry(event.event_id, event.at, event.kind, text))

    def add_gap(self, gap: Gap, found: str) -> None:
        """Tell of a gap in Twitch's live events, and what the catch-up found."""
        since = gap.since or gap.until
        minutes = max(1, round((gap.until - since).total_seconds() / 60))
        text = f"Live events from Twitch were cut off for {minutes} min ({gap.reason}). {found}"
        self._add(FeedEntry(f"gap-{gap.until.isoformat()}", gap.until, "gap", text))

    def add_note(self, at: Instant, kind: str, text: str) -> None:
        """Tell of anything else worth a line."""
        self._add(FeedEntry(f"{kind}-{at.isoformat()}", at, kind, text))

    def entries(self) -> tuple[FeedEntry, ...]:
        """Newest first."""
        return tuple(reversed(self._entries))

    def _add(self, entry: FeedEntry) -> None:
        insort(self._entries, entry, key=lambda each: each.at)
        del self._entries[:-LONGEST]
