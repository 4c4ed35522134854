"""Tables of: sagas, and settings of durable objects.

Revision 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT = sa.String(27)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "object_settings",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_object_settings"),
    )
    _runs()
    _steps()
    op.create_table(
        "saga_ids",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("params_digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_saga_ids"),
    )


def _runs() -> None:
    op.create_table(
        "saga_runs",
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("params", sa.String(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("wake_at", INSTANT, nullable=True),
        sa.Column("fulfilled_at", INSTANT, nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.Column("decision", sa.String(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("stopped", sa.String(), nullable=True),
        sa.CheckConstraint(
            "status IN ('running', 'waiting', 'completed', 'failed', 'compensating', 'compensation_failed',"
            " 'outcome_unknown', 'post_commit_failed')",
            name=op.f("ck_saga_runs_status"),
        ),
        sa.CheckConstraint("decision IN ('fulfil', 'refund', 'ignore', 'retry')", name=op.f("ck_saga_runs_decision")),
        sa.PrimaryKeyConstraint("position", name="pk_saga_runs"),
        sa.UniqueConstraint("id", name="uq_saga_runs_id"),
    )
    op.create_index("ix_saga_runs_status_wake_at", "saga_runs", ["status", "wake_at"])
    op.create_index("ix_saga_runs_wake_at", "saga_runs", ["wake_at"])


def _steps() -> None:
    op.create_table(
        "saga_steps",
        sa.Column("saga", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("result", sa.String(), nullable=True),
        sa.Column("intent", sa.String(), nullable=True),
        sa.Column("intended_at", INSTANT, nullable=True),
        sa.Column("undo_attempt", sa.Integer(), nullable=False),
        sa.Column("next_retry_at", INSTANT, nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'started', 'succeeded', 'failed', 'unknown', 'skipped', 'undoing', 'undone',"
            " 'undo_failed')",
            name=op.f("ck_saga_steps_state"),
        ),
        sa.CheckConstraint("attempt >= 0", name=op.f("ck_saga_steps_attempt")),
        sa.CheckConstraint("looks >= 0", name=op.f("ck_saga_steps_looks")),
        sa.CheckConstraint("undo_attempt >= 0", name=op.f("ck_saga_steps_undo_attempt")),
        sa.CheckConstraint(
            "state <> 'succeeded' OR result IS NOT NULL", name=op.f("ck_saga_steps_succeeded_has_result")
        ),
        sa.ForeignKeyConstraint(["saga"], ["saga_runs.id"], name="fk_saga_steps_saga_saga_runs", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("saga", "name", name="pk_saga_steps"),
    )
