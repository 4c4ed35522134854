"""Channel points in memory, by Twitch's rules: who may create, what may be settled, what a deletion does.

Rules: dev.twitch.tv/docs/api/reference (custom rewards, redemptions).
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final, TypeVar

from companion.kernel.instant import Clock
from companion.kernel.result import Err, Ok, Result
from companion.ports.failures import Forbidden, NetworkDown, NotFound, RateLimited, Refused, ServiceError
from companion.ports.rewards import Redemption, RedemptionStatus, Reward, RewardSpec, Verdict
from companion.ports.viewers import Viewer

ANN = Viewer("2", "ann", "Ann")
MOST_REWARDS = 50
MINUTE: Final = timedelta(minutes=1)
T = TypeVar("T")


class FakeRewards:
    """`RewardsApi`. `ledger` holds every settlement that took effect, in order: (redemption id, verdict).

    `errors` answer the next calls, one each, before anything happens, `refusals` the next settlements of that verdict;
    a call named in `lose_answers` (a method's name, as often as it stands there) has its effect, and the answer is
    lost. `partner` False: no channel points. `per_minute`: settlements that are taken, the others are told to wait.
    """

    def __init__(self, clock: Clock, *, partner: bool = True) -> None:
        self._clock = clock
        self.partner = partner
        self.rewards: dict[str, Reward] = {}
        self.foreign: set[str] = set()
        """Ids among `rewards` that another client id created."""
        self.redemptions: dict[str, Redemption] = {}
        self.ledger: list[tuple[str, Verdict]] = []
        self.calls: list[str] = []
        self.errors: deque[ServiceError] = deque()
        self.refusals: dict[Verdict, deque[ServiceError]] = {"fulfilled": deque(), "canceled": deque()}
        self.lose_answers: Counter[str] = Counter()
        self.per_minute: int | None = None
        self._minute = clock.now()
        self._taken_in_minute = 0
        self._numbers = 0

    # ---- what viewers and the streamer do

    def redeem(
        self, reward_id: str, user_input: str = "", *, viewer: Viewer = ANN, status: RedemptionStatus = "unfulfilled"
    ) -> Redemption:
        """A viewer buys a reward; one that asks for no input gets none."""
        reward = self.rewards[reward_id]
        text = user_input if reward.input_required else ""
        bought = Redemption(
            self._next("redemption"), reward_id, viewer, text, status, self._clock.now(), cost=reward.cost
        )
        self.redemptions[bought.id] = bought
        return bought

    def settle_in_dashboard(self, redemption_id: str, verdict: Verdict) -> None:
        """The streamer presses a button of Twitch's own; not in `ledger`."""
        self.redemptions[redemption_id] = replace(self.redemptions[redemption_id], status=verdict)

    def delete_in_dashboard(self, reward_id: str) -> None:
        """The streamer deletes a reward: what waits is fulfilled, nothing is refunded."""
        del self.rewards[reward_id]
        for bought in list(self.redemptions.values()):
            if bought.reward_id == reward_id and bought.status == "unfulfilled":
                self.settle_in_dashboard(bought.id, "fulfilled")

    def add_foreign(self, title: str) -> Reward:
        """A reward that another client id, or the dashboard, made."""
        reward = Reward(self._next("reward"), title, 100, "", False, True, False)
        self.rewards[reward.id] = reward
        self.foreign.add(reward.id)
        return reward

    # ---- RewardsApi

    async def create_reward(self, spec: RewardSpec) -> Result[Reward, ServiceError]:
        if (error := self._refusal("create_reward")) is not None:
            return Err(error)
        if self._taken(spec.title):
            return Err(Refused(400, "CREATE_CUSTOM_REWARD_DUPLICATE_REWARD"))
        if len(self.rewards) >= MOST_REWARDS:
            return Err(Refused(400, "CREATE_CUSTOM_REWARD_TOO_MANY_REWARDS"))
        reward = Reward(self._next("reward"), spec.title, spec.cost, spec.prompt, spec.input_required, True, False)
        self.rewards[reward.id] = reward
        return self._answer("create_reward", reward)

    async def list_rewards(self) -> Result[Sequence[Reward], ServiceError]:
        if (error := self._refusal("list_rewards")) is not None:
            return Err(error)
        return self._answer("list_rewards", [one for one in self.rewards.values() if one.id not in self.foreign])

    async def update_reward(
        self, reward_id: str, spec: RewardSpec | None = None, *, paused: bool | None = None
    ) -> Result[Reward, ServiceError]:
        error = self._refusal("update_reward") or self._not_ours(reward_id)
        if error is not None:
            return Err(error)
        reward = self.rewards[reward_id]
        if spec is not None:
            if self._taken(spec.title, besides=reward_id):
                return Err(Refused(400, "UPDATE_CUSTOM_REWARD_DUPLICATE_REWARD"))
            reward = replace(
                reward,
                title=spec.title,
                cost=spec.cost,
                prompt=spec.prompt,
                input_required=spec.input_required,
                skips_queue=False,
            )
        if paused is not None:
            reward = replace(reward, is_paused=paused)
        self.rewards[reward_id] = reward
        return self._answer("update_reward", reward)

    async def list_unfulfilled(self, reward_id: str) -> Result[Sequence[Redemption], ServiceError]:
        error = self._refusal("list_unfulfilled") or self._not_ours(reward_id)
        if error is not None:
            return Err(error)
        waiting = [one for one in self.redemptions.values() if one.status == "unfulfilled"]
        ours = [one for one in waiting if one.reward_id == reward_id]
        return self._answer("list_unfulfilled", sorted(ours, key=lambda one: one.redeemed_at))

    async def get_redemption(self, reward_id: str, redemption_id: str) -> Result[Redemption | None, ServiceError]:
        error = self._refusal("get_redemption") or self._not_ours(reward_id)
        if error is not None and not isinstance(error, NotFound):
            return Err(error)
        found = self.redemptions.get(redemption_id) if error is None else None
        return self._answer("get_redemption", found if found is not None and found.reward_id == reward_id else None)

    async def settle(self, reward_id: str, redemption_id: str, verdict: Verdict) -> Result[None, ServiceError]:
        error = self._refusal("settle") or self._not_ours(reward_id) or self._limit()
        if error is None and self.refusals[verdict]:
            error = self.refusals[verdict].popleft()
        if error is not None:
            return Err(error)
        found = self.redemptions.get(redemption_id)
        if found is None or found.reward_id != reward_id or found.status != "unfulfilled":
            return Err(NotFound("no unfulfilled redemption has this id"))
        self.redemptions[redemption_id] = replace(found, status=verdict)
        self.ledger.append((redemption_id, verdict))
        return self._answer("settle", None)

    # ---- inside

    def _refusal(self, call: str) -> ServiceError | None:
        self.calls.append(call)
        if self.errors:
            return self.errors.popleft()
        return None if self.partner else Forbidden("The broadcaster must have partner or affiliate status.")

    def _limit(self) -> ServiceError | None:
        if self.per_minute is None:
            return None
        if self._clock.now() >= self._minute + MINUTE:
            self._minute, self._taken_in_minute = self._clock.now(), 0
        self._taken_in_minute += 1
        return RateLimited(self._minute + MINUTE) if self._taken_in_minute > self.per_minute else None

    def _not_ours(self, reward_id: str) -> ServiceError | None:
        if reward_id not in self.rewards:
            return NotFound("The Custom Reward doesn't exist.")
        return Forbidden("another client id created it") if reward_id in self.foreign else None

    def _taken(self, title: str, *, besides: str | None = None) -> bool:
        return any(one.title.lower() == title.lower() for one in self.rewards.values() if one.id != besides)

    def _answer(self, call: str, value: T) -> Result[T, ServiceError]:
        if self.lose_answers[call]:
            self.lose_answers[call] -= 1
            return Err(NetworkDown("the answer was lost"))
        return Ok(value)

    def _next(self, word: str) -> str:
        self._numbers += 1
        return f"{word}-{self._numbers}"
