"""One reward of ours as the object keeps it, its row, and the sentences that tell what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, cast

from companion.objects.rewards.tables import RewardRow
from companion.ports.failures import Forbidden, ServiceError
from companion.ports.rewards import ManagedReward, Reward, RewardSpec, RewardUse

ELSEWHERE: Final = "It belongs to another Twitch channel. Switch it on to have one here."
SAME_TITLE: Final = "Another reward of Companion has this title. Give one of them another."
DELETED: Final = "It was deleted in Twitch's dashboard, which fulfils what was open. Switch it on to make it anew."
_PAST_IDS: Final = 5
"""So many former ids of a reward are remembered."""


@dataclass(frozen=True, slots=True)
class Managed:
    """One of ours: what it shall be, and what Twitch last said it is."""

    use: RewardUse
    spec: RewardSpec
    switched_on: bool = False
    reward_id: str | None = None
    past_ids: tuple[str, ...] = ()
    reward: Reward | None = None
    trouble: str | None = None

    def shown(self) -> ManagedReward:
        """As others see it."""
        return ManagedReward(self.use, self.spec, self.switched_on, self.reward, self.trouble)

    @property
    def in_use(self) -> bool:
        """Somebody wants it, or it stands at Twitch."""
        return self.switched_on or self.reward_id is not None

    def deleted(self) -> Managed:
        """Once it was deleted in the dashboard: redemptions of it may still be on their way."""
        past = (*self.past_ids, self.reward_id) if self.reward_id is not None else self.past_ids
        return replace(
            self, switched_on=False, reward_id=None, reward=None, past_ids=past[-_PAST_IDS:], trouble=DELETED
        )

    def left_behind(self) -> Managed:
        """Once somebody else has signed in: it stands in another channel."""
        return replace(self, switched_on=False, reward_id=None, reward=None, past_ids=(), trouble=ELSEWHERE)


@dataclass(frozen=True, slots=True)
class Channel:
    """Whose channel the rewards are in; None before it was known."""

    user_id: str | None = None


def trouble_of(error: ServiceError) -> str:
    """What Twitch could not be told, as a sentence."""
    if isinstance(error, Forbidden):
        return f"Twitch does not allow it: {error.detail}"
    detail = getattr(error, "detail", "")
    return f"Twitch could not be told yet ({detail or type(error).__name__}). Companion tries again by itself."


def managed_of(row: RewardRow) -> Managed:
    """As it was stored."""
    spec = RewardSpec(row.title, row.cost, row.prompt, row.input_required, row.color)
    use = cast("RewardUse", row.use)
    past = tuple(filter(None, row.past_ids.split("\n")))
    deleted = row.reward_id is None and not row.switched_on and bool(past)
    return Managed(use, spec, row.switched_on, row.reward_id, past, trouble=DELETED if deleted else None)


def row_of(each: Managed) -> RewardRow:
    """As it is stored; what Twitch last said of it is not."""
    spec = each.spec
    return RewardRow(
        use=each.use,
        title=spec.title,
        cost=spec.cost,
        prompt=spec.prompt,
        input_required=spec.input_required,
        color=spec.color,
        switched_on=each.switched_on,
        reward_id=each.reward_id,
        past_ids="\n".join(each.past_ids),
    )
