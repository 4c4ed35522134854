"""`Rewards`: creates, finds, changes, pauses and resumes the channel-point rewards that Companion answers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from companion.kernel.backoff import Backoff
from companion.kernel.instant import seconds
from companion.kernel.result import Err, Ok, Result
from companion.objects.rewards import rules
from companion.objects.rewards.managed import (
    DELETED,
    ELSEWHERE,
    SAME_TITLE,
    Channel,
    Managed,
    managed_of,
    row_of,
    trouble_of,
)
from companion.objects.rewards.rules import Conditions
from companion.objects.rewards.tables import RewardRow
from companion.ports.failures import Forbidden, NotFound, ServiceError, StorageFailed
from companion.ports.rewards import (
    BadSpec,
    ManagedReward,
    Reward,
    RewardsApi,
    RewardSettings,
    RewardSpec,
    RewardsView,
    RewardUse,
)
from companion.runtime.durable_object import DurableObject, Runtime, storage_to_result
from companion.runtime.stored_settings import read_settings, write_settings
from companion.runtime.transactions import StorageFailure, session_of

USES: Final[tuple[RewardUse, ...]] = ("song_request", "raffle")
RETRY_ALARM = "synchronise"
_RETRY: Final = Backoff(first=15.0, cap=600.0)
_SKIPPING_AGAIN: Final = 300.0
"""Seconds. Redemptions on their way come fulfilled for a while after it was ended: no reason to ask each time."""
_CHANNEL: Final = "rewards_channel"


class Rewards(DurableObject):
    """Implements `ports.rewards.RewardsPort`.

    `unavailable` says why the channel has no channel points for us (not affiliate, permission missing), None when
    it has; `channel_id` says whose channel it is. Twitch is asked one thing at a time; what fails for a passing reason
    is tried again with backoff. `on_skipping` is told the title of a reward whose redemptions Twitch had fulfilled by
    itself, once that is ended.
    """

    name = "rewards"

    def __init__(
        self,
        *,
        runtime: Runtime,
        api: RewardsApi,
        unavailable: Callable[[], str | None],
        logger: logging.Logger,
        on_change: Callable[[], None],
        channel_id: Callable[[], str | None] = lambda: None,
        on_skipping: Callable[[str], None] = lambda _: None,
    ) -> None:
        super().__init__(runtime)
        self._on_skipping = on_skipping
        self._looked_at_skipping: float | None = None
        self._channel_id = channel_id
        self._channel = Channel()
        self._api = api
        self._unavailable = unavailable
        self._logger = logger
        self._on_change = on_change
        self._rewards: dict[RewardUse, Managed] = {use: Managed(use, rules.DEFAULTS[use]) for use in USES}
        self._settings = RewardSettings()
        self._conditions = Conditions()
        self._failures = 0

    def load(self) -> None:
        """Read what is stored."""
        with self.transactions.begin() as tx:
            session, now = session_of(tx), self.clock.now()
            self._settings = read_settings(session, self.name, RewardSettings, RewardSettings(), now)
            self._channel = read_settings(session, _CHANNEL, Channel, Channel(), now)
            for row in session.query(RewardRow):
                if row.use in self._rewards:
                    managed = managed_of(row)
                    self._rewards[managed.use] = managed

    async def on_alarm(self, name: str) -> None:
        """Twitch could not be asked before: try again."""
        await self.synchronise()

    def view(self) -> RewardsView:
        """See `ports.rewards`."""
        reason = self._unavailable()
        return RewardsView(reason is None, reason, tuple(each.shown() for each in self._rewards.values()))

    def use_of(self, reward_id: str) -> RewardUse | None:
        """See `ports.rewards`."""
        for each in self._rewards.values():
            if reward_id == each.reward_id or reward_id in each.past_ids:
                return each.use
        return None

    def reward_ids(self) -> Mapping[str, RewardUse]:
        """Every reward of ours whose redemptions may still be open, with what it is for."""
        found = {each.reward_id: each.use for each in self._rewards.values() if each.reward_id is not None}
        return found | {old: each.use for each in self._rewards.values() for old in each.past_ids}

    def is_deleted(self, reward_id: str) -> bool:
        """Whether it was ours in this channel, and Twitch's list has been seen without it."""
        return any(reward_id in each.past_ids for each in self._rewards.values())

    def get_settings(self) -> RewardSettings:
        """See `ports.rewards`."""
        return self._settings

    @storage_to_result
    async def set_settings(self, settings: RewardSettings) -> Result[RewardSettings, StorageFailed]:
        """See `ports.rewards`."""
        with self.transactions.begin() as tx:
            write_settings(session_of(tx), self.name, RewardSettings, settings)
        self._settings = settings
        await self.synchronise()
        return Ok(settings)

    @storage_to_result
    async def configure(
        self, use: RewardUse, spec: RewardSpec, *, switched_on: bool
    ) -> Result[ManagedReward, BadSpec | ServiceError | StorageFailed]:
        """See `ports.rewards`. Stored first: what Twitch cannot be told now, it is told later."""
        bad = rules.problem(spec, [each.spec.title for each in self._rewards.values() if each.use != use])
        if bad is not None:
            return Err(bad)
        async with self.gate:
            self._follow_channel()
            each = replace(self._rewards[use], spec=spec, switched_on=switched_on, trouble=None)
            # Left off knowingly: a deletion in the dashboard need not be told again at the next start.
            forgotten = each.reward_id is None and not switched_on
            self._keep(replace(each, past_ids=()) if forgotten else each)
        told = await self.synchronise()
        if isinstance(told, Err):
            return told
        return Ok(self._rewards[use].shown())

    @storage_to_result
    async def synchronise(self) -> Result[RewardsView, ServiceError | StorageFailed]:
        """See `ports.rewards`."""
        if self._unavailable() is not None or not self._concerned():
            self._on_change()
            return Ok(self.view())
        async with self.gate:
            try:
                result = await self._bring_in_line()
            except StorageFailure:
                self.remind(RETRY_ALARM, _RETRY.cap)
                raise
        self._plan(result)
        self._on_change()
        return result if isinstance(result, Err) else Ok(self.view())

    async def look_for(self, reward_id: str) -> None:
        """Somebody was told that Twitch does not know this reward: look what became of it."""
        if any(each.reward_id == reward_id for each in self._rewards.values()):
            await self.synchronise()

    async def came_fulfilled(self, reward_id: str) -> None:
        """See `ports.rewards`."""
        now = self.clock.monotonic()
        looked = self._looked_at_skipping
        ours = any(each.reward_id == reward_id for each in self._rewards.values())
        if ours and (looked is None or now - looked >= _SKIPPING_AGAIN):
            self._looked_at_skipping = now
            await self.synchronise()

    async def set_conditions(
        self,
        *,
        live: bool | None = None,
        held: bool | None = None,
        songs_possible: bool | None = None,
        stopping: bool | None = None,
    ) -> None:
        """Something changed that pausing may hang on. Twitch is told only of a difference."""
        now = self._conditions
        self._conditions = Conditions(
            live=now.live if live is None else live,
            held=now.held if held is None else held,
            songs_possible=now.songs_possible if songs_possible is None else songs_possible,
            stopping=now.stopping if stopping is None else stopping,
        )
        if self._conditions != now and any(self._pause_differs(each) for each in self._rewards.values()):
            await self.synchronise()

    # Inside

    def _concerned(self) -> bool:
        kept = any(each.switched_on or each.reward_id is not None for each in self._rewards.values())
        return kept or (self._channel != Channel() and self._moved() is not None)

    def _moved(self) -> Channel | None:
        """The channel of now, when it is another than the rewards'. Signed out is none: the same may sign in again."""
        now = Channel(self._channel_id())
        return None if now in (Channel(), self._channel) else now

    def _follow_channel(self) -> None:
        """Somebody else signed in: the rewards of before stand in a channel that is out of reach, unharmed.

        Nothing is made in the new one before somebody asks for it. What stands there from earlier is found again.
        """
        channel = self._moved()
        if channel is None:
            return
        left: list[Managed] = []
        if self._channel != Channel():
            self._logger.info("another channel: its rewards are its own")
            away = (each for each in self._rewards.values() if each.switched_on or each.reward_id is not None)
            left = [
                replace(each, switched_on=False, reward_id=None, reward=None, past_ids=(), trouble=ELSEWHERE)
                for each in away
            ]
        with self.transactions.begin() as tx:
            write_settings(tx.session, _CHANNEL, Channel, channel)
            for each in left:
                tx.session.merge(row_of(each))
        self._channel = channel
        self._rewards |= {each.use: each for each in left}

    def _shall_pause(self, each: Managed) -> bool:
        return rules.shall_pause(each.use, switched_on=each.switched_on, settings=self._settings, now=self._conditions)

    def _pause_differs(self, each: Managed) -> bool:
        return each.reward is not None and each.reward.is_paused != self._shall_pause(each)

    async def _bring_in_line(self) -> Result[None, ServiceError]:
        self._follow_channel()
        listed = await self._api.list_rewards()
        if isinstance(listed, Err):
            return listed
        by_id = {reward.id: reward for reward in listed.value}
        trouble: Result[None, ServiceError] = Ok(None)
        for use in USES:
            each = self._parted(self._rewards[use])
            if each.reward_id is not None and each.reward_id not in by_id:
                self._keep(self._deleted(each))
                continue
            found = by_id.get(each.reward_id or "") or self._lost(each, listed.value)
            if found is None and (self._conditions.stopping or not each.switched_on):
                continue  # what is not there need not be paused for the stop
            if found is None and self._title_taken(each):
                self._keep(replace(each, trouble=SAME_TITLE))
                continue
            changed = await self._settle_one(each, found)
            if isinstance(changed, Err):
                trouble = changed
        return trouble

    def _held_by_others(self, use: RewardUse) -> set[str | None]:
        return {each.reward_id for each in self._rewards.values() if each.use != use}

    def _parted(self, each: Managed) -> Managed:
        """One reward serves one use. Where an earlier Companion gave it to both, the first in `USES` keeps it."""
        first = next(one.use for one in self._rewards.values() if one.reward_id == each.reward_id)
        if each.reward_id is None or first == each.use:
            return each
        alone = replace(each, reward_id=None, reward=None)
        self._keep(alone)
        return alone

    def _lost(self, each: Managed, listed: Sequence[Reward]) -> Reward | None:
        """The one at Twitch whose id was lost here, known by its title."""
        others = self._held_by_others(each.use)
        alike = (one for one in listed if rules.same_title(one.title, each.spec.title))
        return next((one for one in alike if one.id not in others), None)

    def _title_taken(self, each: Managed) -> bool:
        others = (one for one in self._rewards.values() if one.use != each.use)
        return any(rules.same_title(one.spec.title, each.spec.title) for one in others)

    async def _settle_one(self, each: Managed, found: Reward | None) -> Result[None, ServiceError]:
        made = await self._make(each, found)
        if isinstance(made, Err):
            if isinstance(made.error, NotFound):
                self._keep(self._deleted(each))
                return Ok(None)
            self._keep(replace(each, trouble=trouble_of(made.error)))
            return made
        reward = made.value
        self._keep(replace(each, reward_id=reward.id, reward=reward, trouble=None))
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

    def _deleted(self, each: Managed) -> Managed:
        past = (*each.past_ids, each.reward_id) if each.reward_id is not None else each.past_ids
        self._logger.warning("the reward for %s was deleted in the dashboard", each.use)
        return replace(each, switched_on=False, reward_id=None, reward=None, past_ids=past[-5:], trouble=DELETED)

    def _keep(self, each: Managed) -> None:
        with self.transactions.begin() as tx:
            session_of(tx).merge(row_of(each))
        self._rewards[each.use] = each

    def _plan(self, result: Result[None, ServiceError]) -> None:
        """Try again later what failed for a passing reason."""
        passing = isinstance(result, Err) and not isinstance(result.error, Forbidden)
        self._failures = self._failures + 1 if passing else 0
        try:
            with self.transactions.begin() as tx:
                if passing:
                    self.set_alarm(tx, RETRY_ALARM, self.clock.now() + seconds(_RETRY.delay(self._failures)))
                else:
                    self.cancel_alarm(tx, RETRY_ALARM)
        except StorageFailure:
            self.remind(RETRY_ALARM, _RETRY.cap)
