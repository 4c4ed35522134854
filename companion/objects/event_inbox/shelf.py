"""The inbox's rows: stored, found again, marked, forgotten."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from companion.kernel.instant import Instant
from companion.kernel.result import Result
from companion.objects.event_inbox.tables import NotificationRow, RedemptionSeenRow
from companion.ports.inbox import InboxLetter
from companion.ports.twitch import Notification
from companion.runtime.notification_codec import decode_notification, encode_notification, kind_of


@dataclass(frozen=True, slots=True)
class Found:
    """A stored notification, or why it cannot be read."""

    message_id: str
    received_at: Instant
    read: Result[Notification, str]


def known_messages(session: Session, message_ids: Collection[str]) -> set[str]:
    """Those of these ids that were stored before."""
    query = select(NotificationRow.message_id).where(NotificationRow.message_id.in_(message_ids))
    return set(session.scalars(query))


def known_redemptions(session: Session, redemption_ids: Collection[str]) -> set[str]:
    """Those of these redemptions that were taken in before."""
    if not redemption_ids:
        return set()
    query = select(RedemptionSeenRow.redemption_id).where(RedemptionSeenRow.redemption_id.in_(redemption_ids))
    return set(session.scalars(query))


def remember_redemption(session: Session, redemption_id: str, at: Instant) -> None:
    """It is taken in from now on."""
    session.add(RedemptionSeenRow(redemption_id=redemption_id, at=at))


def store(session: Session, notification: Notification, at: Instant, *, done: bool) -> None:
    """Add it; `done` for one that repeats what is known by another id."""
    session.add(
        NotificationRow(
            message_id=notification.message_id,
            kind=kind_of(notification),
            payload=encode_notification(notification),
            received_at=at,
            state="done" if done else "pending",
            attempts=0,
            due=at,
            last_error=None,
        )
    )


def mark_done(session: Session, message_id: str) -> None:
    """It is handled."""
    _change(session, message_id, state="done", last_error=None)


def attempts_of(session: Session, message_id: str) -> int:
    """How often it was tried."""
    return session.scalar(select(NotificationRow.attempts).where(NotificationRow.message_id == message_id)) or 0


def mark_failed(session: Session, message_id: str, *, attempts: int, error: str, due: Instant | None) -> None:
    """Again at `due`, or never (None: a dead letter)."""
    if due is None:
        _change(session, message_id, state="dead", attempts=attempts, last_error=error)
    else:
        _change(session, message_id, attempts=attempts, last_error=error, due=due)


def due(session: Session, now: Instant, *, limit: int, besides: Collection[str]) -> Sequence[Found]:
    """Pending ones whose time has come, in the order in which they arrived."""
    query = (
        select(NotificationRow)
        .where(NotificationRow.state == "pending", NotificationRow.due <= now)
        .where(NotificationRow.message_id.not_in(besides))
        .order_by(NotificationRow.received_at)
        .limit(limit)
    )
    rows = session.scalars(query)
    return [Found(row.message_id, row.received_at, decode_notification(row.kind, row.payload)) for row in rows]


def earliest_due(session: Session, *, besides: Collection[str]) -> Instant | None:
    """When the next pending one is due."""
    query = select(func.min(NotificationRow.due)).where(NotificationRow.state == "pending")
    return session.scalar(query.where(NotificationRow.message_id.not_in(besides)))


def dead_letters(session: Session, *, limit: int) -> Sequence[InboxLetter]:
    """Newest first."""
    query = select(NotificationRow).where(NotificationRow.state == "dead")
    rows = session.scalars(query.order_by(NotificationRow.received_at.desc()).limit(limit))
    return [InboxLetter(row.message_id, row.kind, row.received_at, row.attempts, row.last_error) for row in rows]


def revive(session: Session, message_id: str, now: Instant) -> bool:
    """A dead letter is due again, from its first attempt; False when there is none."""
    row = session.get(NotificationRow, message_id)
    if row is None or row.state != "dead":
        return False
    row.state, row.attempts, row.due = "pending", 0, now
    return True


def discard(session: Session, message_id: str) -> bool:
    """Delete a dead letter; False when there is none."""
    row = session.get(NotificationRow, message_id)
    if row is None or row.state != "dead":
        return False
    session.delete(row)
    return True


def purge(session: Session, before: Instant) -> None:
    """Forget what was handled before then; what is pending or dead stays."""
    handled = delete(NotificationRow).where(NotificationRow.state == "done", NotificationRow.received_at < before)
    session.execute(handled)


def _change(session: Session, message_id: str, **values: object) -> None:
    session.execute(update(NotificationRow).where(NotificationRow.message_id == message_id).values(**values))
