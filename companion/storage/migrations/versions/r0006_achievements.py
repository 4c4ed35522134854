"""Tables of: achievements.

Revision 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INSTANT = sa.String(27)
_SCOPE = "scope IN ('cumulative', 'session')"


def upgrade() -> None:
    """Make the tables."""
    _definitions()
    _progress()
    _unlocks()
    _sessions()


def _definitions() -> None:
    op.create_table(
        "achievements",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("icon", sa.String(), nullable=False),
        sa.Column("trigger", sa.String(), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=True),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("builtin", sa.Boolean(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.CheckConstraint(_SCOPE, name=op.f("ck_achievements_scope")),
        sa.CheckConstraint("threshold IS NULL OR threshold >= 1", name=op.f("ck_achievements_threshold")),
        sa.CheckConstraint("NOT (builtin AND deleted)", name=op.f("ck_achievements_builtin_stays")),
        sa.PrimaryKeyConstraint("id", name="pk_achievements"),
    )


def _progress() -> None:
    op.create_table(
        "achievement_facts",
        sa.Column("trigger", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("viewer_id", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("session", sa.Integer(), nullable=True),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("trigger", "event_id", name="pk_achievement_facts"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "achievement_progress",
        sa.Column("viewer_id", sa.String(), nullable=False),
        sa.Column("achievement_id", sa.String(), nullable=False),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("unlocked_at", INSTANT, nullable=True),
        sa.CheckConstraint(_SCOPE, name=op.f("ck_achievement_progress_scope")),
        sa.CheckConstraint("progress >= 0", name=op.f("ck_achievement_progress_progress")),
        sa.PrimaryKeyConstraint("viewer_id", "achievement_id", name="pk_achievement_progress"),
    )


def _unlocks() -> None:
    op.create_table(
        "achievement_unlocks",
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("achievement_id", sa.String(), nullable=False),
        sa.Column("viewer_id", sa.String(), nullable=False),
        sa.Column("viewer_name", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("session_id", sa.String(), nullable=True),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("cleared", sa.Boolean(), nullable=False),
        sa.Column("announcement", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due", INSTANT, nullable=False),
        sa.CheckConstraint(_SCOPE, name=op.f("ck_achievement_unlocks_scope")),
        sa.CheckConstraint(
            "announcement IN ('pending', 'sending', 'sent', 'abandoned', 'uncertain')",
            name=op.f("ck_achievement_unlocks_announcement"),
        ),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_achievement_unlocks_attempts")),
        sa.PrimaryKeyConstraint("event_id", name="pk_achievement_unlocks"),
    )
    op.create_index("ix_achievement_unlocks_at", "achievement_unlocks", ["at"])
    op.create_index("ix_achievement_unlocks_announcement", "achievement_unlocks", ["announcement"])
    op.create_index("ix_achievement_unlocks_viewer_id_at", "achievement_unlocks", ["viewer_id", "at"])


def _sessions() -> None:
    op.create_table(
        "achievement_viewers",
        sa.Column("viewer_id", sa.String(), nullable=False),
        sa.Column("streak", sa.Integer(), nullable=False),
        sa.Column("longest_streak", sa.Integer(), nullable=False),
        sa.Column("attended", sa.Integer(), nullable=False),
        sa.Column("watch_streak", sa.Integer(), nullable=False),
        sa.Column("last_session", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("viewer_id", name="pk_achievement_viewers"),
    )
    op.create_index("ix_achievement_viewers_last_session", "achievement_viewers", ["last_session"])
    op.create_table(
        "achievement_sessions",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.String(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_achievement_sessions"),
        sa.UniqueConstraint("session_id", name="uq_achievement_sessions_session_id"),
    )
    op.create_table(
        "achievement_state",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("session", sa.Integer(), nullable=True),
        sa.Column("online", sa.Boolean(), nullable=False),
        sa.Column("watermark", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_achievement_state"),
    )
