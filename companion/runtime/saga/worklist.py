"""Which runs are to be gone through: those under way, those whose time has come, those that need the streamer.

Each list is read page by page, for there may be tens of thousands in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import String, func, or_, select, type_coerce
from sqlalchemy.orm import Session

from companion.kernel.instant import Instant
from companion.ports.sagas import NEEDS_YOU, RunStatus
from companion.runtime.saga.tables import PAGE, SagaRunRow

_GOING: tuple[RunStatus, ...] = ("running", "compensating")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run stands in a list of many: a page begins behind the last one of the page before."""

    position: int
    run_id: str
    wake_at: str | None
    kind: str


FRONT = Place(0, "", "", "")
_PLACES = select(SagaRunRow.position, SagaRunRow.id, type_coerce(SagaRunRow.wake_at, String), SagaRunRow.kind)


def unfinished(session: Session, after: Place) -> Sequence[Place]:
    """One page of the runs that were under way, in the order of their starts."""
    query = _PLACES.where(SagaRunRow.status.in_(_GOING), SagaRunRow.wake_at.is_(None))
    query = query.where(SagaRunRow.position > after.position).order_by(SagaRunRow.position)
    return [Place(*row) for row in session.execute(query.limit(PAGE))]


def due(session: Session, after: Place, now: Instant, *, patience: timedelta | None = None) -> Sequence[Place]:
    """One page of the runs whose time has come, the longest due first; those too that would sleep past `patience`."""
    come = SagaRunRow.wake_at <= now
    if patience is not None:
        come = or_(come, SagaRunRow.wake_at > now + patience)
    wake_at = type_coerce(SagaRunRow.wake_at, String)
    behind = or_(wake_at > after.wake_at, SagaRunRow.position > after.position)
    query = _PLACES.where(come, wake_at >= after.wake_at, behind)
    return [Place(*row) for row in session.execute(query.order_by(wake_at, SagaRunRow.position).limit(PAGE))]


def needing_you(session: Session, after: Place) -> Sequence[Place]:
    """One page of the runs that only the streamer can go on with, in the order of their starts."""
    query = _PLACES.where(SagaRunRow.status.in_(sorted(NEEDS_YOU)), SagaRunRow.position > after.position)
    return [Place(*row) for row in session.execute(query.order_by(SagaRunRow.position).limit(PAGE))]


def next_due(session: Session, now: Instant) -> Instant | None:
    """When the next run wants to go on by itself, later than `now`."""
    return session.scalar(select(func.min(SagaRunRow.wake_at)).where(SagaRunRow.wake_at > now))
