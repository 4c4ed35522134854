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


def load_or_set_aside(
    session: Session, table: type[Row], key: str, at: Instant, reason: str | None = None
) -> tuple[Row | None, str | None]:
    """The row under `key`, or None with the reason when it is malformed and was set aside.

    With `reason`, the caller has found the row's content wrong: it is set aside unread.
    """
    if reason is None:
        try:
            row = session.get(table, key)
            if row is not None:
                _check_types(row)
        except (MalformedStored, LookupError) as error:
            reason = str(error)
        else:
            return row, None
    session.expunge_all()
    mapper = inspect(table)
    (primary,) = mapper.primary_key
    columns = [type_coerce(column, String).label(column.key) for column in mapper.columns]
    raw = session.execute(select(*columns).where(primary == key)).mappings().one()
    content = json.dumps(dict(raw), default=str)
    session.add(SetAsideRow(source=f"{table.__tablename__}/{key}", content=content, reason=reason, at=at))
    session.execute(delete(table).where(primary == key))
    return None, reason


def _check_types(row: Base) -> None:
    """SQLite stores any type in any column: a text where a number belongs would only break its first user."""
    for column in inspect(type(row)).columns:
        value = getattr(row, column.key)
        expected = column.type.python_type
        if not (isinstance(value, expected) or (value is None and column.nullable)):
            raise MalformedStored(f"{column.key} is not {expected.__name__}")
