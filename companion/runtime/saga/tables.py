"""Tables of the saga journal.

A run that has ended is kept whole for 30 days; then only its id stays (`saga_ids`), so that a redemption which is
delivered again years later is still known as handled.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from companion.kernel.instant import Instant
from companion.storage.base import Base, InstantText

PAGE = 500
"""Rows that are read or deleted at a time: more would hold the loop for too long."""


class SagaRunRow(Base):
    """One run. `wake_at` is when it goes on by itself; null while it runs, and while only a wake moves it."""

    __tablename__ = "saga_runs"
    __table_args__ = (
        CheckConstraint(
            "status IN ('running', 'waiting', 'completed', 'failed', 'compensating', 'compensation_failed',"
            " 'outcome_unknown', 'post_commit_failed')",
            name="status",
        ),
        CheckConstraint("decision IN ('fulfil', 'refund', 'ignore', 'retry')", name="decision"),
        Index("ix_saga_runs_status_wake_at", "status", "wake_at"),
    )

    position: Mapped[int] = mapped_column(primary_key=True)
    """The order of the starts."""
    id: Mapped[str] = mapped_column(String, unique=True)
    kind: Mapped[str] = mapped_column(String)
    status: Mapped[str] = mapped_column(String)
    params: Mapped[str] = mapped_column(String)
    summary: Mapped[str] = mapped_column(String)
    created_at: Mapped[Instant] = mapped_column(InstantText)
    updated_at: Mapped[Instant] = mapped_column(InstantText)
    wake_at: Mapped[Instant | None] = mapped_column(InstantText, index=True)
    fulfilled_at: Mapped[Instant | None] = mapped_column(InstantText)
    failure: Mapped[str | None] = mapped_column(String)
    """Why it is compensated (JSON text)."""
    decision: Mapped[str | None] = mapped_column(String)
    error: Mapped[str | None] = mapped_column(String)
    stopped: Mapped[str | None] = mapped_column(String)
    """Why the run cannot be gone on with as it stands in the journal: it could not be understood."""


class SagaStepRow(Base):
    """One step of a run that has begun; a step without a row is pending."""

    __tablename__ = "saga_steps"
    __table_args__ = (
        CheckConstraint(
            "state IN ('pending', 'started', 'succeeded', 'failed', 'unknown', 'skipped', 'undoing', 'undone',"
            " 'undo_failed')",
            name="state",
        ),
        CheckConstraint("attempt >= 0", name="attempt"),
        CheckConstraint("looks >= 0", name="looks"),
        CheckConstraint("undo_attempt >= 0", name="undo_attempt"),
        CheckConstraint("state <> 'succeeded' OR result IS NOT NULL", name="succeeded_has_result"),
    )

    saga: Mapped[str] = mapped_column(ForeignKey("saga_runs.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String, primary_key=True)
    state: Mapped[str] = mapped_column(String)
    attempt: Mapped[int]
    looks: Mapped[int]
    result: Mapped[str | None] = mapped_column(String)
    intent: Mapped[str | None] = mapped_column(String)
    intended_at: Mapped[Instant | None] = mapped_column(InstantText)
    undo_attempt: Mapped[int]
    next_retry_at: Mapped[Instant | None] = mapped_column(InstantText)
    last_error: Mapped[str | None] = mapped_column(String)


class SagaIdRow(Base):
    """What stays of a run that ended long ago: enough to know it again."""

    __tablename__ = "saga_ids"

    id: Mapped[str] = mapped_column(String, primary_key=True)
    kind: Mapped[str] = mapped_column(String)
    params_digest: Mapped[str] = mapped_column(String)
