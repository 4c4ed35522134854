"""Tables of: chat commands.

Revision 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

INSTANT = sa.String(27)
ROLES = "('everyone', 'subscriber', 'vip', 'moderator', 'broadcaster')"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "chat_commands",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("aliases", sa.String(), nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("computed", sa.String(), nullable=True),
        sa.Column("value_of", sa.String(), nullable=True),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("set_role", sa.String(), nullable=False),
        sa.Column("cooldown_ms", sa.Integer(), nullable=False),
        sa.Column("viewer_cooldown_ms", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("builtin", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('static', 'dynamic', 'counter', 'computed')", name=op.f("ck_chat_commands_kind")),
        sa.CheckConstraint("(kind = 'computed') = (computed IS NOT NULL)", name=op.f("ck_chat_commands_computed")),
        sa.CheckConstraint(f"role IN {ROLES}", name=op.f("ck_chat_commands_role")),
        sa.CheckConstraint(f"set_role IN {ROLES}", name=op.f("ck_chat_commands_set_role")),
        sa.CheckConstraint("cooldown_ms >= 0 AND viewer_cooldown_ms >= 0", name=op.f("ck_chat_commands_cooldowns")),
        sa.PrimaryKeyConstraint("name", name="pk_chat_commands"),
    )
    op.create_index("ix_chat_commands_value_of", "chat_commands", ["value_of"])
    op.create_table(
        "chat_command_values",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.CheckConstraint("count >= 0", name=op.f("ck_chat_command_values_count")),
        sa.PrimaryKeyConstraint("name", name="pk_chat_command_values"),
    )
    op.create_table(
        "chat_defaults_offered",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_chat_defaults_offered"),
    )
