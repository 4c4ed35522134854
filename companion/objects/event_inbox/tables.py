"""Tables of the inbox: notifications, and the redemptions that were ever taken in."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from companion.kernel.instant import Instant
from companion.storage.base import Base, InstantText


class NotificationRow(Base):
    """One notification under its message id; `done` ones are kept for a day, so that a resend is known."""

    __tablename__ = "inbox_notifications"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'done', 'dead')", name="state"),
        CheckConstraint("attempts >= 0", name="attempts"),
        Index("ix_inbox_notifications_state_due", "state", "due"),
    )

    message_id: Mapped[str] = mapped_column(String, primary_key=True)
    kind: Mapped[str] = mapped_column(String)
    payload: Mapped[str] = mapped_column(String)
    received_at: Mapped[Instant] = mapped_column(InstantText, index=True)
    state: Mapped[str] = mapped_column(String)
    attempts: Mapped[int]
    due: Mapped[Instant] = mapped_column(InstantText)
    last_error: Mapped[str | None] = mapped_column(String)


class RedemptionSeenRow(Base):
    """A redemption of ours that was taken in: the same one under another message id does nothing. Kept for good."""

    __tablename__ = "inbox_redemptions"

    redemption_id: Mapped[str] = mapped_column(String, primary_key=True)
    at: Mapped[Instant] = mapped_column(InstantText)
