"""`Raids`: gives out the turns of the official shout-out, which Twitch limits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from sqlalchemy import delete, func, select

from companion.kernel.instant import Instant
from companion.kernel.result import Err, Ok, Result
from companion.objects.raids.tables import ShoutoutRow
from companion.ports.failures import StorageFailed
from companion.ports.raids import (
    BETWEEN_SHOUTOUTS,
    SAME_CHANNEL,
    BadRaidSettings,
    RaidSettings,
    ShoutLater,
    ShoutNever,
    ShoutNow,
    ShoutPlan,
)
from companion.ports.transaction import Transaction
from companion.runtime.durable_object import DurableObject, Runtime, storage_to_result
from companion.runtime.stored_settings import read_settings, write_settings
from companion.runtime.transactions import session_of

LONGEST_WAIT: Final = timedelta(minutes=20)
"""A shout-out that comes later than this after the raid thanks nobody any more."""
_SLACK: Final = timedelta(seconds=2)
"""Twitch counts by its own clock."""


class Raids(DurableObject):
    """Implements `ports.raids.RaidsPort`. `is_live`: Twitch refuses shout-outs of a channel that is not."""

    name = "raids"

    def __init__(self, *, runtime: Runtime, is_live: Callable[[], bool]) -> None:
        super().__init__(runtime)
        self._is_live = is_live
        self._settings = RaidSettings()

    def load(self) -> None:
        """Read the stored settings."""
        with self.transactions.begin() as tx:
            session, now = session_of(tx), self.clock.now()
            self._settings = read_settings(session, self.name, RaidSettings, RaidSettings(), now)

    def get_settings(self) -> RaidSettings:
        """See `ports.raids`."""
        return self._settings

    @storage_to_result
    async def set_settings(self, settings: RaidSettings) -> Result[RaidSettings, BadRaidSettings | StorageFailed]:
        """See `ports.raids`."""
        if not 1 <= settings.minimum <= 1_000_000:
            return Err(BadRaidSettings("the smallest raid must be 1 to 1,000,000"))
        with self.transactions.begin() as tx:
            write_settings(session_of(tx), self.name, RaidSettings, settings)
        self._settings = settings
        return Ok(settings)

    def plan_in(self, tx: Transaction, run_id: str, channel_id: str, *, arrived_at: Instant) -> ShoutPlan:
        """See `ports.raids`."""
        session, now = session_of(tx), self.clock.now()
        if session.get(ShoutoutRow, run_id) is not None:
            return ShoutNow()
        if not self._settings.shout_out:
            return ShoutNever("shout-outs are switched off")
        if not self._is_live():
            return ShoutNever("the stream is not live")
        same = session.scalar(select(func.max(ShoutoutRow.at)).where(ShoutoutRow.channel_id == channel_id))
        if same is not None and now < same + SAME_CHANNEL:
            return ShoutNever("this channel had a shout-out within the hour")
        last = session.scalar(select(func.max(ShoutoutRow.at)))
        if last is not None and now < last + BETWEEN_SHOUTOUTS + _SLACK:
            if last + BETWEEN_SHOUTOUTS > arrived_at + LONGEST_WAIT:
                return ShoutNever("its turn would come too late")
            return ShoutLater(last + BETWEEN_SHOUTOUTS + _SLACK)
        session.add(ShoutoutRow(run_id=run_id, channel_id=channel_id, at=now))
        return ShoutNow()

    @storage_to_result
    async def give_back(self, run_id: str) -> Result[None, StorageFailed]:
        """See `ports.raids`."""
        with self.transactions.begin() as tx:
            session_of(tx).execute(delete(ShoutoutRow).where(ShoutoutRow.run_id == run_id))
        return Ok(None)
