"""Tables of the raffle: its epochs, the entries of their chains, and who waits for an epoch to open."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, column
from sqlalchemy.orm import Mapped, mapped_column

from companion.kernel.instant import Instant
from companion.storage.base import Base, InstantText


class RaffleEpochRow(Base):
    """One epoch. `seed` (hex) is the one secret in the database: backups are made without it until it is revealed."""

    __tablename__ = "raffle_epochs"
    __table_args__ = (
        CheckConstraint("state IN ('opening', 'open', 'closed', 'revealed')", name="state"),
        CheckConstraint("post IN ('pending', 'posting', 'posted', 'done')", name="post"),
        CheckConstraint("number_range BETWEEN 2 AND 1000000", name="number_range"),
        CheckConstraint("length(commitment) = 64", name="commitment"),
        CheckConstraint("seed IS NULL OR length(seed) = 64", name="seed"),
        CheckConstraint("state <> 'open' OR committed_at IS NOT NULL", name="open"),
        CheckConstraint("state <> 'revealed' OR (seed IS NOT NULL AND revealed_at IS NOT NULL)", name="revealed"),
        CheckConstraint("(state IN ('closed', 'revealed')) = (closed_at IS NOT NULL)", name="closed"),
        CheckConstraint("entries >= 0", name="entries"),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    state: Mapped[str] = mapped_column(String, index=True)
    post: Mapped[str] = mapped_column(String)
    """How far the chat line has come that the epoch waits for: first its commitment, once closed its seed."""
    number_range: Mapped[int]
    channel_id: Mapped[str] = mapped_column(String)
    seed: Mapped[str | None] = mapped_column(String)
    commitment: Mapped[str] = mapped_column(String)
    made_at: Mapped[Instant] = mapped_column(InstantText)
    chat_id: Mapped[str | None] = mapped_column(String)
    """The chat message that carries the commitment; None while there is none."""
    answered_at: Mapped[Instant | None] = mapped_column(InstantText)
    """When Twitch answered that it took that message, by Twitch's clock."""
    seen_at: Mapped[Instant | None] = mapped_column(InstantText)
    """Twitch's time of that message, once EventSub told of it."""
    committed_at: Mapped[Instant | None] = mapped_column(InstantText)
    """A redemption at or before this instant is never rolled."""
    closed_at: Mapped[Instant | None] = mapped_column(InstantText)
    closed_because: Mapped[str | None] = mapped_column(String)
    revealed_at: Mapped[Instant | None] = mapped_column(InstantText)
    revealed_entries: Mapped[int | None]
    """How many entries the chain had when the seed became public."""
    entries: Mapped[int]
    head: Mapped[str] = mapped_column(String)
    """The chain's hash after its last entry."""


class RaffleEntryRow(Base):
    """One entry of an epoch's chain; rolls carry their numbers."""

    __tablename__ = "raffle_entries"
    __table_args__ = (
        UniqueConstraint("epoch", "entry", name="uq_raffle_entries_epoch"),
        CheckConstraint("kind IN ('roll', 'refund', 'void')", name="kind"),
        CheckConstraint("entry >= 1", name="entry"),
        CheckConstraint("number_range BETWEEN 2 AND 1000000", name="number_range"),
        CheckConstraint("(kind = 'roll') = (roll IS NOT NULL)", name="roll_of_rolls"),
        CheckConstraint("(kind = 'roll') = (winning IS NOT NULL)", name="winning_of_rolls"),
        CheckConstraint("(kind = 'roll') = (reason IS NULL)", name="reason_of_others"),
        CheckConstraint("roll IS NULL OR roll BETWEEN 1 AND number_range", name="roll"),
        CheckConstraint("winning IS NULL OR winning BETWEEN 1 AND number_range", name="winning"),
        CheckConstraint("distance IS abs(roll - winning)", name="distance"),
        CheckConstraint("won = (kind = 'roll' AND roll IS winning)", name="won"),
        CheckConstraint("NOT (won AND new_record) AND (kind = 'roll' OR NOT new_record)", name="new_record"),
        CheckConstraint("kind = 'roll' OR NOT voided", name="voided"),
        CheckConstraint("length(chain) = 64", name="chain"),
        # One decision for each redemption; the taking back of a roll comes on top.
        Index("uq_raffle_entries_decision", "redemption_id", unique=True, sqlite_where=column("kind") != "void"),
        Index("uq_raffle_entries_void", "redemption_id", unique=True, sqlite_where=column("kind") == "void"),
        Index(
            "ix_raffle_entries_record",
            "distance",
            "position",
            sqlite_where=(column("kind") == "roll") & column("won").is_(False),
        ),
    )

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    epoch: Mapped[int] = mapped_column(ForeignKey("raffle_epochs.number"))
    entry: Mapped[int]
    kind: Mapped[str] = mapped_column(String)
    redemption_id: Mapped[str] = mapped_column(String)
    viewer_id: Mapped[str] = mapped_column(String, index=True)
    viewer_login: Mapped[str] = mapped_column(String)
    viewer_name: Mapped[str] = mapped_column(String)
    redeemed_at: Mapped[Instant] = mapped_column(InstantText)
    at: Mapped[Instant] = mapped_column(InstantText)
    session_id: Mapped[str | None] = mapped_column(String)
    number_range: Mapped[int]
    winning: Mapped[int | None]
    roll: Mapped[int | None]
    distance: Mapped[int | None]
    won: Mapped[bool]
    new_record: Mapped[bool]
    voided: Mapped[bool]
    """A `void` entry has taken this roll back: it counts for nothing."""
    reason: Mapped[str | None] = mapped_column(String)
    chain: Mapped[str] = mapped_column(String)


class RaffleWaitingRow(Base):
    """A redemption that waits for an epoch to open; the run of this id is woken then."""

    __tablename__ = "raffle_waiting"

    redemption_id: Mapped[str] = mapped_column(String, primary_key=True)
    since: Mapped[Instant] = mapped_column(InstantText)
