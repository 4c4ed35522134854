"""When runs go on by themselves: all at the start, and each that sleeps when its time has come.

There is one alarm for the earliest due instant of all. What else is due, and what was under way, the journal tells.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from sqlalchemy.orm import Session

from companion.kernel.instant import Instant
from companion.ports.transaction import Transaction
from companion.runtime.durable_object import DurableObject
from companion.runtime.saga import worklist
from companion.runtime.saga.protocol import MOST_PATIENCE
from companion.runtime.transactions import SqlTransaction, StorageFailure

DUE: Final = "due"
"""The alarm for `call_due`."""
START: Final = "start"
"""The alarm for `resume`, when what is to be called could not be read."""
STORAGE_REST = 60.0
"""Seconds until what met a database that cannot be read or written is tried again."""


class Call(Protocol):
    """Have a run gone on with. `roused`: its sleep is ended."""

    def __call__(self, run_id: str, *, roused: bool = False) -> None: ...


class DueRuns:
    """Calls runs. The alarms are `owner`'s, which hands them on; once `stopping` answers True no page more is read.

    `stuck(tx, kind, run_id)` is told of each run that needs the streamer, at the start.
    """

    def __init__(
        self,
        *,
        owner: DurableObject,
        call: Call,
        stuck: Callable[[SqlTransaction, str, str], None],
        stopping: Callable[[], bool],
        logger: logging.Logger,
    ) -> None:
        self._owner = owner
        self._transactions = owner.transactions
        self._call = call
        self._stuck = stuck
        self._stopping = stopping
        self._logger = logger

    async def resume(self) -> None:
        """Call what was under way or has come due, and set the alarm for the next.

        No retry sleeps longer than `MOST_PATIENCE`: the clock was set back since, and the time has come long ago.
        A run that waits for longer than that only looks once more.
        """
        now = self._owner.clock.now()
        try:
            with self._transactions.begin() as tx:
                self._set_due(tx, worklist.next_due(tx.session, now))
            await self._call_all(worklist.unfinished)
            await self._tell_stuck()
            await self._call_all(
                lambda session, after: worklist.due(session, after, now, patience=MOST_PATIENCE), roused=True
            )
        except StorageFailure as failure:
            self._logger.warning("runs are resumed later: %s", failure.detail)
            self._owner.remind(START, STORAGE_REST)

    async def call_due(self) -> None:
        """The alarm may also ring by the monotonic clock: then what it was set for is due, whatever the wall says."""
        now = self._owner.clock.now()
        horizon = max(now, self._owner.alarm_due(DUE) or now)
        try:
            with self._transactions.begin() as tx:
                # What rings now counts for nothing any more: runs that are called set the alarm anew between two pages.
                self._owner.cancel_alarm(tx, DUE)
                self._set_due(tx, worklist.next_due(tx.session, horizon))
            await self._call_all(lambda session, after: worklist.due(session, after, horizon), roused=True)
        except StorageFailure as failure:
            self._logger.warning("runs that are due are looked for later: %s", failure.detail)
            self._owner.remind(START, STORAGE_REST)

    def expect(self, tx: Transaction, wake_at: Instant | None) -> None:
        """A run has changed in `tx` and wants to go on at `wake_at`: keep the alarm no later than that."""
        if wake_at is not None:
            alarm = self._owner.alarm_due(DUE)
            if alarm is None or wake_at < alarm:
                self._owner.set_alarm(tx, DUE, wake_at)

    async def _tell_stuck(self) -> None:
        """What an older version has left standing: their domain may not know that these runs do not go on."""
        found: Sequence[worklist.Place] = (worklist.FRONT,)
        while found and not self._stopping():
            with self._transactions.begin() as tx:
                found = worklist.needing_you(tx.session, found[-1])
                for each in found:
                    self._stuck(tx, each.kind, each.run_id)
            await self._transactions.turn()

    async def _call_all(
        self, page: Callable[[Session, worklist.Place], Sequence[worklist.Place]], *, roused: bool = False
    ) -> None:
        """Page by page: tens of thousands at once would hold the loop for a second."""
        found: Sequence[worklist.Place] = (worklist.FRONT,)
        while found and not self._stopping():
            with self._transactions.begin() as tx:
                found = page(tx.session, found[-1])
            for each in found:
                self._call(each.run_id, roused=roused)
            await self._transactions.turn()

    def _set_due(self, tx: Transaction, at: Instant | None) -> None:
        if at is not None:
            self._owner.set_alarm(tx, DUE, at)
