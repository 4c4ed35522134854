"""The outbox on disk: events, their deliveries, receipts and dead letters, as plain statements on rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from sqlalchemy import Table, bindparam, delete, exists, func, literal, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from companion.kernel.instant import Instant
from companion.runtime.tables import OutboxDeliveryRow, OutboxEventRow, ReceiptRow

KEEP_EVENTS = timedelta(days=30)
"""Dead letters, receipts and handled events are kept this long."""

# Built once, on the tables themselves: every line of chat goes through these.
_events = cast("Table", OutboxEventRow.__table__)
_deliveries = cast("Table", OutboxDeliveryRow.__table__)
_position = select(func.coalesce(func.max(_events.c.position), 0) + 1)
_ADD = (
    insert(_events)
    .from_select(
        ["id", "kind", "payload", "at", "position"],
        select(
            bindparam("id", type_=_events.c.id.type),
            bindparam("kind", type_=_events.c.kind.type),
            bindparam("payload", type_=_events.c.payload.type),
            bindparam("at", type_=_events.c.at.type),
            _position.scalar_subquery(),
        ).where(literal(1) == 1),  # SQLite's parser needs a WHERE before ON CONFLICT
    )
    .on_conflict_do_nothing()
)
_SEND = insert(_deliveries)
_PENDING = (
    select(_deliveries.c.event_id, _events.c.payload, _deliveries.c.attempts, _deliveries.c.due)
    .join(_events, _events.c.id == _deliveries.c.event_id)
    .where(_deliveries.c.state == "pending", _deliveries.c.receiver == bindparam("to"))
    .order_by(_events.c.position)
    .limit(bindparam("most"))
)
_DONE = (
    update(_deliveries)
    .where(_deliveries.c.event_id == bindparam("event"), _deliveries.c.receiver == bindparam("to"))
    .values(state="done", attempts=_deliveries.c.attempts + 1, last_error=None)
)
_CLAIM = insert(cast("Table", ReceiptRow.__table__)).on_conflict_do_nothing()


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one receiver."""

    event_id: str
    receiver: str
    payload: str
    attempts: int
    due: Instant


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event that a receiver could not take, for a person to replay or delete."""

    event_id: str
    receiver: str
    kind: str
    at: Instant
    attempts: int
    last_error: str | None


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One event of the past."""

    event_id: str
    kind: str
    payload: str


def store(
    session: Session, *, event_id: str, kind: str, payload: str, at: Instant, receivers: Sequence[str], due: Instant
) -> bool:
    """Add the event with one delivery per receiver; False when this id was stored before."""
    connection = session.connection()
    added = connection.execute(_ADD, {"id": event_id, "kind": kind, "payload": payload, "at": at})
    if not added.rowcount:
        return False
    if receivers:
        sent = {"event_id": event_id, "state": "pending", "attempts": 0, "due": due}
        connection.execute(_SEND, [{**sent, "receiver": receiver} for receiver in receivers])
    return True


def pending(session: Session, receiver: str, *, limit: int) -> Sequence[Delivery]:
    """The oldest deliveries that `receiver` still waits for, in order: later ones queue behind the first."""
    rows = session.connection().execute(_PENDING, {"to": receiver, "most": limit})
    return [Delivery(row.event_id, receiver, row.payload, row.attempts, row.due) for row in rows]


def mark_done(session: Session, deliveries: Sequence[Delivery]) -> None:
    """The receiver took them."""
    if deliveries:
        session.connection().execute(_DONE, [{"event": each.event_id, "to": each.receiver} for each in deliveries])


def mark_failed(session: Session, delivery: Delivery, *, error: str, retry_at: Instant | None) -> None:
    """The receiver failed: again at `retry_at`, or never (`None`: a dead letter)."""
    row = session.get(OutboxDeliveryRow, (delivery.event_id, delivery.receiver))
    if row is None:
        return
    row.attempts = delivery.attempts + 1
    row.last_error = error
    if retry_at is None:
        row.state = "dead"
    else:
        row.due = retry_at


def dead_letters(session: Session, *, limit: int) -> Sequence[DeadLetter]:
    """Dead letters, newest first."""
    rows = session.execute(
        select(OutboxDeliveryRow, OutboxEventRow)
        .join(OutboxEventRow, OutboxEventRow.id == OutboxDeliveryRow.event_id)
        .where(OutboxDeliveryRow.state == "dead")
        .order_by(OutboxEventRow.position.desc())
        .limit(limit)
    )
    return [
        DeadLetter(event.id, delivery.receiver, event.kind, event.at, delivery.attempts, delivery.last_error)
        for delivery, event in rows
    ]


def revive(session: Session, event_id: str, receiver: str, *, due: Instant) -> bool:
    """Put a dead letter back in the queue; False when there is none."""
    row = session.get(OutboxDeliveryRow, (event_id, receiver))
    if row is None or row.state != "dead":
        return False
    row.state, row.attempts, row.due = "pending", 0, due
    return True


def discard(session: Session, event_id: str, receiver: str) -> bool:
    """Delete a dead letter for good; False when there is none."""
    row = session.get(OutboxDeliveryRow, (event_id, receiver))
    if row is None or row.state != "dead":
        return False
    session.delete(row)
    return True


def newest(session: Session, *, limit: int) -> Sequence[StoredEvent]:
    """The last events, newest first."""
    columns = select(OutboxEventRow.id, OutboxEventRow.kind, OutboxEventRow.payload)
    rows = session.execute(columns.order_by(OutboxEventRow.position.desc()).limit(limit))
    return [StoredEvent(event_id, kind, payload) for event_id, kind, payload in rows]


def claim_receipt(session: Session, receiver: str, event_id: str, at: Instant) -> bool:
    """Note that `receiver` handles `event_id` in this transaction; False when it already did."""
    claimed = session.connection().execute(_CLAIM, {"receiver": receiver, "event_id": event_id, "at": at})
    return claimed.rowcount > 0


def has_receipt(session: Session, receiver: str, event_id: str) -> bool:
    """Whether `receiver` has handled `event_id`, as far as that is remembered."""
    return session.get(ReceiptRow, (receiver, event_id)) is not None


def purge(session: Session, now: Instant) -> None:
    """Forget what is older than `KEEP_EVENTS`, except events that some receiver still waits for."""
    limit = now - KEEP_EVENTS
    waiting = exists().where(OutboxDeliveryRow.event_id == OutboxEventRow.id, OutboxDeliveryRow.state == "pending")
    session.execute(delete(OutboxEventRow).where(OutboxEventRow.at < limit, ~waiting))
    session.execute(delete(ReceiptRow).where(ReceiptRow.at < limit))
