"""Finding what was missed: redemptions that Twitch still holds open and that no notification told of."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

from companion.kernel.instant import Clock, Instant
from companion.kernel.result import Err
from companion.ports.failures import NotFound
from companion.ports.rewards import Redemption, RewardsApi, RewardUse

AT_ONCE: Final = 50
"""Redemptions between two turns of the loop: thousands may have been missed."""


class MissedRedemptions(Protocol):
    """The inbox's side door."""

    def take_missed(self, redemptions: Sequence[Redemption], at: Instant) -> int:
        """How many of them were new."""
        ...


class CatchUp:
    """Asks Helix for every open redemption of our rewards: at start, after each gap, after a reward is found again.

    The run's id is the redemption's, so that asking too often does no harm. `reward_ids` are all of ours, the ones
    that were deleted included.
    """

    def __init__(
        self,
        *,
        api: RewardsApi,
        reward_ids: Callable[[], Mapping[str, RewardUse]],
        inbox: MissedRedemptions,
        clock: Clock,
        logger: logging.Logger,
    ) -> None:
        self._api = api
        self._reward_ids = reward_ids
        self._inbox = inbox
        self._clock = clock
        self._logger = logger

    async def run(self) -> int | None:
        """How many were recovered; None when Twitch could not be asked (the next gap or start asks again)."""
        recovered = 0
        complete = True
        for reward_id in self._reward_ids():
            listed = await self._api.list_unfulfilled(reward_id)
            if isinstance(listed, Err):
                if not isinstance(listed.error, NotFound):  # of a deleted reward nothing is open any more
                    complete = False
                    self._logger.info("open redemptions could not be listed: %s", type(listed.error).__name__)
                continue
            for start in range(0, len(listed.value), AT_ONCE):
                recovered += self._inbox.take_missed(listed.value[start : start + AT_ONCE], self._clock.now())
                await asyncio.sleep(0)
        if recovered:
            self._logger.info("%d redemptions were missed and are taken in now", recovered)
        return recovered if complete else None
