"""Hold everything: one switch that silences Companion at once and loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from companion.kernel.instant import Instant
from companion.kernel.result import Result
from companion.ports.failures import StorageFailed


@dataclass(frozen=True, slots=True)
class HoldState:
    """Whether everything is on hold, since when, and who asked (a name, or "the window")."""

    held: bool
    since: Instant | None
    by: str | None


class HoldPort(Protocol):
    """The switch. It survives a restart."""

    def state(self) -> HoldState:
        """The present state."""
        ...

    async def set(self, *, held: bool, by: str) -> Result[HoldState, StorageFailed]:
        """Hold or release; the same again does nothing."""
        ...

    def listen(self, listener: Callable[[HoldState], None]) -> None:
        """Be told of every change, on the loop's thread."""
        ...
