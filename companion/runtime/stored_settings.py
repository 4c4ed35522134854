"""Settings of durable objects: one row per object, JSON with a version, read back through its own type."""

from __future__ import annotations

import json
import logging
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import String
from sqlalchemy.orm import Mapped, Session, mapped_column

from companion.kernel.instant import Instant
from companion.runtime.tables import SetAsideRow
from companion.storage.base import Base

S = TypeVar("S")
_log = logging.getLogger("companion.settings")


class ObjectSettingsRow(Base):
    """The settings of one durable object."""

    __tablename__ = "object_settings"

    name: Mapped[str] = mapped_column(String, primary_key=True)
    version: Mapped[int]
    content: Mapped[str] = mapped_column(String)


_adapters: dict[object, TypeAdapter[Any]] = {}
"""One for each kind of settings, of which there is a handful: it takes a millisecond to make one."""


def _adapter(kind: type[S]) -> TypeAdapter[S]:
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


def read_settings(session: Session, name: str, kind: type[S], default: S, at: Instant) -> S:
    """What is stored under `name`; `default` when nothing is, or when it is malformed (then it is set aside)."""
    row = session.get(ObjectSettingsRow, name)
    if row is None:
        return default
    try:
        return _adapter(kind).validate_json(row.content)
    except ValidationError as error:
        reason = "; ".join(
            f"{'.'.join(map(str, e['loc']))}: {e['type']}" for e in error.errors(include_input=False)[:5]
        )
        _log.error("the settings of %s could not be read and were set aside: %s", name, reason)
        session.add(
            SetAsideRow(source=f"object_settings/{name}", content=json.dumps(row.content), reason=reason, at=at)
        )
        session.delete(row)
        return default


def write_settings(session: Session, name: str, kind: type[S], value: S) -> None:
    """Replace what is stored under `name`."""
    content = _adapter(kind).dump_json(value).decode()
    session.merge(ObjectSettingsRow(name=name, version=1, content=content))
