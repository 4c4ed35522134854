"""Rows that cannot be understood: copied away for a person to look at, then removed from the way."""

from __future__ import annotations

import json
from typing import TypeVar

from sqlalchemy import String, delete, inspect, select, type_coerce
from sqlalchemy.orm import Session

from companion.kernel.instant import Instant
from companion.runtime.tables import SetAsideRow
from companion.storage.base import Base, MalformedStored

Row = TypeVar("Row", bound=Base)


def load_or_set_aside(session: Session, table: type[Row], key: str, at: Instant) -> tuple[Row | None, str | None]:
    """The row under `key`, or None with the reason when it was malformed and had to be set aside."""
    try:
        return session.get(table, key), None
    except (MalformedStored, LookupError) as error:
        session.expunge_all()
        mapper = inspect(table)
        (primary,) = mapper.primary_key
        columns = [type_coerce(column, String).label(column.key) for column in mapper.columns]
        raw = session.execute(select(*columns).where(primary == key)).mappings().one()
        session.add(
            SetAsideRow(
                source=f"{table.__tablename__}/{key}",
                content=json.dumps(dict(raw), default=str),
                reason=str(error),
                at=at,
            )
        )
        session.execute(delete(table).where(primary == key))
        return None, str(error)
