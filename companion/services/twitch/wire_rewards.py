"""Redemptions and rewards as they come from Helix and, with the status in lower case, from EventSub.

Source of the shapes: dev.twitch.tv/docs/api/reference and docs/eventsub/eventsub-reference.
"""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator

from companion.ports.rewards import Redemption, RedemptionStatus, Reward
from companion.services.twitch.wire_helix import Pagination, WireId, WireInstant
from companion.services.twitch.wire_people import WireCount, viewer

_STATUSES: Final[dict[str, RedemptionStatus]] = {
    "unfulfilled": "unfulfilled",
    "fulfilled": "fulfilled",
    "canceled": "canceled",
}


def _status(value: object) -> RedemptionStatus:
    if not isinstance(value, str):
        raise ValueError("not a status")
    return _STATUSES.get(value.lower(), "unknown")


WireStatus = Annotated[RedemptionStatus, BeforeValidator(_status)]
"""UNFULFILLED and unfulfilled alike; a status that nobody knows yet is `unknown`."""


class WireBoughtReward(BaseModel):
    """The reward inside a redemption, as it was when it was bought."""

    id: WireId
    cost: WireCount = 0


class WireRedemption(BaseModel):
    """One redemption, of an event or of Helix."""

    id: WireId
    user_id: WireId
    user_login: str | None = None
    user_name: str | None = None
    user_input: str | None = None
    status: WireStatus
    redeemed_at: WireInstant
    reward: WireBoughtReward

    def redemption(self) -> Redemption:
        """The same as the application's value."""
        return Redemption(
            id=self.id,
            reward_id=self.reward.id,
            viewer=viewer(self.user_id, self.user_login, self.user_name),
            user_input=self.user_input or "",
            status=self.status,
            redeemed_at=self.redeemed_at,
            cost=self.reward.cost,
        )


class RedemptionsAnswer(BaseModel):
    """`GET` and `PATCH /channel_points/custom_rewards/redemptions`."""

    data: list[WireRedemption]
    pagination: Pagination = Pagination()


class WireReward(BaseModel):
    """One reward."""

    id: WireId
    title: str
    cost: WireCount
    prompt: str | None = None
    is_user_input_required: bool = False
    is_enabled: bool = True
    is_paused: bool = False
    should_redemptions_skip_request_queue: bool = False

    def reward(self) -> Reward:
        """The same as the application's value."""
        return Reward(
            id=self.id,
            title=self.title,
            cost=self.cost,
            prompt=self.prompt or "",
            input_required=self.is_user_input_required,
            is_enabled=self.is_enabled,
            is_paused=self.is_paused,
            skips_queue=self.should_redemptions_skip_request_queue,
        )


class RewardsAnswer(BaseModel):
    """`GET`, `POST` and `PATCH /channel_points/custom_rewards`."""

    data: list[WireReward]
