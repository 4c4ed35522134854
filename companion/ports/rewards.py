"""Channel-point rewards and their redemptions, as Helix and the `Rewards` object tell them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from companion.kernel.instant import Instant
from companion.kernel.result import Result
from companion.ports.failures import ServiceError, StorageFailed
from companion.ports.viewers import Viewer

RedemptionStatus: TypeAlias = Literal["unfulfilled", "fulfilled", "canceled", "unknown"]
Verdict: TypeAlias = Literal["fulfilled", "canceled"]
"""How a redemption is settled: `canceled` gives the points back."""
RewardUse: TypeAlias = Literal["song_request", "raffle"]
"""What a reward of ours starts."""


@dataclass(frozen=True, slots=True)
class Redemption:
    """One purchase of a reward. `user_input` is "" when the reward asks for none."""

    id: str
    reward_id: str
    viewer: Viewer
    user_input: str
    status: RedemptionStatus
    redeemed_at: Instant
    cost: int = 0


@dataclass(frozen=True, slots=True)
class RewardSpec:
    """What a reward shall be. `title` 1..45 characters, unique in the channel; `prompt` up to 200; `cost` from 1."""

    title: str
    cost: int
    prompt: str
    input_required: bool
    color: str = "#0B7A75"


@dataclass(frozen=True, slots=True)
class Reward:
    """A reward as Twitch has it, created by this client id."""

    id: str
    title: str
    cost: int
    prompt: str
    input_required: bool
    is_enabled: bool
    is_paused: bool
    skips_queue: bool = False
    """Twitch fulfils its redemptions by itself, so that no points could come back: never wanted."""


class RewardsApi(Protocol):
    """The reward calls of Helix, for rewards that this client id created."""

    async def create_reward(self, spec: RewardSpec) -> Result[Reward, ServiceError]:
        """`Forbidden` without affiliate or partner; `Refused(400)` for a taken title or a full list (50)."""
        ...

    async def list_rewards(self) -> Result[Sequence[Reward], ServiceError]:
        """Ours alone (`only_manageable_rewards`)."""
        ...

    async def update_reward(
        self, reward_id: str, spec: RewardSpec | None = None, *, paused: bool | None = None
    ) -> Result[Reward, ServiceError]:
        """Change what is given; a spec also ends `skips_queue`.

        `NotFound` when it was deleted; `Forbidden` when another client id made it.
        """
        ...

    async def list_unfulfilled(self, reward_id: str) -> Result[Sequence[Redemption], ServiceError]:
        """All pages, oldest first. `NotFound` when the reward was deleted."""
        ...

    async def get_redemption(self, reward_id: str, redemption_id: str) -> Result[Redemption | None, ServiceError]:
        """One redemption whatever its status; None when Twitch does not know it (any more)."""
        ...

    async def settle(self, reward_id: str, redemption_id: str, verdict: Verdict) -> Result[None, ServiceError]:
        """Fulfil or refund. `NotFound` also when it is no longer unfulfilled. Never sent twice."""
        ...


@dataclass(frozen=True, slots=True)
class ManagedReward:
    """One of ours, as the window shows it. `trouble` is a sentence, None while all is well."""

    use: RewardUse
    spec: RewardSpec
    switched_on: bool
    reward: Reward | None
    """None until Twitch has it."""
    trouble: str | None


@dataclass(frozen=True, slots=True)
class RewardsView:
    """`available` False: the channel has no channel points (not affiliate), or the permission is missing."""

    available: bool
    reason: str | None
    rewards: tuple[ManagedReward, ...]


@dataclass(frozen=True, slots=True)
class RewardSettings:
    """When rewards are paused by themselves."""

    pause_offline: bool = True
    pause_when_unable: bool = True
    """The song reward, while nobody's request could be let in: Spotify is away, or the rules of every role say no.

    Such a rule is a full queue, requests switched off, or live only. One role that may ask keeps the reward open.
    """


@dataclass(frozen=True, slots=True)
class BadRewardSettings:
    """`detail` says which value cannot be."""

    detail: str


@dataclass(frozen=True, slots=True)
class BadSpec:
    """The title, cost or prompt is not what Twitch takes; `detail` says what."""

    detail: str


class RewardsPort(Protocol):
    """The rewards object: creates, finds, pauses and resumes our rewards."""

    def view(self) -> RewardsView:
        """The present state, without I/O."""
        ...

    def use_of(self, reward_id: str) -> RewardUse | None:
        """What a reward of ours is for; None for a reward of somebody else's making."""
        ...

    def get_settings(self) -> RewardSettings:
        """When rewards pause by themselves."""
        ...

    async def set_settings(self, settings: RewardSettings) -> Result[RewardSettings, StorageFailed]:
        """Replace that; Twitch is told of what pauses or goes on through it."""
        ...

    async def configure(
        self, use: RewardUse, spec: RewardSpec, *, switched_on: bool
    ) -> Result[ManagedReward, BadSpec | ServiceError | StorageFailed]:
        """Change a reward here and at Twitch."""
        ...

    async def synchronise(self) -> Result[RewardsView, ServiceError | StorageFailed]:
        """Create or find what is switched on, bring title, cost and pause to what they shall be."""
        ...

    async def came_fulfilled(self, reward_id: str) -> None:
        """A redemption of this reward came fulfilled already: Twitch was set to do that by itself, and must not be.

        Looked at once in some minutes at most; what Twitch cannot be told now is told later.
        """
        ...
