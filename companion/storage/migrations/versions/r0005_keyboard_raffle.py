"""Tables of the keyboard raffle: epochs, the entries of their chains, and who waits for an epoch.

Revision 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INSTANT = sa.String(27)


def upgrade() -> None:
    _epochs()
    _entries()
    op.create_table(
        "raffle_waiting",
        sa.Column("redemption_id", sa.String(), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("redemption_id", name="pk_raffle_waiting"),
    )


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _epochs() -> None:
    table = "raffle_epochs"
    op.create_table(
        table,
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("post", sa.String(), nullable=False),
        sa.Column("number_range", sa.Integer(), nullable=False),
        sa.Column("channel_id", sa.String(), nullable=False),
        sa.Column("seed", sa.String(), nullable=True),
        sa.Column("commitment", sa.String(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("chat_id", sa.String(), nullable=True),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.Column("seen_at", INSTANT, nullable=True),
        sa.Column("committed_at", INSTANT, nullable=True),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("closed_because", sa.String(), nullable=True),
        sa.Column("revealed_at", INSTANT, nullable=True),
        sa.Column("revealed_entries", sa.Integer(), nullable=True),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(), nullable=False),
        _check(table, "state", "state IN ('opening', 'open', 'closed', 'revealed')"),
        _check(table, "post", "post IN ('pending', 'posting', 'posted', 'done')"),
        _check(table, "number_range", "number_range BETWEEN 2 AND 1000000"),
        _check(table, "commitment", "length(commitment) = 64"),
        _check(table, "seed", "seed IS NULL OR length(seed) = 64"),
        _check(table, "open", "state <> 'open' OR committed_at IS NOT NULL"),
        _check(table, "revealed", "state <> 'revealed' OR (seed IS NOT NULL AND revealed_at IS NOT NULL)"),
        _check(table, "closed", "(state IN ('closed', 'revealed')) = (closed_at IS NOT NULL)"),
        _check(table, "entries", "entries >= 0"),
        sa.PrimaryKeyConstraint("number", name="pk_raffle_epochs"),
    )
    op.create_index("ix_raffle_epochs_state", table, ["state"])


def _entries() -> None:
    table = "raffle_entries"
    op.create_table(
        table,
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("redemption_id", sa.String(), nullable=False),
        sa.Column("viewer_id", sa.String(), nullable=False),
        sa.Column("viewer_login", sa.String(), nullable=False),
        sa.Column("viewer_name", sa.String(), nullable=False),
        sa.Column("redeemed_at", INSTANT, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("session_id", sa.String(), nullable=True),
        sa.Column("number_range", sa.Integer(), nullable=False),
        sa.Column("winning", sa.Integer(), nullable=True),
        sa.Column("roll", sa.Integer(), nullable=True),
        sa.Column("distance", sa.Integer(), nullable=True),
        sa.Column("won", sa.Boolean(), nullable=False),
        sa.Column("new_record", sa.Boolean(), nullable=False),
        sa.Column("voided", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("chain", sa.String(), nullable=False),
        *_entry_checks(table),
        sa.PrimaryKeyConstraint("position", name="pk_raffle_entries"),
        sa.UniqueConstraint("epoch", "entry", name="uq_raffle_entries_epoch"),
        sa.ForeignKeyConstraint(["epoch"], ["raffle_epochs.number"], name="fk_raffle_entries_epoch_raffle_epochs"),
    )
    op.create_index("ix_raffle_entries_viewer_id", table, ["viewer_id"])
    kind: sa.ColumnClause[str] = sa.column("kind")
    won: sa.ColumnClause[bool] = sa.column("won")
    for name, where in (("decision", kind != "void"), ("void", kind == "void")):
        op.create_index(f"uq_raffle_entries_{name}", table, ["redemption_id"], unique=True, sqlite_where=where)
    losses = (kind == "roll") & won.is_(False)
    op.create_index("ix_raffle_entries_record", table, ["distance", "position"], sqlite_where=losses)


def _entry_checks(table: str) -> tuple[sa.CheckConstraint, ...]:
    return (
        _check(table, "kind", "kind IN ('roll', 'refund', 'void')"),
        _check(table, "entry", "entry >= 1"),
        _check(table, "number_range", "number_range BETWEEN 2 AND 1000000"),
        _check(table, "roll_of_rolls", "(kind = 'roll') = (roll IS NOT NULL)"),
        _check(table, "winning_of_rolls", "(kind = 'roll') = (winning IS NOT NULL)"),
        _check(table, "reason_of_others", "(kind = 'roll') = (reason IS NULL)"),
        _check(table, "roll", "roll IS NULL OR roll BETWEEN 1 AND number_range"),
        _check(table, "winning", "winning IS NULL OR winning BETWEEN 1 AND number_range"),
        _check(table, "distance", "distance IS abs(roll - winning)"),
        _check(table, "won", "won = (kind = 'roll' AND roll IS winning)"),
        _check(table, "new_record", "NOT (won AND new_record) AND (kind = 'roll' OR NOT new_record)"),
        _check(table, "voided", "kind = 'roll' OR NOT voided"),
        _check(table, "chain", "length(chain) = 64"),
    )
