"""What Helix takes and gives for rewards and redemptions.

Source: dev.twitch.tv/docs/api/reference#create-custom-rewards, #update-custom-reward, #get-custom-reward-redemption.
"""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BaseModel, Field

from companion.simulator.answers import Json
from companion.simulator.people import TwitchPerson
from companion.simulator.reward_book import Redemption, Reward

_LIMITS: Final = (
    ("is_max_per_stream_enabled", "max_per_stream", None),
    ("is_max_per_user_per_stream_enabled", "max_per_user_per_stream", None),
    ("is_global_cooldown_enabled", "global_cooldown_seconds", 604_800),
)


class RewardBody(BaseModel):
    """The body of a create or an update; unknown keys are ignored, as Helix does."""

    title: Annotated[str, Field(min_length=1, max_length=45)] | None = None
    cost: Annotated[int, Field(ge=1)] | None = None
    prompt: Annotated[str, Field(max_length=200)] | None = None
    background_color: Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")] | None = None
    is_enabled: bool | None = None
    is_paused: bool | None = None
    is_user_input_required: bool | None = None
    is_max_per_stream_enabled: bool | None = None
    max_per_stream: int | None = None
    is_max_per_user_per_stream_enabled: bool | None = None
    max_per_user_per_stream: int | None = None
    is_global_cooldown_enabled: bool | None = None
    global_cooldown_seconds: int | None = None
    should_redemptions_skip_request_queue: bool | None = None

    def given(self) -> dict[str, object]:
        """The fields that say something."""
        return self.model_dump(exclude_none=True)


def limit_problem(reward: Reward) -> str | None:
    """What is wrong with a switched-on limit."""
    for switch, key, highest in _LIMITS:
        value = getattr(reward, key)
        if getattr(reward, switch) and (value < 1 or (highest is not None and value > highest)):
            return f"The value of {key} is out of range"
    return None


def reward_json(reward: Reward, owner: TwitchPerson) -> Json:
    """A reward as Helix answers it."""
    picture = "https://example.invalid/custom-reward-images/default"
    return {
        "broadcaster_id": owner.id,
        "broadcaster_login": owner.login,
        "broadcaster_name": owner.display_name,
        "id": reward.id,
        "title": reward.title,
        "prompt": reward.prompt,
        "cost": reward.cost,
        "image": None,
        "default_image": {f"url_{size}x": f"{picture}-{size}.png" for size in (1, 2, 4)},
        "background_color": reward.background_color.upper(),
        "is_enabled": reward.is_enabled,
        "is_user_input_required": reward.is_user_input_required,
        "max_per_stream_setting": {
            "is_enabled": reward.is_max_per_stream_enabled,
            "max_per_stream": reward.max_per_stream,
        },
        "max_per_user_per_stream_setting": {
            "is_enabled": reward.is_max_per_user_per_stream_enabled,
            "max_per_user_per_stream": reward.max_per_user_per_stream,
        },
        "global_cooldown_setting": {
            "is_enabled": reward.is_global_cooldown_enabled,
            "global_cooldown_seconds": reward.global_cooldown_seconds,
        },
        "is_paused": reward.is_paused,
        "is_in_stock": True,
        "should_redemptions_skip_request_queue": reward.should_redemptions_skip_request_queue,
        "redemptions_redeemed_current_stream": None,
        "cooldown_expires_at": None,
    }


def redemption_json(one: Redemption, owner: TwitchPerson) -> Json:
    """A redemption as Helix answers it."""
    return {
        "broadcaster_id": owner.id,
        "broadcaster_login": owner.login,
        "broadcaster_name": owner.display_name,
        "id": one.id,
        "user_id": one.user_id,
        "user_login": one.user_login,
        "user_name": one.user_name,
        "user_input": one.user_input,
        "status": one.status,
        "redeemed_at": one.redeemed_at,
        "reward": one.reward,
    }
