"""Base types of every table: the declarative base and the text form of instants."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Dialect, MetaData, String
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from companion.kernel.instant import Instant, format_instant, parse_instant

INSTANT_WIDTH = len("2026-01-01T00:00:00.000000Z")


class Base(DeclarativeBase):
    """Every mapped class derives from this; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class MalformedStored(ValueError):
    """A stored value does not have its promised form: somebody else wrote it, or the file is damaged."""


class InstantText(TypeDecorator[datetime]):
    """An `Instant` as fixed-width ISO-8601 text, so that the order of texts is the order of times."""

    impl = String(INSTANT_WIDTH)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        return None if value is None else format_instant(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Instant | None:
        if value is None:
            return None
        try:
            return parse_instant(value)
        except (ValueError, TypeError) as error:
            raise MalformedStored(f"not an instant: {value!r:.40}") from error
