"""What happened, kept for good, and what a definition would have made of it.

The outbox forgets events after 30 days; these rows stay, slim: a definition of tomorrow can be applied to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from sqlalchemy import CursorResult, Table, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session as SqlSession

from companion.kernel.instant import Instant
from companion.objects.achievements.rules import SET_TRIGGERS, Occurrence, Standing, advance
from companion.objects.achievements.tables import AchievementFactRow
from companion.ports.achievements import Definition

CHUNK = 500
# Built once, on the table itself: every line of chat goes through it.
_KEEP = insert(cast("Table", AchievementFactRow.__table__)).on_conflict_do_nothing()


@dataclass(frozen=True, slots=True)
class Fact:
    """One occurrence of a trigger in the past."""

    viewer_id: str
    at: Instant
    session: int | None
    amount: int


def keep(
    session: SqlSession,
    occurrence: Occurrence,
    *,
    event_id: str,
    viewer_id: str,
    at: Instant,
    number: int | None,
) -> bool:
    """Store an occurrence; False when this event's was stored before."""
    values = {
        "trigger": occurrence.trigger,
        "event_id": event_id,
        "viewer_id": viewer_id,
        "at": at,
        "session": number,
        "amount": occurrence.amount,
    }
    return cast("CursorResult[object]", session.execute(_KEEP, values)).rowcount == 1


def latest_success(session: SqlSession) -> Instant | None:
    """The newest time of any song that played for a request."""
    rows = select(AchievementFactRow.at).where(AchievementFactRow.trigger == "song_request")
    return session.scalar(rows.order_by(AchievementFactRow.at.desc()).limit(1))


def standings_of(session: SqlSession, definition: Definition, present: int | None) -> Mapping[str, Standing]:
    """By viewer: where applying `definition` to all that is stored leads. `present`: number of the present session."""
    row = AchievementFactRow
    query = select(row.viewer_id, row.at, row.session, row.amount).where(row.trigger == definition.trigger)
    if definition.scope == "session":
        query = query.where(row.session == present)
    rows = session.execute(query.order_by(row.at, row.event_id).execution_options(yield_per=CHUNK))
    return replay(definition, (Fact(*each) for each in rows), present)


def replay(definition: Definition, facts: Iterable[Fact], present: int | None) -> Mapping[str, Standing]:
    """Apply `definition` to facts in the order of time, as if it had stood there from the start and been on."""
    standings: dict[str, Standing] = {}
    for fact in facts:
        before = standings.get(fact.viewer_id, Standing())
        steps = advance(
            (definition,),
            {definition.id: before},
            (Occurrence(definition.trigger, fact.amount),),
            fact.at,
            in_session=fact.session is not None and fact.session == present,
        )
        for step in steps:
            standings[fact.viewer_id] = Standing(step.progress, step.unlocked_at is not None)
    return standings


def merged(definition: Definition, before: Standing, replayed: Standing) -> Standing:
    """What an applied definition leaves of a viewer's standing: nothing is ever taken away."""
    if before.unlocked:
        return before
    if definition.trigger in SET_TRIGGERS and not replayed.unlocked:
        return before if before.progress else replayed
    return Standing(max(before.progress, replayed.progress), replayed.unlocked)
