"""`Hold`: one switch that silences everything at once and outlives a restart."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from companion.kernel.result import Ok, Result
from companion.objects.hold.tables import SINGLETON, HoldRow
from companion.ports.failures import StorageFailed
from companion.ports.hold import HoldState
from companion.runtime.durable_object import DurableObject, Runtime, storage_to_result
from companion.runtime.set_aside import load_or_set_aside
from companion.runtime.transactions import StorageFailure, session_of

STORE_ALARM: Final = "store"
"""In memory only: the database could not be written."""
STORE_AFTER: Final = 30.0


class Hold(DurableObject):
    """Implements `ports.hold.HoldPort`."""

    name = "hold"

    def __init__(self, *, runtime: Runtime, logger: logging.Logger) -> None:
        super().__init__(runtime)
        self._logger = logger
        self._state = HoldState(held=False, since=None, by=None)
        self._stored = True
        self._listeners: list[Callable[[HoldState], None]] = []

    def load(self) -> str | None:
        """Read the stored state. The answer is why it had to be set aside, None if it was sound."""
        with self.transactions.begin() as tx:
            row, problem = load_or_set_aside(session_of(tx), HoldRow, SINGLETON, self.clock.now())
            if row is not None:
                self._state = HoldState(held=row.held, since=row.since, by=row.by)
        return problem

    def state(self) -> HoldState:
        """See `ports.hold`."""
        return self._state

    def listen(self, listener: Callable[[HoldState], None]) -> None:
        """See `ports.hold`."""
        self._listeners.append(listener)

    async def on_alarm(self, name: str) -> None:
        """What could not be stored before is tried again."""
        self._store()

    @storage_to_result
    async def set(self, *, held: bool, by: str) -> Result[HoldState, StorageFailed]:
        """See `ports.hold`. What cannot be stored holds all the same: silence is what was asked for.

        It is stored as soon as that works: by itself, or when the same is asked again.
        """
        if held != self._state.held:
            self._state = HoldState(held=held, since=self.clock.now(), by=by)
            self._stored = False
            self._logger.info("everything is %s by %s", "on hold, asked" if held else "released", by)
            for listener in self._listeners:
                listener(self._state)
        try:
            self._store()
        except StorageFailure:
            self.remind(STORE_ALARM, STORE_AFTER)
            raise
        return Ok(self._state)

    def _store(self) -> None:
        if self._stored:
            return
        state = self._state
        with self.transactions.begin() as tx:
            session_of(tx).merge(HoldRow(id=SINGLETON, held=state.held, since=state.since, by=state.by))
        self._stored = True
