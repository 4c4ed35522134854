"""Our values as JSON. Secrets become their mask, whatever they are wrapped in."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import TypeAlias, Union

from companion.kernel.instant import format_instant
from companion.kernel.redacted import MASK, Redacted
from companion.ports.vault import VaultError

Json: TypeAlias = Union[bool, int, float, str, "list[Json]", "dict[str, Json]", None]


def to_json(value: object) -> Json:
    """Dataclasses become objects, instants fixed-width text, spans seconds, sets sorted lists.

    What is wrong with the keyring has its name in `error`: some of these have no field to be told apart by. Raises
    `TypeError` for anything else: a value that was never meant to leave.
    """
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Redacted():
            return MASK
        case datetime():
            return format_instant(value)
        case timedelta():
            return value.total_seconds()
        case Mapping():
            return {str(key): to_json(each) for key, each in value.items()}
        case AbstractSet():
            return sorted((to_json(each) for each in value), key=str)
        case Sequence():
            return [to_json(each) for each in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: to_json(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return {"error": type(value).__name__, **fields} if isinstance(value, VaultError) else fields
    raise TypeError(f"{type(value).__name__} has no form outside")
