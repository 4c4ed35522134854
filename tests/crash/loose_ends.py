"""What a Companion has still to do, by what stands on its disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

_OPEN = {
    "runs": "SELECT kind || ' ' || id || ' ' || status FROM saga_runs"
    " WHERE status IN ('running', 'waiting', 'compensating')",
    "notifications": "SELECT kind || ' ' || message_id FROM inbox_notifications WHERE state = 'pending'",
    "announcements": "SELECT event_id FROM achievement_unlocks WHERE announcement IN ('pending', 'sending')",
    "deliveries": "SELECT event_id || ' to ' || receiver FROM outbox_deliveries WHERE state = 'pending'",
    "raffle lines": "SELECT number FROM raffle_epochs WHERE post = 'posting'",
}
DEAD = {
    "dead notifications": "SELECT kind || ': ' || last_error FROM inbox_notifications WHERE state = 'dead'",
    "dead deliveries": "SELECT event_id || ' to ' || receiver FROM outbox_deliveries WHERE state = 'dead'",
    "set aside": "SELECT source FROM set_aside",
}


def loose_ends(data: Path) -> Sequence[str]:
    """In words; empty when nothing is left."""
    return found(data, _OPEN)


def in_doubt(data: Path) -> Sequence[str]:
    """Requests of which it is not known whether Spotify has taken them: ids."""
    return [row.removeprefix(": ") for row in found(data, {"": "SELECT id FROM song_requests WHERE handing"})]


def unseen(data: Path) -> Sequence[str]:
    """Requests that Spotify has taken and did not show yet: ids."""
    query = "SELECT id FROM song_requests WHERE state = 'handed_over' AND seen_at IS NULL"
    return [row.removeprefix(": ") for row in found(data, {"": query})]


def found(data: Path, queries: Mapping[str, str]) -> list[str]:
    """What the queries find, each row after the name of its query."""
    with closing(sqlite3.connect(data / "companion.db")) as connection:
        return [f"{name}: {row[0]}" for name, query in queries.items() for row in connection.execute(query).fetchall()]
