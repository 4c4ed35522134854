"""Tables of the song queue: requests, what was played, block lists, what was last seen in Spotify.

Revision 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INSTANT = sa.String(27)
STATES = "'approval', 'waiting', 'handed_over', 'playing', 'played', 'removed', 'refunded', 'vanished', 'undecided'"


def upgrade() -> None:
    """Make the tables."""
    _requests()
    _history()
    op.create_table(
        "song_blocks",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        _check("song_blocks", "kind", "kind IN ('track', 'artist', 'viewer')"),
        sa.PrimaryKeyConstraint("kind", "key", name="pk_song_blocks"),
    )
    table = "song_seen"
    op.create_table(
        table,
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("uri", sa.String(), nullable=True),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.Column("since", INSTANT, nullable=True),
        sa.Column("seen_at", INSTANT, nullable=True),
        sa.Column("progress_ms", sa.Integer(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("is_playing", sa.Boolean(), nullable=False),
        sa.Column("upcoming", sa.String(), nullable=False),
        _check(table, "upcoming", "json_valid(upcoming)"),
        _check(table, "current", "uri IS NULL OR (since IS NOT NULL AND seen_at IS NOT NULL)"),
        _check(table, "progress", "progress_ms >= 0 AND duration_ms >= 0"),
        sa.PrimaryKeyConstraint("id", name="pk_song_seen"),
    )


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _song() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("viewer_id", sa.String(), nullable=False),
        sa.Column("viewer_login", sa.String(), nullable=False),
        sa.Column("viewer_name", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("track_id", sa.String(), nullable=False),
        sa.Column("uri", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("artists", sa.String(), nullable=False),
        sa.Column("album", sa.String(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("explicit", sa.Boolean(), nullable=False),
        sa.Column("cover_url", sa.String(), nullable=True),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("requested_at", INSTANT, nullable=False),
        sa.Column("session_id", sa.String(), nullable=True),
    )


def _requests() -> None:
    table = "song_requests"
    op.create_table(
        table,
        sa.Column("id", sa.String(), nullable=False),
        *_song(),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("handing", sa.Boolean(), nullable=False),
        sa.Column("held_since", INSTANT, nullable=True),
        sa.Column("handed_over_at", INSTANT, nullable=True),
        sa.Column("seen_at", INSTANT, nullable=True),
        sa.Column("missing_since", INSTANT, nullable=True),
        sa.Column("playing_since", INSTANT, nullable=True),
        sa.Column("fulfilled_at", INSTANT, nullable=True),
        sa.Column("over_at", INSTANT, nullable=True),
        sa.Column("over_code", sa.String(), nullable=True),
        sa.Column("over_text", sa.String(), nullable=True),
        sa.Column("skipped", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        _check(table, "state", f"state IN ({STATES})"),
        _check(table, "artists", "json_valid(artists)"),
        _check(table, "duration", "duration_ms >= 0"),
        _check(table, "handed_over", "state <> 'handed_over' OR handed_over_at IS NOT NULL"),
        _check(table, "playing", "state NOT IN ('playing', 'played') OR playing_since IS NOT NULL"),
        _check(table, "handing", "NOT handing OR granted"),
        sa.PrimaryKeyConstraint("id", name="pk_song_requests"),
    )
    op.create_index("ix_song_requests_state_place", table, ["state", "place"])
    op.create_index("ix_song_requests_viewer_id_requested_at", table, ["viewer_id", "requested_at"])
    op.create_index("ix_song_requests_over_at", table, ["over_at"])


def _history() -> None:
    table = "song_history"
    op.create_table(
        table,
        sa.Column("request_id", sa.String(), nullable=False),
        *_song(),
        sa.Column("played_at", INSTANT, nullable=False),
        sa.Column("fulfilled_at", INSTANT, nullable=True),
        sa.Column("skipped", sa.Boolean(), nullable=False),
        _check(table, "artists", "json_valid(artists)"),
        sa.PrimaryKeyConstraint("request_id", name="pk_song_history"),
    )
    op.create_index("ix_song_history_viewer_id_played_at", table, ["viewer_id", "played_at"])
    op.create_index("ix_song_history_track_id_played_at", table, ["track_id", "played_at"])
    op.create_index("ix_song_history_played_at", table, ["played_at"])
