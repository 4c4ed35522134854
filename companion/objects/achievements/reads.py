"""Reads over the achievements. The long ones run in the worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session as SqlSession

from companion.kernel.instant import Instant
from companion.objects.achievements import book
from companion.objects.achievements.facts import CHUNK
from companion.objects.achievements.rules import Session, ViewerFacts
from companion.objects.achievements.tables import AchievementProgressRow, AchievementRow, AchievementUnlockRow
from companion.ports.achievements import (
    AchievementRank,
    AnnouncementState,
    Definition,
    Progress,
    ViewerCard,
)
from companion.ports.viewers import Viewer, ViewersPort

MOST = 100


@dataclass(frozen=True, slots=True)
class StoredUnlock:
    """One unlock with its definition as it is now; `viewer_name` is the name of then."""

    viewer_id: str
    viewer_name: str
    definition: Definition
    at: Instant
    session_id: str | None
    announcement: AnnouncementState | None


def within(limit: int) -> int:
    """A limit in 1..100."""
    return min(max(limit, 1), MOST)


def card(session: SqlSession, viewer: Viewer, definitions: Sequence[Definition], present: Session | None) -> ViewerCard:
    """All definitions with the viewer's progress. A streak that is broken shows as it is now."""
    facts = book.viewer(session, viewer.user_id)
    known = book.unlocked_at(session, viewer.user_id)
    rows = tuple(_progress(definition, known, facts, present) for definition in definitions)
    unlocked = sum(row.unlocked_at is not None for row in rows)
    return ViewerCard(viewer, unlocked, facts.streak, facts.longest_streak, rows)


def _progress(
    definition: Definition, known: Mapping[str, tuple[int, Instant | None]], facts: ViewerFacts, present: Session | None
) -> Progress:
    progress, unlocked_at = known.get(definition.id, (0, None))
    if unlocked_at is None and definition.trigger == "request_streak":
        progress = facts.streak
    if unlocked_at is None and definition.trigger == "watch_streak":
        alive = present is not None and facts.last_session is not None and facts.last_session >= present.number - 1
        progress = facts.watch_streak if alive else 0
    return Progress(definition, progress, unlocked_at)


def unlocks(session: SqlSession, viewer_id: str | None, limit: int) -> Sequence[StoredUnlock]:
    """Newest first. Of one viewer: what the viewer has now. Of all: whatever was unlocked, sessions past included."""
    row = AchievementUnlockRow
    query = select(row, AchievementRow).join(AchievementRow, AchievementRow.id == row.achievement_id)
    if viewer_id is not None:
        query = query.where(row.viewer_id == viewer_id, ~row.cleared)
    found = session.execute(query.order_by(row.at.desc(), row.event_id).limit(limit))
    return [
        StoredUnlock(
            unlock.viewer_id,
            unlock.viewer_name,
            book.definition_of(definition),
            unlock.at,
            unlock.session_id,
            cast("AnnouncementState | None", unlock.announcement),
        )
        for unlock, definition in found
    ]


def ranks(session: SqlSession, limit: int) -> Mapping[str, int]:
    """Unlocks by viewer: the `limit` most, and everybody who has as many as the last of these."""
    row = AchievementProgressRow
    count = func.count()
    counted = select(row.viewer_id, count).where(row.unlocked_at.is_not(None)).group_by(row.viewer_id)
    most: dict[str, int] = {}
    last = 0
    for viewer_id, number in session.execute(counted.order_by(count.desc()).execution_options(yield_per=CHUNK)):
        if len(most) >= limit and number < last:
            break
        most[viewer_id] = last = number
    return most


def leaderboard(most: Mapping[str, int], viewers: ViewersPort, limit: int) -> Sequence[AchievementRank]:
    """By unlocks descending, ties by name as it is now."""
    names = viewers.names(most)

    def order(viewer_id: str) -> tuple[int, str, str]:
        return -most[viewer_id], names.get(viewer_id, viewer_id).casefold(), viewer_id

    known = known_as(viewers)
    return [AchievementRank(known(it, names.get(it, it)), most[it]) for it in sorted(most, key=order)[:limit]]


def known_as(viewers: ViewersPort) -> Callable[[str, str], Viewer]:
    """The viewer with an id; with the name at hand for one that nobody remembers."""

    def known(viewer_id: str, name: str) -> Viewer:
        return viewers.get(viewer_id) or Viewer(viewer_id, name.lower(), name)

    return known
