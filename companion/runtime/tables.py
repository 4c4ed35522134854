"""The runtime's own tables: alarms, the outbox with its deliveries, receipts, things set aside."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from companion.kernel.instant import Instant
from companion.storage.base import Base, InstantText


class AlarmRow(Base):
    """One pending alarm of one durable object."""

    __tablename__ = "alarms"

    owner: Mapped[str] = mapped_column(String, primary_key=True)
    name: Mapped[str] = mapped_column(String, primary_key=True)
    due: Mapped[Instant] = mapped_column(InstantText, index=True)


class OutboxEventRow(Base):
    """One domain event, committed together with the change it tells of."""

    __tablename__ = "outbox_events"

    id: Mapped[str] = mapped_column(String, primary_key=True)
    position: Mapped[int] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String)
    payload: Mapped[str] = mapped_column(String)
    at: Mapped[Instant] = mapped_column(InstantText, index=True)


class OutboxDeliveryRow(Base):
    """The way of one event to one receiver."""

    __tablename__ = "outbox_deliveries"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'done', 'dead')", name="state"),
        CheckConstraint("attempts >= 0", name="attempts"),
        Index("ix_outbox_deliveries_state_receiver", "state", "receiver"),
    )

    event_id: Mapped[str] = mapped_column(ForeignKey("outbox_events.id", ondelete="CASCADE"), primary_key=True)
    receiver: Mapped[str] = mapped_column(String, primary_key=True)
    state: Mapped[str] = mapped_column(String, default="pending")
    attempts: Mapped[int] = mapped_column(default=0)
    due: Mapped[Instant] = mapped_column(InstantText)
    last_error: Mapped[str | None] = mapped_column(String, default=None)


class ReceiptRow(Base):
    """A record that a receiver has handled an event: the second delivery finds it and does nothing."""

    __tablename__ = "receipts"

    receiver: Mapped[str] = mapped_column(String, primary_key=True)
    event_id: Mapped[str] = mapped_column(String, primary_key=True)
    at: Mapped[Instant] = mapped_column(InstantText, index=True)


class SetAsideRow(Base):
    """A stored row that could not be understood: kept for a person, never silently reset."""

    __tablename__ = "set_aside"

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String)
    content: Mapped[str] = mapped_column(String)
    reason: Mapped[str] = mapped_column(String)
    at: Mapped[Instant] = mapped_column(InstantText)
