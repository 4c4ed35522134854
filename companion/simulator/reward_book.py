"""Rewards and redemptions as the channel has them; rebuilt from the ledger at every start."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from pydantic import BaseModel, TypeAdapter

from companion.simulator.answers import Json
from companion.simulator.ledger import EntryKind, Ledger

Status: TypeAlias = Literal["UNFULFILLED", "FULFILLED", "CANCELED"]
DASHBOARD: Final = ""
"""The owner of a reward that the streamer made by hand: no client id."""
_JSON: Final = TypeAdapter(Json)
_KINDS: Final[dict[Status, EntryKind]] = {"FULFILLED": "redemption_fulfilled", "CANCELED": "redemption_canceled"}


class Reward(BaseModel):
    """A reward; the numbers of switched-off limits are 0."""

    id: str
    broadcaster: str
    """Whose channel it is in, by user id."""
    owner: str = DASHBOARD
    title: str
    cost: int
    prompt: str = ""
    background_color: str = "#00E5CB"
    is_enabled: bool = True
    is_paused: bool = False
    is_user_input_required: bool = False
    is_max_per_stream_enabled: bool = False
    max_per_stream: int = 0
    is_max_per_user_per_stream_enabled: bool = False
    max_per_user_per_stream: int = 0
    is_global_cooldown_enabled: bool = False
    global_cooldown_seconds: int = 0
    should_redemptions_skip_request_queue: bool = False


@dataclass(slots=True)
class Redemption:
    """One purchase. `nth` orders them; `reward` is what the reward was called and cost at that moment."""

    nth: int
    id: str
    broadcaster: str
    user_id: str
    user_login: str
    user_name: str
    user_input: str
    reward_id: str
    reward: Json
    redeemed_at: str
    status: Status = "UNFULFILLED"


class RewardBook:
    """The state. Whether something may be done is decided by its callers."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.rewards: dict[str, Reward] = {}
        self.redemptions: dict[str, Redemption] = {}
        self._index: defaultdict[tuple[str, Status], dict[str, Redemption]] = defaultdict(dict)
        self._made = 0
        for entry in ledger:
            self._replay(entry)

    def _replay(self, entry: Json) -> None:
        match entry["kind"]:
            case "reward_created" | "reward_updated":
                reward = Reward.model_validate(entry["reward"])
                self.rewards[reward.id] = reward
            case "reward_deleted":
                self._remove(str(entry["reward_id"]))
            case "redemption_made":
                self._insert(self._from_entry(entry))
            case "redemption_fulfilled":
                self._move(str(entry["redemption_id"]), "FULFILLED")
            case "redemption_canceled":
                self._move(str(entry["redemption_id"]), "CANCELED")
            case "redemptions_forgotten":
                self._drop_settled()
            case _:
                pass

    def _from_entry(self, entry: Json) -> Redemption:
        status: Status = "FULFILLED" if entry["status"] == "FULFILLED" else "UNFULFILLED"
        return Redemption(
            nth=self._made + 1,
            id=str(entry["redemption_id"]),
            broadcaster=str(entry["broadcaster_id"]),
            user_id=str(entry["user_id"]),
            user_login=str(entry["user_login"]),
            user_name=str(entry["user_name"]),
            user_input=str(entry["user_input"]),
            reward_id=str(entry["reward_id"]),
            reward=_JSON.validate_python(entry["reward"]),
            redeemed_at=str(entry["redeemed_at"]),
            status=status,
        )

    def create(self, reward: Reward) -> None:
        """A new reward."""
        self._ledger.record(
            "reward_created", {"reward_id": reward.id, "by": reward.owner, "reward": reward.model_dump()}
        )
        self.rewards[reward.id] = reward

    def update(self, reward: Reward, by: str) -> None:
        """A reward as it is from now on."""
        self._ledger.record("reward_updated", {"reward_id": reward.id, "by": by, "reward": reward.model_dump()})
        self.rewards[reward.id] = reward

    def delete(self, reward: Reward, by: str) -> list[Redemption]:
        """Remove a reward. What waited is fulfilled, points gone; those are returned."""
        waiting = list(self.of_reward(reward.id, "UNFULFILLED"))
        self.settle(waiting, "FULFILLED", "reward_deleted")
        self._ledger.record("reward_deleted", {"reward_id": reward.id, "by": by})
        self._remove(reward.id)
        return waiting

    def add(self, made: Sequence[Redemption]) -> None:
        """Purchases, with one write."""
        self._ledger.record_all([("redemption_made", _entry(one)) for one in made])
        for one in made:
            self._insert(one)

    def settle(self, redemptions: Sequence[Redemption], status: Status, by: str) -> None:
        """Fulfil or cancel what waits; cancelling gives the points back."""
        effects: list[tuple[EntryKind, Json]] = []
        for one in redemptions:
            ids: Json = {"redemption_id": one.id, "reward_id": one.reward_id, "viewer_id": one.user_id}
            effects.append((_KINDS[status], {**ids, "by": by}))
            if status == "CANCELED":
                effects.append(("points_refunded", {**ids, "points": one.reward["cost"]}))
        self._ledger.record_all(effects)
        for one in redemptions:
            self._move(one.id, status)

    def forget_settled(self) -> int:
        """Settled redemptions vanish, as they do at Twitch after some days; how many."""
        self._ledger.record("redemptions_forgotten", {})
        return self._drop_settled()

    def of_reward(self, reward_id: str, status: Status) -> list[Redemption]:
        """The redemptions of a reward in one status, oldest first."""
        return sorted(self._index[reward_id, status].values(), key=lambda one: one.nth)

    def of_channel(self, broadcaster: str) -> list[Reward]:
        """The rewards of one channel, oldest first."""
        return [reward for reward in self.rewards.values() if reward.broadcaster == broadcaster]

    def next_number(self) -> int:
        """The `nth` of the redemption that comes next."""
        return self._made + 1

    def clear(self) -> None:
        """Forget everything."""
        self.rewards.clear()
        self.redemptions.clear()
        self._index.clear()
        self._made = 0

    def _insert(self, one: Redemption) -> None:
        self._made = max(self._made, one.nth)
        self.redemptions[one.id] = one
        self._index[one.reward_id, one.status][one.id] = one

    def _move(self, key: str, status: Status) -> None:
        one = self.redemptions[key]
        self._index[one.reward_id, one.status].pop(key, None)
        one.status = status
        self._index[one.reward_id, status][key] = one

    def _remove(self, reward_id: str) -> None:
        self.rewards.pop(reward_id, None)

    def _drop_settled(self) -> int:
        gone = [key for key, one in self.redemptions.items() if one.status != "UNFULFILLED"]
        for key in gone:
            one = self.redemptions.pop(key)
            del self._index[one.reward_id, one.status][key]
        return len(gone)


def _entry(one: Redemption) -> Json:
    return {
        "redemption_id": one.id,
        "reward_id": one.reward_id,
        "broadcaster_id": one.broadcaster,
        "user_id": one.user_id,
        "user_login": one.user_login,
        "user_name": one.user_name,
        "user_input": one.user_input,
        "reward": one.reward,
        "redeemed_at": one.redeemed_at,
        "status": one.status,
    }
