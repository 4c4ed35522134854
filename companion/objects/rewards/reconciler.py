"""Bringing Twitch's rewards in line with what ours shall be."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

from companion.kernel.result import Err, Ok, Result
from companion.objects.rewards import rules
from companion.objects.rewards.managed import SAME_TITLE, Managed, trouble_of
from companion.objects.rewards.shelf import USES, Shelf
from companion.ports.failures import NotFound, ServiceError
from companion.ports.rewards import Reward, RewardsApi


class Reconciler:
    """Finds, makes and changes rewards at Twitch, and keeps on the shelf what came of it.

    `shall_pause` and `stopping` are asked anew for each reward, since both may change while Twitch is asked.
    `stopping`: Companion is on its way out, so that nothing is made any more. `on_skipping` is told the title of a
    reward whose redemptions Twitch had fulfilled by itself, once that is ended.
    """

    def __init__(
        self,
        *,
        shelf: Shelf,
        api: RewardsApi,
        shall_pause: Callable[[Managed], bool],
        stopping: Callable[[], bool],
        on_skipping: Callable[[str], None],
        logger: logging.Logger,
    ) -> None:
        self._shelf = shelf
        self._api = api
        self._shall_pause = shall_pause
        self._stopping = stopping
        self._on_skipping = on_skipping
        self._logger = logger

    async def bring_in_line(self) -> Result[None, ServiceError]:
        """All of them, one at a time. Must not run twice at once; raises `StorageFailure`.

        One that fails does not keep the others from their turn; the last failure is answered. A reward that was
        deleted in the dashboard is no failure: it is kept as such, and switched off.
        """
        self._shelf.follow_channel()
        listed = await self._api.list_rewards()
        if isinstance(listed, Err):
            return listed
        by_id = {reward.id: reward for reward in listed.value}
        trouble: Result[None, ServiceError] = Ok(None)
        for use in USES:
            each = self._parted(self._shelf[use])
            if each.reward_id is not None and each.reward_id not in by_id:
                self._keep_deleted(each)
                continue
            found = by_id.get(each.reward_id or "") or self._lost(each, listed.value)
            if found is None and (self._stopping() or not each.switched_on):
                continue  # what is not there need not be paused for the stop
            if found is None and self._title_taken(each):
                self._shelf.keep(replace(each, trouble=SAME_TITLE))
                continue
            changed = await self._settle_one(each, found)
            if isinstance(changed, Err):
                trouble = changed
        return trouble

    def _parted(self, each: Managed) -> Managed:
        """One reward serves one use. Where an earlier Companion gave it to both, the first in `USES` keeps it."""
        first = next(one.use for one in self._shelf if one.reward_id == each.reward_id)
        if each.reward_id is None or first == each.use:
            return each
        alone = replace(each, reward_id=None, reward=None)
        self._shelf.keep(alone)
        return alone

    def _lost(self, each: Managed, listed: Sequence[Reward]) -> Reward | None:
        """The one at Twitch whose id was lost here, known by its title."""
        taken = {one.reward_id for one in self._shelf.others(each.use)}
        alike = (one for one in listed if rules.same_title(one.title, each.spec.title))
        return next((one for one in alike if one.id not in taken), None)

    def _title_taken(self, each: Managed) -> bool:
        return any(rules.same_title(one.spec.title, each.spec.title) for one in self._shelf.others(each.use))

    async def _settle_one(self, each: Managed, found: Reward | None) -> Result[None, ServiceError]:
        made = await self._make(each, found)
        if isinstance(made, Err):
            if isinstance(made.error, NotFound):
                self._keep_deleted(each)
                return Ok(None)
            self._shelf.keep(replace(each, trouble=trouble_of(made.error)))
            return made
        reward = made.value
        self._shelf.keep(replace(each, reward_id=reward.id, reward=reward, trouble=None))
        return Ok(None)

    async def _make(self, each: Managed, found: Reward | None) -> Result[Reward, ServiceError]:
        reward = found
        if reward is None:
            self._logger.info("the reward for %s is made", each.use)
            created = await self._api.create_reward(each.spec)
            if isinstance(created, Err):
                return created
            reward = created.value
        paused = self._shall_pause(each)
        spec = each.spec if rules.differs(reward, each.spec) else None
        if spec is None and reward.is_paused == paused:
            return Ok(reward)
        told = await self._api.update_reward(reward.id, spec, paused=None if reward.is_paused == paused else paused)
        if reward.skips_queue and isinstance(told, Ok):
            self._on_skipping(reward.title)
        return told

    def _keep_deleted(self, each: Managed) -> None:
        self._logger.warning("the reward for %s was deleted in the dashboard", each.use)
        self._shelf.keep(each.deleted())
