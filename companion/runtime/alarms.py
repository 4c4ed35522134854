"""Alarms: due instants on disk, one timer in memory.

An alarm survives a kill: its row goes only after its handler has returned. It fires when the wall clock
has reached its due instant *or* when the time it was set for has passed on the monotonic clock, so neither
sleep nor a clock set forwards or backwards makes it late. The timer is armed for at most `TICK`, which
also keeps it far from Qt's limit of 24.8 days and shows sleep and clock jumps as they happen.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import String, delete, select, type_coerce

from companion.kernel.instant import Clock, Instant, parse_instant, seconds
from companion.kernel.tasks import TaskSupervisor
from companion.ports.timer import Timer
from companion.ports.transaction import Transaction
from companion.runtime.tables import AlarmRow
from companion.runtime.transactions import StorageFailure, Transactions, session_of

TICK = 30.0
"""Seconds between two looks at the clocks when nothing is due."""
JUMP = 10.0
"""Seconds of disagreement between expected and actual wall time that count as sleep or a clock jump."""
AFTER_CRASH = 60.0
"""Seconds until an alarm whose handler failed through a bug is tried again."""

AlarmHandler: TypeAlias = Callable[[str], Awaitable[None]]
_Key: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Pending:
    due: Instant
    monotonic_due: float


@dataclass(frozen=True, slots=True)
class _Armed:
    """Both clocks at the last look, and how long the timer was to wait."""

    wall: Instant
    monotonic: float
    delay: float


class Alarms:
    """Sets, cancels and fires the alarms of all durable objects."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        timer: Timer,
        clock: Clock,
        supervisor: TaskSupervisor,
        logger: logging.Logger,
    ) -> None:
        self._transactions = transactions
        self._timer = timer
        self._clock = clock
        self._supervisor = supervisor
        self._logger = logger
        self._handlers: dict[str, AlarmHandler] = {}
        self._pending: dict[_Key, _Pending] = {}
        self._running: set[_Key] = set()
        self._jump_listeners: list[Callable[[float], None]] = []
        self._silent = True
        self._armed: _Armed | None = None

    def register(self, owner: str, handler: AlarmHandler) -> None:
        """`handler(name)` is called for each alarm of `owner` that comes due; at least once per alarm."""
        self._handlers[owner] = handler

    def on_jump(self, listener: Callable[[float], None]) -> None:
        """Be told when the machine slept or its clock was set; the argument is the surprise in seconds."""
        self._jump_listeners.append(listener)

    def set(self, tx: Transaction, owner: str, name: str, due: Instant) -> None:
        """Set or move the alarm, as part of `tx`. A due instant in the past fires at once."""
        session_of(tx).merge(AlarmRow(owner=owner, name=name, due=due))
        tx.after_commit(lambda: self._took((owner, name), due))

    def cancel(self, tx: Transaction, owner: str, name: str) -> None:
        """Remove the alarm, as part of `tx`; none is fine."""
        session_of(tx).execute(delete(AlarmRow).where(AlarmRow.owner == owner, AlarmRow.name == name))
        tx.after_commit(lambda: self._dropped((owner, name)))

    def remind(self, owner: str, name: str, after: float) -> None:
        """Fire once in `after` seconds, without a row: for a database that cannot be written just now."""
        self._took((owner, name), self._clock.now() + seconds(after))

    def due(self, owner: str, name: str) -> Instant | None:
        """When the alarm is due, None when there is none."""
        pending = self._pending.get((owner, name))
        return None if pending is None else pending.due

    def start(self) -> None:
        """Read the alarms from disk and begin to fire. Handlers must be registered before."""
        with self._transactions.begin() as tx:
            rows = session_of(tx).execute(select(AlarmRow.owner, AlarmRow.name, type_coerce(AlarmRow.due, String)))
            stored = [(owner, name, str(due)) for owner, name, due in rows]
        for owner, name, due in stored:
            self._remember((owner, name), self._read(owner, name, due))
        self._silent = False
        self._arm()

    def disarm(self) -> None:
        """Fall silent for good, the first act of a stop. Rows stay on disk for the next start."""
        self._silent = True
        self._timer.close()

    def _read(self, owner: str, name: str, due: str) -> Instant:
        try:
            return parse_instant(due)
        except ValueError:
            # Rather early than never: what hangs on an alarm must not be left undone.
            self._logger.error("the stored time of the alarm %s of %s is none: it fires now", name, owner)
            return self._clock.now()

    def _took(self, key: _Key, due: Instant) -> None:
        self._remember(key, due)
        self._arm()

    def _dropped(self, key: _Key) -> None:
        self._pending.pop(key, None)
        self._arm()

    def _remember(self, key: _Key, due: Instant) -> None:
        wait = (due - self._clock.now()).total_seconds()
        self._pending[key] = _Pending(due, self._clock.monotonic() + max(wait, 0.0))

    def _wait_for(self, pending: _Pending) -> float:
        by_wall = (pending.due - self._clock.now()).total_seconds()
        return min(by_wall, pending.monotonic_due - self._clock.monotonic())

    def _arm(self) -> None:
        if self._silent:
            return
        surprise = self._surprise()
        idle = [pending for key, pending in self._pending.items() if key not in self._running]
        delay = max(0.0, min([TICK, *(self._wait_for(pending) for pending in idle)]))
        self._armed = _Armed(self._clock.now(), self._clock.monotonic(), delay)
        self._timer.arm(delay, self._tick)
        if abs(surprise) > JUMP:
            self._tell_jump(surprise)

    def _tick(self) -> None:
        if self._silent:
            return
        try:
            for key, pending in list(self._pending.items()):
                if key not in self._running and self._wait_for(pending) <= 0:
                    self._fire(key, pending)
        finally:
            self._arm()

    def _surprise(self) -> float:
        """Seconds of wall time since the last look that neither the monotonic clock nor the timer explains.

        Looked at whenever the timer is armed, not only when it runs out: after a sleep anything may set an
        alarm first. While the machine sleeps the monotonic clock stands still on some systems, on others not.
        """
        if self._armed is None:
            return 0.0
        passed = (self._clock.now() - self._armed.wall).total_seconds()
        against_monotonic = passed - (self._clock.monotonic() - self._armed.monotonic)
        late = passed - self._armed.delay
        return against_monotonic if abs(against_monotonic) > JUMP else max(late, 0.0)

    def _tell_jump(self, surprise: float) -> None:
        self._logger.info("the clock moved by %.0f s more than expected: sleep, or it was set", surprise)
        for listener in self._jump_listeners:
            listener(surprise)

    def _fire(self, key: _Key, pending: _Pending) -> None:
        handler = self._handlers.get(key[0])
        if handler is None:
            self._logger.warning("no handler for the alarm %s of %s; it stays on disk", key[1], key[0])
            del self._pending[key]
            return
        self._running.add(key)
        if self._supervisor.spawn(self._handle(key, pending, handler), name=f"alarm {key[0]}/{key[1]}") is None:
            self._running.discard(key)

    async def _handle(self, key: _Key, fired: _Pending, handler: AlarmHandler) -> None:
        finished = False
        try:
            await handler(key[1])
            finished = True
        except StorageFailure as failure:
            self._logger.warning("the alarm %s of %s is tried again later: %s", key[1], key[0], failure.detail)
        finally:
            self._running.discard(key)
            self._settle(key, fired, finished=finished)

    def _settle(self, key: _Key, fired: _Pending, *, finished: bool) -> None:
        """Remove the row unless the handler set the alarm anew; after a failure, try again later."""
        if self._silent and not finished:
            return
        # Identity, not equality: a handler may set the alarm anew for the very same instant.
        if self._pending.get(key) is fired:
            try:
                with self._transactions.begin() as tx:
                    if finished:
                        self.cancel(tx, *key)
                    else:
                        self.set(tx, *key, self._clock.now() + seconds(AFTER_CRASH))
            except StorageFailure:
                # The row stays as it is; in memory the alarm waits, so a full disk does not make it spin.
                self._remember(key, self._clock.now() + seconds(AFTER_CRASH))
        self._arm()
