"""What every durable object has: its name, its transactions and alarms, and a lock for read-await-write."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, ClassVar, ParamSpec, TypeVar

from companion.kernel.instant import Clock, Instant
from companion.kernel.result import Err, Result
from companion.ports.failures import StorageFailed
from companion.ports.transaction import Transaction
from companion.runtime.alarms import Alarms
from companion.runtime.event_bus import EventBus
from companion.runtime.transactions import StorageFailure, Transactions

P = ParamSpec("P")
T = TypeVar("T")
E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class Runtime:
    """What the runtime lends to each object."""

    transactions: Transactions
    alarms: Alarms
    bus: EventBus
    clock: Clock


class DurableObject:
    """A singleton that owns its state, tables, alarms and lock, and survives being killed at any line.

    Created once by the composition root; spoken to through typed methods only.
    """

    name: ClassVar[str]

    def __init__(self, runtime: Runtime) -> None:
        self.transactions = runtime.transactions
        self.bus = runtime.bus
        self.clock = runtime.clock
        self.gate = asyncio.Lock()
        """Held only around read-await-write; a plain transaction needs no lock."""
        self._alarms = runtime.alarms
        runtime.alarms.register(self.name, self.on_alarm)

    async def on_alarm(self, name: str) -> None:
        """An alarm of this object has come due. Runs at least once per alarm; must bear a repetition."""
        raise AssertionError(f"{self.name} sets no alarms, yet {name} fired")

    def set_alarm(self, tx: Transaction, name: str, due: Instant) -> None:
        """Set or move one of this object's alarms, as part of `tx`."""
        self._alarms.set(tx, self.name, name, due)

    def remind(self, name: str, after: float) -> None:
        """Set an alarm in `after` seconds that lives in memory only, for a database that cannot be written."""
        self._alarms.remind(self.name, name, after)

    def cancel_alarm(self, tx: Transaction, name: str) -> None:
        """Cancel one of this object's alarms, as part of `tx`."""
        self._alarms.cancel(tx, self.name, name)

    def alarm_due(self, name: str) -> Instant | None:
        """When an alarm of this object is due."""
        return self._alarms.due(self.name, name)


def storage_to_result(
    method: Callable[P, Coroutine[Any, Any, Result[T, E]]],
) -> Callable[P, Coroutine[Any, Any, Result[T, E | StorageFailed]]]:
    """For public methods: a storage failure leaves them as `Err(StorageFailed)`, not as an exception."""

    @functools.wraps(method)
    async def guarded(*args: P.args, **kwargs: P.kwargs) -> Result[T, E | StorageFailed]:
        try:
            return await method(*args, **kwargs)
        except StorageFailure as failure:
            return Err(StorageFailed(failure.detail))

    return guarded
