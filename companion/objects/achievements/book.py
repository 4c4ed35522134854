"""The rows of definitions, progress, unlocks and viewers, read and written as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from sqlalchemy import Table, bindparam, func, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session as SqlSession

from companion.kernel.instant import Instant
from companion.objects.achievements.rules import Decision, Standing, ViewerFacts
from companion.objects.achievements.tables import (
    AchievementProgressRow,
    AchievementRow,
    AchievementUnlockRow,
    AchievementViewerRow,
)
from companion.ports.achievements import Definition, Scope, Trigger
from companion.ports.events import AchievementUnlocked

# Built once, on the table itself: every line of chat may go through it.
_INSERT = insert(cast("Table", AchievementProgressRow.__table__))
_PROGRESS = _INSERT.on_conflict_do_update(
    index_elements=["viewer_id", "achievement_id"],
    set_={name: _INSERT.excluded[name] for name in ("progress", "scope", "unlocked_at")},
)
_columns = cast("Table", AchievementProgressRow.__table__).c
_STANDINGS = select(_columns.achievement_id, _columns.progress, _columns.unlocked_at).where(
    _columns.viewer_id == bindparam("viewer"), _columns.achievement_id.in_(bindparam("ids", expanding=True))
)


def seed(session: SqlSession, builtins: Iterable[Definition]) -> None:
    """Add the builtin definitions that were never there; what a person did to the others stays as it is."""
    known = set(session.scalars(select(AchievementRow.id)))
    position = session.scalar(select(func.max(AchievementRow.position))) or 0
    for definition in builtins:
        if definition.id not in known:
            position += 1
            session.add(_row(definition, position))
    session.flush()


def definitions(session: SqlSession) -> tuple[Definition, ...]:
    """All that are not deleted, in the streamer's order."""
    rows = session.scalars(
        select(AchievementRow).where(~AchievementRow.deleted).order_by(AchievementRow.position, AchievementRow.id)
    )
    return tuple(definition_of(row) for row in rows)


def definition_of(row: AchievementRow) -> Definition:
    """A row as a value."""
    return Definition(
        row.id,
        row.name,
        row.description,
        row.icon,
        cast("Trigger", row.trigger),
        row.threshold,
        cast("Scope", row.scope),
        enabled=row.enabled,
        builtin=row.builtin,
    )


def write(session: SqlSession, definition: Definition) -> None:
    """Replace a definition in its place; a new one, or one that was deleted, goes to the end."""
    row = session.get(AchievementRow, definition.id)
    if row is None or row.deleted:
        position = (session.scalar(select(func.max(AchievementRow.position))) or 0) + 1
    else:
        position = row.position
    session.merge(_row(definition, position))


def reorder(session: SqlSession, ids: Sequence[str]) -> None:
    """Let the definitions stand in the order of `ids`."""
    for position, definition_id in enumerate(ids, start=1):
        row = session.get(AchievementRow, definition_id)
        if row is not None:
            row.position = position


def standings(session: SqlSession, viewer_id: str, ids: Iterable[str]) -> Mapping[str, Standing]:
    """A viewer's progress towards these achievements."""
    found = session.execute(_STANDINGS, {"viewer": viewer_id, "ids": list(ids)})
    return {key: Standing(progress, unlocked_at is not None) for key, progress, unlocked_at in found}


def write_progress(session: SqlSession, viewer_id: str, decision: Decision) -> None:
    """Store new progress."""
    values = {
        "viewer_id": viewer_id,
        "achievement_id": decision.definition.id,
        "progress": decision.progress,
        "scope": decision.definition.scope,
        "unlocked_at": decision.unlocked_at,
    }
    session.execute(_PROGRESS, values)


def write_unlock(session: SqlSession, unlock: AchievementUnlocked, scope: Scope, *, announce: bool) -> None:
    """Store an unlock, and that its line is to be said."""
    session.add(
        AchievementUnlockRow(
            event_id=unlock.event_id,
            achievement_id=unlock.achievement_id,
            viewer_id=unlock.viewer_id,
            viewer_name=unlock.viewer_name,
            at=unlock.at,
            session_id=unlock.session_id,
            scope=scope,
            cleared=False,
            announcement="pending" if announce else None,
            attempts=0,
            due=unlock.at,
        )
    )


def viewer(session: SqlSession, viewer_id: str) -> ViewerFacts:
    """A viewer's streaks."""
    row = session.get(AchievementViewerRow, viewer_id)
    if row is None:
        return ViewerFacts()
    return ViewerFacts(row.streak, row.longest_streak, row.attended, row.watch_streak, row.last_session)


def write_viewer(session: SqlSession, viewer_id: str, facts: ViewerFacts) -> None:
    """Replace a viewer's streaks."""
    session.merge(
        AchievementViewerRow(
            viewer_id=viewer_id,
            streak=facts.streak,
            longest_streak=facts.longest_streak,
            attended=facts.attended,
            watch_streak=facts.watch_streak,
            last_session=facts.last_session,
        )
    )


def unlocked_at(session: SqlSession, viewer_id: str) -> Mapping[str, tuple[int, Instant | None]]:
    """All of a viewer's progress: by achievement, progress and when it was unlocked."""
    row = AchievementProgressRow
    found = session.execute(select(row.achievement_id, row.progress, row.unlocked_at).where(row.viewer_id == viewer_id))
    return {key: (progress, at) for key, progress, at in found}


def _row(definition: Definition, position: int) -> AchievementRow:
    return AchievementRow(
        id=definition.id,
        position=position,
        name=definition.name,
        description=definition.description,
        icon=definition.icon,
        trigger=definition.trigger,
        threshold=definition.threshold,
        scope=definition.scope,
        enabled=definition.enabled,
        builtin=definition.builtin,
        deleted=False,
    )


def standings_for(session: SqlSession, achievement_id: str) -> Mapping[str, Standing]:
    """Every viewer's progress towards one achievement."""
    row = AchievementProgressRow
    query = select(row.viewer_id, row.progress, row.unlocked_at).where(row.achievement_id == achievement_id)
    return {key: Standing(progress, unlocked_at is not None) for key, progress, unlocked_at in session.execute(query)}
