"""First tables: the runtime's own, logins, and the life of the stream.

Revision 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.String(27)


def upgrade() -> None:
    _runtime()
    _logins()
    _stream()


def _runtime() -> None:
    op.create_table(
        "alarms",
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("due", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("owner", "name", name="pk_alarms"),
    )
    op.create_index("ix_alarms_due", "alarms", ["due"])
    op.create_table(
        "outbox_events",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("payload", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox_events"),
    )
    op.create_index("ix_outbox_events_at", "outbox_events", ["at"])
    op.create_index("ix_outbox_events_position", "outbox_events", ["position"])
    op.create_table(
        "outbox_deliveries",
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("receiver", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due", INSTANT, nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.CheckConstraint("state IN ('pending', 'done', 'dead')", name=op.f("ck_outbox_deliveries_state")),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_outbox_deliveries_attempts")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["outbox_events.id"], name="fk_outbox_deliveries_event_id_outbox_events", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("event_id", "receiver", name="pk_outbox_deliveries"),
    )
    op.create_index("ix_outbox_deliveries_state_receiver", "outbox_deliveries", ["state", "receiver"])
    op.create_table(
        "receipts",
        sa.Column("receiver", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("receiver", "event_id", name="pk_receipts"),
    )
    op.create_index("ix_receipts_at", "receipts", ["at"])
    op.create_table(
        "set_aside",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_set_aside"),
    )


def _logins() -> None:
    op.create_table(
        "token_state",
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("phase", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("since", INSTANT, nullable=True),
        sa.Column("client_id", sa.String(), nullable=True),
        sa.Column("account_id", sa.String(), nullable=True),
        sa.Column("account_login", sa.String(), nullable=True),
        sa.Column("account_name", sa.String(), nullable=True),
        sa.Column("account_picture", sa.String(), nullable=True),
        sa.Column("account_type", sa.String(), nullable=True),
        sa.Column("scopes", sa.String(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.Column("authorized_at", INSTANT, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", INSTANT, nullable=True),
        sa.Column("last_failure", sa.String(), nullable=True),
        sa.Column("refresh_started_with", sa.String(), nullable=True),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "phase IN ('not_configured', 'authorized', 'reauthorization_required', 'set_up_wrong')",
            name=op.f("ck_token_state_phase"),
        ),
        sa.CheckConstraint("failures >= 0", name=op.f("ck_token_state_failures")),
        sa.PrimaryKeyConstraint("provider", name="pk_token_state"),
    )


def _stream() -> None:
    op.create_table(
        "stream_state",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("is_live", sa.Boolean(), nullable=False),
        sa.Column("session_open", sa.Boolean(), nullable=False),
        sa.Column("session_id", sa.String(), nullable=True),
        sa.Column("stream_id", sa.String(), nullable=True),
        sa.Column("started_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("resume_until", INSTANT, nullable=True),
        sa.Column("peak", sa.Integer(), nullable=False),
        sa.Column("viewer_count", sa.Integer(), nullable=True),
        sa.Column("viewers_seen_at", INSTANT, nullable=True),
        sa.Column("last_transition_at", INSTANT, nullable=True),
        sa.Column("online_seen_at", INSTANT, nullable=True),
        sa.Column("confirmed_at", INSTANT, nullable=True),
        sa.Column("closed_by_helix", sa.Boolean(), nullable=False),
        sa.Column("empty_answers", sa.Integer(), nullable=False),
        sa.Column("first_empty_at", INSTANT, nullable=True),
        sa.CheckConstraint("peak >= 0", name=op.f("ck_stream_state_peak")),
        sa.CheckConstraint("NOT is_live OR session_id IS NOT NULL", name=op.f("ck_stream_state_live_has_session")),
        sa.PrimaryKeyConstraint("id", name="pk_stream_state"),
    )
    op.create_table(
        "streams_seen",
        sa.Column("stream_id", sa.String(), nullable=False),
        sa.Column("session_id", sa.String(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("stream_id", name="pk_streams_seen"),
    )
    op.create_index("ix_streams_seen_session_id", "streams_seen", ["session_id"])
    op.create_table(
        "stream_todos",
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("todo", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_stream_todos"),
    )
    op.create_table(
        "viewer_snapshots",
        sa.Column("session_id", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("viewer_count", sa.Integer(), nullable=False),
        sa.CheckConstraint("viewer_count >= 0", name=op.f("ck_viewer_snapshots_viewer_count")),
        sa.PrimaryKeyConstraint("session_id", "at", name="pk_viewer_snapshots"),
    )
    op.create_index("ix_viewer_snapshots_at", "viewer_snapshots", ["at"])
