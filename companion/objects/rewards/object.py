"""`Rewards`: creates, finds, changes, pauses and resumes the channel-point rewards that Companion answers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from companion.kernel.backoff import Backoff
from companion.kernel.instant import Instant, seconds
from companion.kernel.result import Err, Ok, Result
from companion.objects.rewards import rules
from companion.objects.rewards.managed import Managed
from companion.objects.rewards.reconciler import Reconciler
from companion.objects.rewards.rules import Conditions
from companion.objects.rewards.shelf import Shelf
from companion.ports.failures import Forbidden, ServiceError, StorageFailed, retry_time
from companion.ports.rewards import (
    BadSpec,
    ManagedReward,
    RewardsApi,
    RewardSettings,
    RewardSpec,
    RewardsView,
    RewardUse,
)
from companion.runtime.durable_object import DurableObject, Runtime, storage_to_result
from companion.runtime.stored_settings import read_settings, write_settings
from companion.runtime.transactions import StorageFailure, session_of

RETRY_ALARM = "synchronise"
_RETRY: Final = Backoff(first=15.0, cap=600.0)
_SKIPPING_AGAIN: Final = 300.0
"""Seconds. Redemptions on their way come fulfilled for a while after it was ended: no reason to ask each time."""


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
        self._unavailable = unavailable
        self._on_change = on_change
        self._shelf = Shelf(
            transactions=runtime.transactions, clock=runtime.clock, channel_id=channel_id, logger=logger
        )
        self._reconciler = Reconciler(
            shelf=self._shelf,
            api=api,
            shall_pause=self._shall_pause,
            stopping=lambda: self._conditions.stopping,
            on_skipping=on_skipping,
            logger=logger,
        )
        self._settings = RewardSettings()
        self._conditions = Conditions()
        self._failures = 0
        self._looked_at_skipping: float | None = None

    def load(self) -> None:
        """Read what is stored."""
        with self.transactions.begin() as tx:
            now = self.clock.now()
            self._settings = read_settings(session_of(tx), self.name, RewardSettings, RewardSettings(), now)
            self._shelf.load_in(tx)

    async def on_alarm(self, name: str) -> None:
        """Twitch could not be asked before: try again."""
        await self.synchronise()

    def view(self) -> RewardsView:
        """See `ports.rewards`."""
        reason = self._unavailable()
        return RewardsView(reason is None, reason, tuple(each.shown() for each in self._shelf))

    def use_of(self, reward_id: str) -> RewardUse | None:
        """See `ports.rewards`."""
        return self._shelf.use_of(reward_id)

    def reward_ids(self) -> Mapping[str, RewardUse]:
        """Every reward of ours whose redemptions may still be open, with what it is for."""
        return self._shelf.ids()

    def is_deleted(self, reward_id: str) -> bool:
        """Whether it was ours in this channel, and Twitch's list has been seen without it."""
        return self._shelf.had(reward_id)

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
        bad = rules.problem(spec, [each.spec.title for each in self._shelf.others(use)])
        if bad is not None:
            return Err(bad)
        async with self.gate:
            self._shelf.follow_channel()
            each = replace(self._shelf[use], spec=spec, switched_on=switched_on, trouble=None)
            # Left off knowingly: a deletion in the dashboard need not be told again at the next start.
            forgotten = each.reward_id is None and not switched_on
            self._shelf.keep(replace(each, past_ids=()) if forgotten else each)
        told = await self.synchronise()
        if isinstance(told, Err):
            return told
        return Ok(self._shelf[use].shown())

    @storage_to_result
    async def synchronise(self) -> Result[RewardsView, ServiceError | StorageFailed]:
        """See `ports.rewards`."""
        if self._unavailable() is not None or not self._shelf.concerns_twitch():
            self._on_change()
            return Ok(self.view())
        async with self.gate:
            try:
                result = await self._reconciler.bring_in_line()
            except StorageFailure:
                self.remind(RETRY_ALARM, _RETRY.cap)
                raise
        self._plan(result)
        self._on_change()
        return result if isinstance(result, Err) else Ok(self.view())

    async def look_for(self, reward_id: str) -> None:
        """Somebody was told that Twitch does not know this reward: look what became of it."""
        if self._shelf.has(reward_id):
            await self.synchronise()

    async def came_fulfilled(self, reward_id: str) -> None:
        """See `ports.rewards`."""
        now = self.clock.monotonic()
        looked = self._looked_at_skipping
        if self._shelf.has(reward_id) and (looked is None or now - looked >= _SKIPPING_AGAIN):
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
        if self._conditions != now and any(self._pause_differs(each) for each in self._shelf):
            await self.synchronise()

    # Inside

    def _shall_pause(self, each: Managed) -> bool:
        return rules.shall_pause(each.use, switched_on=each.switched_on, settings=self._settings, now=self._conditions)

    def _pause_differs(self, each: Managed) -> bool:
        return each.reward is not None and each.reward.is_paused != self._shall_pause(each)

    def _plan(self, result: Result[None, ServiceError]) -> None:
        """Try again later what failed for a passing reason."""
        due = self._retry_at(result.error) if isinstance(result, Err) else None
        if due is None:
            self._failures = 0
        try:
            with self.transactions.begin() as tx:
                if due is not None:
                    self.set_alarm(tx, RETRY_ALARM, due)
                else:
                    self.cancel_alarm(tx, RETRY_ALARM)
        except StorageFailure:
            self.remind(RETRY_ALARM, _RETRY.cap)

    def _retry_at(self, error: ServiceError) -> Instant | None:
        if isinstance(error, Forbidden):
            return None
        now = self.clock.now()
        if (named := retry_time(error)) is not None:
            return max(named, now + seconds(1))
        self._failures += 1
        return now + seconds(_RETRY.delay(self._failures))
