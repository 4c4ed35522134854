"""Who owns the alarms of these tests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select

from companion.runtime.tables import AlarmRow
from companion.runtime.transactions import session_of
from tests.fakes.clock import START
from tests.fakes.runtime import Rig


class Owner:
    """Remembers when its alarms fired; `act` is what it does then."""

    def __init__(self, rig: Rig, name: str = "owner") -> None:
        self.rig = rig
        self.name = name
        self.fired: list[tuple[str, float]] = []
        self.act: Callable[[str], object] | None = None
        self.gate: asyncio.Event | None = None
        rig.alarms.register(name, self.on_alarm)

    async def on_alarm(self, name: str) -> None:
        self.fired.append((name, (self.rig.clock.now() - START).total_seconds()))
        if self.gate is not None:
            await self.gate.wait()
        if self.act is not None:
            self.act(name)

    def set(self, after: float | timedelta, name: str = "a") -> None:
        span = after if isinstance(after, timedelta) else timedelta(seconds=after)
        with self.rig.transactions.begin() as tx:
            self.rig.alarms.set(tx, self.name, name, self.rig.runtime.clock.now() + span)

    def cancel(self, name: str = "a") -> None:
        with self.rig.transactions.begin() as tx:
            self.rig.alarms.cancel(tx, self.name, name)

    @property
    def times(self) -> list[float]:
        return [at for _, at in self.fired]


def on_disk(rig: Rig) -> list[str]:
    with rig.transactions.begin() as tx:
        return sorted(session_of(tx).scalars(select(AlarmRow.name)))
