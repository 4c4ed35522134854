"""Hold everything and release, from window and tray."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from companion.application.explain_actions import explain_storage
from companion.application.messages import Message
from companion.kernel.result import Err, Ok, Result
from companion.ports.hold import HoldPort, HoldState

WINDOW: Final = "the window"


class HoldActions:
    """The one switch."""

    def __init__(self, *, hold: HoldPort, changed: Callable[[], None]) -> None:
        self._hold = hold
        self._changed = changed

    async def set(self, *, held: bool) -> Result[HoldState, Message]:
        """Hold or release."""
        done = await self._hold.set(held=held, by=WINDOW)
        self._changed()
        return done if isinstance(done, Ok) else Err(explain_storage(done.error))
