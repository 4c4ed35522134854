"""The life of an epoch in the database: made, committed, open, closed, revealed.

A seed is never used once its commitment is in doubt: an epoch whose chat line may or may not stand there is closed and
another one made. After each such epoch in a row the next one waits longer before it speaks, and after `MOST_DOUBTS` of
them it does not speak at all. Times here are Twitch's.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final, Literal, TypeAlias

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from companion.kernel.backoff import Backoff
from companion.kernel.ids import deterministic_id
from companion.kernel.instant import Instant, seconds
from companion.objects.keyboard_raffle import chain
from companion.objects.keyboard_raffle.tables import RaffleEpochRow, RaffleWaitingRow
from companion.ports.events import RaffleEpochChanged

ClosedBecause: TypeAlias = Literal["session_ended", "too_old", "new_range", "other_channel", "uncertain", "seed_lost"]
LONGEST: Final = timedelta(hours=24)
"""An epoch that is older at a start is closed then."""
MOST_DOUBTS: Final = 6
"""So many epochs in a row may be lost to lines of which nobody knows whether they stand in chat."""
_AFTER_DOUBT: Final = Backoff(first=30, cap=600)


def running(session: Session) -> RaffleEpochRow | None:
    """The epoch that is opening or open; there is one at most."""
    rows = select(RaffleEpochRow).where(RaffleEpochRow.state.in_(("opening", "open")))
    return session.scalars(rows.order_by(RaffleEpochRow.number.desc()).limit(1)).one_or_none()


def newest(session: Session) -> RaffleEpochRow | None:
    """The last epoch, whatever became of it."""
    return session.scalars(select(RaffleEpochRow).order_by(RaffleEpochRow.number.desc()).limit(1)).one_or_none()


def make(session: Session, *, seed: bytes, range_: int, channel_id: str, at: Instant) -> RaffleEpochRow:
    """A new epoch, its commitment not posted yet."""
    last = newest(session)
    number, text = 1 if last is None else last.number + 1, seed.hex()
    committed = chain.commitment(seed=text, epoch=number, range_=range_, channel_id=channel_id)
    row = RaffleEpochRow(
        number=number,
        state="opening",
        post="pending",
        number_range=range_,
        channel_id=channel_id,
        seed=text,
        commitment=committed,
        made_at=at,
        entries=0,
        head=chain.genesis(committed),
    )
    session.add(row)
    session.flush()
    return row


def doubts(session: Session) -> int:
    """How many epochs in a row, up to the newest that is over, were given up for their commitment's sake."""
    over = select(RaffleEpochRow.closed_because).where(RaffleEpochRow.closed_at.is_not(None))
    reasons = session.scalars(over.order_by(RaffleEpochRow.number.desc()).limit(MOST_DOUBTS)).all()
    return next((count for count, reason in enumerate(reasons) if reason != "uncertain"), len(reasons))


def pause_before_posting(session: Session, now: Instant) -> timedelta:
    """How long the next commitment has to wait: not at all after one in doubt, then longer after each."""
    failures = doubts(session) - 1
    if failures < 1:
        return timedelta(0)
    last = session.scalars(
        select(RaffleEpochRow.closed_at)
        .where(RaffleEpochRow.closed_at.is_not(None))
        .order_by(RaffleEpochRow.number.desc())
        .limit(1)
    ).one_or_none()
    if last is None or last > now:  # the clock was set back: better early than a day late
        return timedelta(0)
    return max(last + seconds(_AFTER_DOUBT.delay(failures)) - now, timedelta(0))


def open_up(row: RaffleEpochRow, committed_at: Instant) -> RaffleEpochChanged:
    """The commitment is public since `committed_at`: rolls may begin."""
    row.state, row.post, row.committed_at = "open", "done", committed_at
    return _changed(row, "open", committed_at, None)


def close(row: RaffleEpochRow, because: ClosedBecause, at: Instant) -> RaffleEpochChanged | None:
    """No more rolls. The seed is revealed at once when chat has no part in it, or is another channel's by now;
    otherwise its line is due.
    """
    row.state, row.closed_at, row.closed_because, row.post = "closed", at, because, "pending"
    if row.chat_id is None or row.entries == 0 or because == "other_channel":
        return reveal(row, at)
    return None


def reveal(row: RaffleEpochRow, at: Instant) -> RaffleEpochChanged | None:
    """The seed is public from now on. None: there is nothing to tell, it was lost, or nobody could have rolled."""
    row.post = "done"
    if row.seed is None:
        return None
    row.state, row.revealed_at, row.revealed_entries = "revealed", at, row.entries
    return None if row.committed_at is None else _changed(row, "revealed", at, row.seed)


def wake_waiting(session: Session, wake: Callable[[str], None]) -> None:
    """Have everybody look again who waits for an epoch."""
    for redemption_id in session.scalars(select(RaffleWaitingRow.redemption_id).order_by(RaffleWaitingRow.since)).all():
        wake(redemption_id)
    session.execute(delete(RaffleWaitingRow))


def anybody_waits(session: Session) -> bool:
    """Whether some redemption waits for an epoch."""
    return session.scalar(select(RaffleWaitingRow.redemption_id).limit(1)) is not None


def wait_for(session: Session, redemption_id: str, at: Instant) -> None:
    """Be woken when the epoch opens or closes."""
    if session.get(RaffleWaitingRow, redemption_id) is None:
        session.add(RaffleWaitingRow(redemption_id=redemption_id, since=at))


def _changed(row: RaffleEpochRow, what: str, at: Instant, seed: str | None) -> RaffleEpochChanged:
    return RaffleEpochChanged(
        event_id=deterministic_id("raffle_epoch", row.commitment, what),
        at=at,
        epoch=row.number,
        commitment=row.commitment,
        seed=seed,
    )
