"""Finding what was missed: redemptions that no notification told of, be it that they were made or that they settled."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal, Protocol, TypeAlias

from companion.kernel.backoff import Backoff
from companion.kernel.instant import Clock, Instant, seconds
from companion.kernel.result import Err, Result
from companion.kernel.tasks import TaskSupervisor
from companion.ports.failures import Forbidden, NotFound, ServiceError, retry_time
from companion.ports.rewards import Redemption, RewardsApi, RewardUse, Verdict
from companion.ports.timer import Timer
from companion.runtime.transactions import StorageFailure

Unknown: TypeAlias = Literal["passing", "lasting"] | Instant
"""Why not everything is known: a reason that passes, at the named instant where there is one, or one that lasts."""
AT_ONCE: Final = 50
"""Redemptions between two turns of the loop: thousands may have been missed."""
MOST_COMPARED: Final = 100
"""Redemptions of a reward whose status is asked for one by one, of the 800 calls a minute; the rest a little later."""
_RETRY: Final = Backoff(first=15.0, cap=600.0)


class MissedRedemptions(Protocol):
    """The inbox's side door."""

    def take_missed(self, redemptions: Sequence[Redemption], at: Instant) -> int:
        """How many of them were new."""
        ...


class Unsettled(Protocol):
    """What still hangs on redemptions, and has to follow when the dashboard settles one."""

    async def hanging(self) -> Mapping[str, str]:
        """Those redemptions, with their rewards. Raises `StorageFailure`."""
        ...

    async def tell(self, redemption_id: str, verdict: Verdict) -> Result[None, str]:
        """It stands at Twitch as settled."""
        ...


class CatchUp:
    """Asks Helix for every open redemption of our rewards: at start, after each gap, after a reward is found again.

    What hangs on a redemption that is not open any more is told how it was settled. The run's id is the redemption's,
    so that asking too often does no harm. What could not be asked or stored is asked again by itself: when the
    error says, else after 15 s first and 10 min at most.

    `reward_ids` are all of ours, the ones that were deleted included; `missing` is told of those that Twitch does not
    know. Deleting a reward fulfils its redemptions at Twitch, which can tell nothing of them any more: what hangs on
    one of a reward that `is_deleted` is told that it is fulfilled. `timer` is this object's own.
    """

    def __init__(
        self,
        *,
        api: RewardsApi,
        reward_ids: Callable[[], Mapping[str, RewardUse]],
        inbox: MissedRedemptions,
        unsettled: Unsettled,
        missing: Callable[[str], None],
        is_deleted: Callable[[str], bool],
        timer: Timer,
        supervisor: TaskSupervisor,
        clock: Clock,
        logger: logging.Logger,
    ) -> None:
        self._api = api
        self._reward_ids = reward_ids
        self._inbox = inbox
        self._unsettled = unsettled
        self._missing = missing
        self._is_deleted = is_deleted
        self._timer = timer
        self._supervisor = supervisor
        self._clock = clock
        self._logger = logger
        self._failures = 0
        self._recovered = 0

    async def run(self) -> int | None:
        """How many were recovered; None when not everything could be asked or stored: that is tried again by itself."""
        before = self._recovered
        hanging = await self._hanging()
        problems = [await self._ask(reward_id, hanging or {}) for reward_id in self._reward_ids()]
        if hanging is None:
            problems.append("passing")
        recovered = self._recovered - before
        if recovered:
            self._logger.info("%d redemptions were missed and are taken in now", recovered)
        self._plan([problem for problem in problems if problem is not None])
        return None if any(problems) else recovered

    def close(self) -> None:
        """Ask nothing more by itself."""
        self._timer.close()

    async def _hanging(self) -> Mapping[str, str] | None:
        """Asked for before anything is listed: what is redeemed from then on need not stand in the list."""
        try:
            return await self._unsettled.hanging()
        except StorageFailure:
            return None

    async def _ask(self, reward_id: str, hanging: Mapping[str, str]) -> Unknown | None:
        """About one reward: why not everything is known, None when it is."""
        listed = await self._api.list_unfulfilled(reward_id)
        try:
            if isinstance(listed, Err) and isinstance(listed.error, NotFound):
                self._missing(reward_id)
                return await self._fulfilled_with(reward_id, hanging)
            if isinstance(listed, Err):
                self._logger.info("open redemptions could not be listed: %s", type(listed.error).__name__)
                return _because_of(listed.error)
            for start in range(0, len(listed.value), AT_ONCE):
                some = listed.value[start : start + AT_ONCE]
                self._recovered += self._inbox.take_missed(some, self._clock.now())
                await asyncio.sleep(0)
            is_open = {each.id for each in listed.value}
            doubtful = [one for one, its_reward in hanging.items() if its_reward == reward_id and one not in is_open]
            return await self._compare(reward_id, doubtful)
        except StorageFailure:
            return "passing"

    async def _compare(self, reward_id: str, doubtful: Sequence[str]) -> Unknown | None:
        """Twitch does not hold these open any more, or only just began to: how do they stand?"""
        unknown = len(doubtful) > MOST_COMPARED
        for redemption_id in doubtful[:MOST_COMPARED]:
            asked = await self._api.get_redemption(reward_id, redemption_id)
            if isinstance(asked, Err):
                self._logger.info("a redemption could not be asked about: %s", type(asked.error).__name__)
                return _because_of(asked.error)
            if asked.value is not None and asked.value.status in ("fulfilled", "canceled"):
                told = await self._unsettled.tell(redemption_id, asked.value.status)
                unknown = unknown or isinstance(told, Err)
        return "passing" if unknown else None

    async def _fulfilled_with(self, reward_id: str, hanging: Mapping[str, str]) -> Literal["passing"] | None:
        if not self._is_deleted(reward_id):
            return None
        ours = [one for one, its_reward in hanging.items() if its_reward == reward_id]
        told = [await self._unsettled.tell(one, "fulfilled") for one in ours]
        return "passing" if any(isinstance(each, Err) for each in told) else None

    def _plan(self, problems: Sequence[Unknown]) -> None:
        named = [problem for problem in problems if isinstance(problem, Instant)]
        if named:
            now = self._clock.now()
            self._timer.arm((max(*named, now + seconds(1)) - now).total_seconds(), self._run_again)
        elif "passing" in problems:
            self._failures += 1
            self._timer.arm(_RETRY.delay(self._failures), self._run_again)
        else:
            self._failures = 0
            self._timer.disarm()

    def _run_again(self) -> None:
        self._supervisor.spawn(self.run(), name="ask again for missed redemptions")


def _because_of(error: ServiceError) -> Unknown:
    return "lasting" if isinstance(error, Forbidden) else retry_time(error) or "passing"
