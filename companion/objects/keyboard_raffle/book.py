"""Writing into the chain: rolls, refunds and what is taken back. Every write joins the caller's transaction."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from companion.kernel.instant import Instant
from companion.kernel.result import Err, Ok, Result
from companion.objects.keyboard_raffle import chain, draws, epochs
from companion.objects.keyboard_raffle.tables import RaffleEntryRow, RaffleEpochRow
from companion.ports.raffle import IdempotencyConflict, NotAdmitted, Roll, Wish
from companion.ports.viewers import Viewer


def decision(session: Session, redemption_id: str) -> RaffleEntryRow | None:
    """How a redemption was decided: its roll or its refund."""
    rows = select(RaffleEntryRow).where(RaffleEntryRow.redemption_id == redemption_id, RaffleEntryRow.kind != "void")
    return session.scalars(rows).one_or_none()


def roll(
    session: Session, wish: Wish, *, session_id: str | None, at: Instant
) -> Result[Roll, NotAdmitted | IdempotencyConflict]:
    """Draw and write down; a repetition is answered with what was drawn before."""
    known = decision(session, wish.redemption_id)
    if known is not None:
        return _again(known, wish)
    if not chain.is_plain(wish.redemption_id) or not chain.is_plain(wish.viewer.user_id):
        return Err(NotAdmitted("bad_id"))
    row = epochs.running(session)
    if row is None or row.state != "open" or row.seed is None or row.committed_at is None:
        return Err(NotAdmitted("no_epoch"))
    if wish.redeemed_at <= row.committed_at:
        return Err(NotAdmitted("too_early"))
    drawn = draws.draw_both(bytes.fromhex(row.seed), wish.redemption_id, row.number_range)
    closest = closest_loss(session)
    entry = _append(session, row, wish, kind="roll", at=at, drawn=drawn)
    entry.session_id = session_id
    entry.new_record = not drawn.won and (closest is None or drawn.distance < closest)
    session.flush()
    return Ok(value_of(entry))


def take_back(session: Session, redemption_id: str, reason: str, at: Instant) -> None:
    """Void a roll: an entry of its own, at the end of the chain that holds the roll."""
    entry = decision(session, redemption_id)
    if entry is None or entry.kind != "roll" or entry.voided:
        return
    row = session.get_one(RaffleEpochRow, entry.epoch)
    entry.voided = True
    _append(session, row, Wish(redemption_id, viewer_of(entry), entry.redeemed_at), kind="void", at=at, reason=reason)
    session.flush()


def refuse(session: Session, row: RaffleEpochRow, wish: Wish, reason: str, at: Instant) -> None:
    """Note a redemption that is not rolled; one that was decided before keeps that. A bad id cannot stand there."""
    if chain.is_plain(wish.redemption_id) and decision(session, wish.redemption_id) is None:
        _append(session, row, wish, kind="refund", at=at, reason=reason)
        session.flush()


def closest_loss(session: Session) -> int | None:
    """The smallest distance of a losing roll that counts."""
    return session.scalar(select(func.min(RaffleEntryRow.distance)).where(*LOSSES))


def viewer_of(entry: RaffleEntryRow) -> Viewer:
    """Who it was, under the name of that time."""
    return Viewer(entry.viewer_id, entry.viewer_login, entry.viewer_name)


def value_of(entry: RaffleEntryRow) -> Roll:
    """A roll's row as a frozen value."""
    if entry.roll is None or entry.winning is None or entry.distance is None:
        raise AssertionError("this entry of the chain is no roll")
    return Roll(
        redemption_id=entry.redemption_id,
        viewer=viewer_of(entry),
        at=entry.at,
        session_id=entry.session_id,
        epoch=entry.epoch,
        roll=entry.roll,
        winning=entry.winning,
        distance=entry.distance,
        won=entry.won,
        new_record=entry.new_record,
        entry=entry.entry,
        chain=entry.chain,
    )


ROLLS = (RaffleEntryRow.kind == "roll", RaffleEntryRow.voided.is_(False))
LOSSES = (*ROLLS, RaffleEntryRow.won.is_(False))


def _again(known: RaffleEntryRow, wish: Wish) -> Result[Roll, NotAdmitted | IdempotencyConflict]:
    if (known.viewer_id, known.redeemed_at) != (wish.viewer.user_id, wish.redeemed_at):
        return Err(IdempotencyConflict(wish.redemption_id))
    if known.kind == "refund":
        return Err(NotAdmitted("refused"))
    return Err(NotAdmitted("taken_back")) if known.voided else Ok(value_of(known))


def _append(
    session: Session,
    row: RaffleEpochRow,
    wish: Wish,
    *,
    kind: chain.EntryKind,
    at: Instant,
    drawn: draws.Draws | None = None,
    reason: str | None = None,
) -> RaffleEntryRow:
    number = row.entries + 1
    link = chain.Link(
        epoch=row.number,
        entry=number,
        kind=kind,
        redemption_id=wish.redemption_id,
        viewer_id=wish.viewer.user_id,
        redeemed_at=wish.redeemed_at,
        winning=None if drawn is None else drawn.winning,
        roll=None if drawn is None else drawn.roll,
        reason=reason,
    )
    row.entries, row.head = number, chain.extend(row.head, link)
    entry = _entry(row, link, wish, at=at)
    if drawn is not None:
        entry.distance, entry.won = drawn.distance, drawn.won
    session.add(entry)
    return entry


def _entry(row: RaffleEpochRow, link: chain.Link, wish: Wish, *, at: Instant) -> RaffleEntryRow:
    return RaffleEntryRow(
        epoch=link.epoch,
        entry=link.entry,
        kind=link.kind,
        redemption_id=link.redemption_id,
        viewer_id=link.viewer_id,
        viewer_login=wish.viewer.login,
        viewer_name=wish.viewer.display_name,
        redeemed_at=link.redeemed_at,
        at=at,
        session_id=None,
        number_range=row.number_range,
        winning=link.winning,
        roll=link.roll,
        distance=None,
        won=False,
        new_record=False,
        voided=False,
        reason=link.reason,
        chain=row.head,
    )
