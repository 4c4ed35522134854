"""The inbox's rows: stored, found again, marked, forgotten."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import BindParameter, Table, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from companion.kernel.instant import Instant
from companion.kernel.result import Result
from companion.objects.event_inbox.tables import NotificationRow, RedemptionSeenRow
from companion.ports.inbox import InboxLetter
from companion.ports.twitch import Notification
from companion.runtime.notification_codec import decode_notification, encode_notification, kind_of

# Built once, on the tables themselves: a burst brings thousands of notifications a second.
_notifications = cast("Table", NotificationRow.__table__)
_redemptions = cast("Table", RedemptionSeenRow.__table__)
_ids: BindParameter[Any] = bindparam("ids", expanding=True)
_KNOWN_MESSAGES = select(_notifications.c.message_id).where(_notifications.c.message_id.in_(_ids))
_KNOWN_REDEMPTIONS = select(_redemptions.c.redemption_id).where(_redemptions.c.redemption_id.in_(_ids))
_STORE, _REMEMBER = insert(_notifications), insert(_redemptions)
_DONE = update(_notifications).where(_notifications.c.message_id.in_(_ids)).values(state="done", last_error=None)


@dataclass(frozen=True, slots=True)
class Found:
    """A stored notification, or why it cannot be read."""

    message_id: str
    received_at: Instant
    read: Result[Notification, str]


@dataclass(frozen=True, slots=True)
class Received:
    """A notification to be stored; `repeats` what is known under another id, and is done with that."""

    notification: Notification
    repeats: bool


def known_messages(session: Session, message_ids: Collection[str]) -> set[str]:
    """Those of these ids that were stored before."""
    return set(session.connection().execute(_KNOWN_MESSAGES, {"ids": list(message_ids)}).scalars())


def known_redemptions(session: Session, redemption_ids: Collection[str]) -> set[str]:
    """Those of these redemptions that were taken in before."""
    if not redemption_ids:
        return set()
    return set(session.connection().execute(_KNOWN_REDEMPTIONS, {"ids": list(redemption_ids)}).scalars())


def remember_redemptions(session: Session, redemption_ids: Iterable[str], at: Instant) -> None:
    """They are taken in from now on."""
    rows = [{"redemption_id": each, "at": at} for each in redemption_ids]
    if rows:
        session.connection().execute(_REMEMBER, rows)


def store(session: Session, received: Iterable[Received], at: Instant) -> None:
    """Add them."""
    rows = [
        {
            "message_id": each.notification.message_id,
            "kind": kind_of(each.notification),
            "payload": encode_notification(each.notification),
            "received_at": at,
            "state": "done" if each.repeats else "pending",
            "attempts": 0,
            "due": at,
            "last_error": None,
        }
        for each in received
    ]
    if rows:
        session.connection().execute(_STORE, rows)


def mark_done(session: Session, message_ids: Collection[str]) -> None:
    """They are handled."""
    if message_ids:
        session.connection().execute(_DONE, {"ids": list(message_ids)})


def attempts_of(session: Session, message_id: str) -> int:
    """How often it was tried."""
    return session.scalar(select(NotificationRow.attempts).where(NotificationRow.message_id == message_id)) or 0


def mark_failed(session: Session, message_id: str, *, attempts: int, error: str, due: Instant | None) -> None:
    """Again at `due`, or never (None: a dead letter)."""
    if due is None:
        _change(session, message_id, state="dead", attempts=attempts, last_error=error)
    else:
        _change(session, message_id, attempts=attempts, last_error=error, due=due)


def due(session: Session, now: Instant, *, patience: Instant, limit: int, besides: Collection[str]) -> Sequence[Found]:
    """Pending ones whose time has come, in the order in which they arrived; those due after `patience` with them."""
    query = (
        select(NotificationRow)
        .where(NotificationRow.state == "pending", or_(NotificationRow.due <= now, NotificationRow.due > patience))
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
