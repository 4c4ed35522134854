"""Raids: the official shout-out's limits, and what the streamer wants of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, TypeAlias

from companion.kernel.instant import Instant
from companion.kernel.result import Result
from companion.ports.failures import StorageFailed
from companion.ports.transaction import Transaction

BETWEEN_SHOUTOUTS = timedelta(minutes=2)
SAME_CHANNEL = timedelta(minutes=60)
"""Twitch's limits (dev.twitch.tv/docs/api/reference, Send a Shoutout)."""


@dataclass(frozen=True, slots=True)
class RaidSettings:
    """`minimum` raiders for a thank-you; `shout_out` also gives the official shout-out while live."""

    minimum: int = 1
    shout_out: bool = True


@dataclass(frozen=True, slots=True)
class ShoutNow:
    """It is this channel's turn, noted already."""


@dataclass(frozen=True, slots=True)
class ShoutLater:
    """Not before `at`."""

    at: Instant


@dataclass(frozen=True, slots=True)
class ShoutNever:
    """Not this time; `why` in words."""

    why: str


ShoutPlan: TypeAlias = ShoutNow | ShoutLater | ShoutNever


@dataclass(frozen=True, slots=True)
class BadRaidSettings:
    """`detail` says which value cannot be."""

    detail: str


class RaidsPort(Protocol):
    """The raids object."""

    def get_settings(self) -> RaidSettings:
        """The settings in force."""
        ...

    async def set_settings(self, settings: RaidSettings) -> Result[RaidSettings, BadRaidSettings | StorageFailed]:
        """Replace them; `minimum` from 1."""
        ...

    def plan_in(self, tx: Transaction, run_id: str, channel_id: str, *, arrived_at: Instant) -> ShoutPlan:
        """Whether the shout-out of this run may be given now. `ShoutNow` takes the turn; asked again it stays so."""
        ...

    async def give_back(self, run_id: str) -> Result[None, StorageFailed]:
        """Twitch refused the shout-out for certain: its turn counts for nobody, neither now nor for this channel."""
        ...
