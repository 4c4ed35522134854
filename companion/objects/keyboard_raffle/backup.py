"""Copies of the database without the one secret it holds: seeds that are not public yet."""

from __future__ import annotations

from sqlalchemy import inspect, update
from sqlalchemy.orm import Session

from companion.objects.keyboard_raffle.tables import RaffleEpochRow


def forget_secret_seeds(session: Session) -> None:
    """Blank every seed that is not revealed. For copies alone; a copy older than the raffle is fine.

    An epoch restored from such a copy cannot go on: `KeyboardRaffle.load` closes it and says that it cannot be checked.
    """
    if inspect(session.get_bind()).has_table(RaffleEpochRow.__tablename__):
        session.execute(update(RaffleEpochRow).where(RaffleEpochRow.state != "revealed").values(seed=None))
