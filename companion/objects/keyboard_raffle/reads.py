"""Reading the raffle: leaderboards, one viewer, the newest rolls, and whole epochs 500 entries at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from companion.objects.keyboard_raffle.book import LOSSES, ROLLS, value_of
from companion.objects.keyboard_raffle.tables import RaffleEntryRow, RaffleEpochRow
from companion.objects.keyboard_raffle.verify import EntryRecord, EpochRecord
from companion.ports.raffle import EpochState, EpochView, LeaderboardRow, LeaderboardSort, Roll
from companion.ports.viewers import Viewer

AT_ONCE: Final = 500
RECENT: Final = 20
_STATES: Final[dict[str, EpochState]] = {
    "opening": "opening",
    "open": "open",
    "closed": "closed",
    "revealed": "revealed",
}


def leaderboard(session: Session, sort: LeaderboardSort, limit: int) -> Sequence[LeaderboardRow]:
    """Counted from the rolls that count; ties by user id."""
    rolls, wins, closest = _counts()
    order: dict[LeaderboardSort, tuple[ColumnElement[Any], ...]] = {
        "rolls": (rolls.desc(),),
        "wins": (wins.desc(),),
        "closest": (closest.is_(None), closest.asc()),
    }
    query = select(RaffleEntryRow.viewer_id, rolls, wins, closest).where(*ROLLS).group_by(RaffleEntryRow.viewer_id)
    found = session.execute(query.order_by(*order[sort], RaffleEntryRow.viewer_id).limit(limit)).all()
    names = _names(session, [row[0] for row in found])
    return [LeaderboardRow(names[viewer_id], count, won, near) for viewer_id, count, won, near in found]


def viewer(session: Session, user_id: str) -> LeaderboardRow | None:
    """One viewer's numbers; None for somebody who never rolled."""
    rolls, wins, closest = _counts()
    count, won, near = session.execute(
        select(rolls, wins, closest).where(*ROLLS, RaffleEntryRow.viewer_id == user_id)
    ).one()
    return LeaderboardRow(_names(session, [user_id])[user_id], count, won, near) if count else None


def recent(session: Session) -> tuple[Roll, ...]:
    """The newest rolls that count."""
    rows = select(RaffleEntryRow).where(*ROLLS).order_by(RaffleEntryRow.position.desc()).limit(RECENT)
    return tuple(value_of(row) for row in session.scalars(rows))


def record(session: Session) -> Roll | None:
    """The closest losing roll that counts; of several the first."""
    rows = select(RaffleEntryRow).where(*LOSSES).order_by(RaffleEntryRow.distance, RaffleEntryRow.position).limit(1)
    row = session.scalars(rows).one_or_none()
    return None if row is None else value_of(row)


def epoch_view(row: RaffleEpochRow) -> EpochView:
    """The row without its secret, until that is public."""
    return EpochView(
        number=row.number,
        state=_STATES[row.state],
        commitment=row.commitment,
        range=row.number_range,
        committed_at=row.committed_at,
        closed_at=row.closed_at,
        seed=row.seed if row.state == "revealed" else None,
        entries=row.entries,
    )


def epoch_record(row: RaffleEpochRow) -> EpochRecord:
    """The row as the verifier takes it."""
    return EpochRecord(**{name: getattr(row, name) for name in EpochRecord.__dataclass_fields__})


def epoch_numbers(session: Session) -> Sequence[int]:
    """Every epoch, oldest first."""
    return session.scalars(select(RaffleEpochRow.number).order_by(RaffleEpochRow.number)).all()


def entries(session: Session, epoch: int) -> Iterator[EntryRecord]:
    """An epoch's chain in order, fetched in pieces."""
    columns = [getattr(RaffleEntryRow, name) for name in EntryRecord.__dataclass_fields__]
    after = 0
    while True:
        query = select(RaffleEntryRow.position, *columns).where(
            RaffleEntryRow.epoch == epoch, RaffleEntryRow.position > after
        )
        found = session.execute(query.order_by(RaffleEntryRow.position).limit(AT_ONCE)).all()
        for position, *values in found:
            after = position
            yield EntryRecord(*values)
        if len(found) < AT_ONCE:
            return


def _counts() -> tuple[ColumnElement[int], ColumnElement[int], ColumnElement[int | None]]:
    won = RaffleEntryRow.won
    return (
        func.count(RaffleEntryRow.position),
        func.sum(case((won, 1), else_=0)),
        func.min(case((won, None), else_=RaffleEntryRow.distance)),
    )


def _names(session: Session, user_ids: Sequence[str]) -> dict[str, Viewer]:
    """Everybody under the name of their newest entry."""
    last = (
        select(func.max(RaffleEntryRow.position))
        .where(RaffleEntryRow.viewer_id.in_(user_ids))
        .group_by(RaffleEntryRow.viewer_id)
    )
    columns = select(RaffleEntryRow.viewer_id, RaffleEntryRow.viewer_login, RaffleEntryRow.viewer_name)
    rows = session.execute(columns.where(RaffleEntryRow.position.in_(last)))
    return {user_id: Viewer(user_id, login, name) for user_id, login, name in rows}
