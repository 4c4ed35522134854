"""Identifiers: random ones from an injected source, and deterministic ones for things that must not double."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from random import SystemRandom
from typing import TypeAlias

IdSource: TypeAlias = Callable[[], str]
"""Gives a fresh identifier at every call."""

_NAMESPACE = uuid.UUID("5a0f5a52-94b1-4d0c-8a0e-6f2f7f2b8c11")


def random_ids() -> IdSource:
    """An `IdSource` of random UUID4 text fed by the operating system's randomness."""
    source = SystemRandom()
    return lambda: str(uuid.UUID(int=source.getrandbits(128), version=4))


def deterministic_id(*parts: str) -> str:
    """The same parts always give the same UUID5 text; different parts never share one.

    Used for sessions and events, so that a redelivery names the thing it already made.
    """
    return str(uuid.uuid5(_NAMESPACE, "\n".join(f"{len(part)}:{part}" for part in parts)))
