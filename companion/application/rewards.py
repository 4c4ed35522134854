"""What the streamer may do with Companion's channel-point rewards."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from companion.application.explain_actions import RewardError, explain_reward
from companion.application.messages import Message
from companion.kernel.result import Err, Ok, Result
from companion.ports.rewards import ManagedReward, RewardSettings, RewardSpec, RewardsPort, RewardsView, RewardUse

T = TypeVar("T")


class RewardActions:
    """Errors come as messages. `changed` is called after every action."""

    def __init__(self, *, rewards: RewardsPort, changed: Callable[[], None]) -> None:
        self._rewards = rewards
        self._changed = changed

    async def configure(self, use: RewardUse, spec: RewardSpec, *, switched_on: bool) -> Result[ManagedReward, Message]:
        """Change a reward here and at Twitch."""
        return self._told(await self._rewards.configure(use, spec, switched_on=switched_on))

    async def synchronise(self) -> Result[RewardsView, Message]:
        """Make what is missing at Twitch, and bring the rest to what it shall be."""
        return self._told(await self._rewards.synchronise())

    def settings(self) -> RewardSettings:
        """When rewards pause by themselves."""
        return self._rewards.get_settings()

    async def save_settings(self, settings: RewardSettings) -> Result[RewardSettings, Message]:
        """Change when rewards pause by themselves."""
        return self._told(await self._rewards.set_settings(settings))

    def _told(self, result: Result[T, RewardError]) -> Result[T, Message]:
        self._changed()
        return result if isinstance(result, Ok) else Err(explain_reward(result.error))
