"""The outbox on disk: events, their deliveries, receipts and dead letters, as plain statements on rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session

from companion.kernel.instant import Instant
from companion.runtime.tables import OutboxDeliveryRow, OutboxEventRow, ReceiptRow

KEEP_EVENTS = timedelta(days=30)
"""Dead letters, receipts and handled events are kept this long."""


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
    if session.get(OutboxEventRow, event_id) is not None:
        return False
    position = (session.scalar(select(func.max(OutboxEventRow.position))) or 0) + 1
    session.add(OutboxEventRow(id=event_id, position=position, kind=kind, payload=payload, at=at))
    session.flush()
    session.add_all(
        OutboxDeliveryRow(event_id=event_id, receiver=receiver, state="pending", attempts=0, due=due)
        for receiver in receivers
    )
    return True


def first_pending(session: Session, receiver: str) -> Delivery | None:
    """The oldest delivery that `receiver` still waits for: later ones queue behind it, so order is kept."""
    row = session.execute(
        select(OutboxDeliveryRow, OutboxEventRow.payload)
        .join(OutboxEventRow, OutboxEventRow.id == OutboxDeliveryRow.event_id)
        .where(OutboxDeliveryRow.state == "pending", OutboxDeliveryRow.receiver == receiver)
        .order_by(OutboxEventRow.position)
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    delivery, payload = row
    return Delivery(delivery.event_id, receiver, payload, delivery.attempts, delivery.due)


def mark_done(session: Session, delivery: Delivery) -> None:
    """The receiver took it."""
    row = session.get(OutboxDeliveryRow, (delivery.event_id, delivery.receiver))
    if row is not None:
        row.state = "done"
        row.attempts = delivery.attempts + 1
        row.last_error = None


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
    if session.get(ReceiptRow, (receiver, event_id)) is not None:
        return False
    session.add(ReceiptRow(receiver=receiver, event_id=event_id, at=at))
    return True


def purge(session: Session, now: Instant) -> None:
    """Forget what is older than `KEEP_EVENTS`, except events that some receiver still waits for."""
    limit = now - KEEP_EVENTS
    waiting = exists().where(OutboxDeliveryRow.event_id == OutboxEventRow.id, OutboxDeliveryRow.state == "pending")
    session.execute(delete(OutboxEventRow).where(OutboxEventRow.at < limit, ~waiting))
    session.execute(delete(ReceiptRow).where(ReceiptRow.at < limit))
