"""Tables of the way in: the event inbox, viewers, rewards, raids, and the hold switch.

Revision 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSTANT = sa.String(27)


def upgrade() -> None:
    """Make the tables."""
    _inbox()
    _people()
    op.create_table(
        "rewards",
        sa.Column("use", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("cost", sa.Integer(), nullable=False),
        sa.Column("prompt", sa.String(), nullable=False),
        sa.Column("input_required", sa.Boolean(), nullable=False),
        sa.Column("color", sa.String(), nullable=False),
        sa.Column("switched_on", sa.Boolean(), nullable=False),
        sa.Column("reward_id", sa.String(), nullable=True),
        sa.Column("past_ids", sa.String(), nullable=False),
        sa.CheckConstraint("cost >= 1", name=op.f("ck_rewards_cost")),
        sa.PrimaryKeyConstraint("use", name="pk_rewards"),
    )
    op.create_table(
        "hold",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("since", INSTANT, nullable=True),
        sa.Column("by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_hold"),
    )


def _inbox() -> None:
    op.create_table(
        "inbox_notifications",
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("payload", sa.String(), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due", INSTANT, nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.CheckConstraint("state IN ('pending', 'done', 'dead')", name=op.f("ck_inbox_notifications_state")),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_inbox_notifications_attempts")),
        sa.PrimaryKeyConstraint("message_id", name="pk_inbox_notifications"),
    )
    op.create_index("ix_inbox_notifications_received_at", "inbox_notifications", ["received_at"])
    op.create_index("ix_inbox_notifications_state_due", "inbox_notifications", ["state", "due"])
    op.create_table(
        "inbox_redemptions",
        sa.Column("redemption_id", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("redemption_id", name="pk_inbox_redemptions"),
    )


def _people() -> None:
    op.create_table(
        "viewers",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("folded_login", sa.String(), nullable=False),
        sa.Column("folded_name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("first_seen_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "role IN ('everyone', 'subscriber', 'vip', 'moderator', 'broadcaster')", name=op.f("ck_viewers_role")
        ),
        sa.PrimaryKeyConstraint("user_id", name="pk_viewers"),
    )
    op.create_index("ix_viewers_folded_login", "viewers", ["folded_login"])
    op.create_index("ix_viewers_folded_name", "viewers", ["folded_name"])
    op.create_table(
        "shoutouts",
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("channel_id", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_shoutouts"),
    )
    op.create_index("ix_shoutouts_channel_id", "shoutouts", ["channel_id"])
    op.create_index("ix_shoutouts_at", "shoutouts", ["at"])
