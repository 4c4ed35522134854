"""The raids object, as settings alone."""

from __future__ import annotations

from typing import Any, TypeAlias

from companion.kernel.instant import Instant
from companion.kernel.result import Err, Ok, Result
from companion.ports.raids import BadRaidSettings, RaidSettings, ShoutPlan
from companion.ports.transaction import Transaction

Refusal: TypeAlias = Any
"""Some member of the method's error union."""


class FakeRaids:
    """`RaidsPort`: refuses when `error` is set; `asked` lists what was changed."""

    def __init__(self, asked: list[tuple[str, ...]] | None = None) -> None:
        self.asked: list[tuple[str, ...]] = [] if asked is None else asked
        self.error: Refusal = None
        self.settings = RaidSettings()

    def get_settings(self) -> RaidSettings:
        return self.settings

    async def set_settings(self, settings: RaidSettings) -> Result[RaidSettings, Refusal]:
        self.asked.append(("set_raids", str(settings.minimum), str(settings.shout_out)))
        if self.error is not None:
            return Err(self.error)
        if settings.minimum < 1:
            return Err(BadRaidSettings("the smallest raid must be 1 to 1,000,000"))
        self.settings = settings
        return Ok(settings)

    def plan_in(self, tx: Transaction, run_id: str, channel_id: str, *, arrived_at: Instant) -> ShoutPlan:
        raise AssertionError("only the raid's saga asks for this")

    async def give_back(self, run_id: str) -> Result[None, Refusal]:
        raise AssertionError("only the raid's saga asks for this")
