"""The EventSub subscription types the simulator knows: version, condition, scopes.

Source: dev.twitch.tv/docs/eventsub/eventsub-subscription-types.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from companion.simulator.world_state import AccessGrant


@dataclass(frozen=True, slots=True)
class SubscriptionType:
    """`keys` must all be in the condition; one of `scopes` (if any) must be granted by the user named in `reader`."""

    version: str
    keys: tuple[str, ...] = ("broadcaster_user_id",)
    scopes: tuple[str, ...] = ()
    reader: str = "broadcaster_user_id"
    optional: tuple[str, ...] = ()

    def condition_fits(self, condition: dict[str, str]) -> bool:
        """Whether the condition has what it must, nothing empty and nothing unknown."""
        known = set(self.keys) | set(self.optional)
        return all(condition.get(key) for key in self.keys) and set(condition) <= known

    def allowed(self, condition: dict[str, str], grant: AccessGrant) -> bool:
        """Whether this token may have it."""
        if not self.scopes:
            return True
        return condition.get(self.reader) == grant.user_id and any(scope in grant.scopes for scope in self.scopes)


_REDEMPTIONS: Final = ("channel:read:redemptions", "channel:manage:redemptions")
_SUBSCRIPTIONS: Final = ("channel:read:subscriptions",)
_SHOUTOUTS: Final = ("moderator:read:shoutouts", "moderator:manage:shoutouts")
_MODERATOR: Final = ("broadcaster_user_id", "moderator_user_id")
_CHATTER: Final = ("broadcaster_user_id", "user_id")

TYPES: Final = {
    "stream.online": SubscriptionType("1"),
    "stream.offline": SubscriptionType("1"),
    "channel.update": SubscriptionType("2"),
    "channel.raid": SubscriptionType("1", keys=(), optional=("to_broadcaster_user_id", "from_broadcaster_user_id")),
    "channel.follow": SubscriptionType("2", _MODERATOR, ("moderator:read:followers",), "moderator_user_id"),
    "channel.channel_points_custom_reward_redemption.add": SubscriptionType(
        "1", scopes=_REDEMPTIONS, optional=("reward_id",)
    ),
    "channel.channel_points_custom_reward_redemption.update": SubscriptionType(
        "1", scopes=_REDEMPTIONS, optional=("reward_id",)
    ),
    "channel.chat.message": SubscriptionType("1", _CHATTER, ("user:read:chat",), "user_id"),
    "channel.chat.notification": SubscriptionType("1", _CHATTER, ("user:read:chat",), "user_id"),
    "channel.subscribe": SubscriptionType("1", scopes=_SUBSCRIPTIONS),
    "channel.subscription.gift": SubscriptionType("1", scopes=_SUBSCRIPTIONS),
    "channel.subscription.message": SubscriptionType("1", scopes=_SUBSCRIPTIONS),
    "channel.subscription.end": SubscriptionType("1", scopes=_SUBSCRIPTIONS),
    "channel.cheer": SubscriptionType("1", scopes=("bits:read",)),
    "channel.bits.use": SubscriptionType("1", scopes=("bits:read",)),
    "channel.shoutout.create": SubscriptionType("1", _MODERATOR, _SHOUTOUTS, "moderator_user_id"),
    "channel.shoutout.receive": SubscriptionType("1", _MODERATOR, _SHOUTOUTS, "moderator_user_id"),
    "channel.hype_train.begin": SubscriptionType("2", scopes=("channel:read:hype_train",)),
    "channel.hype_train.progress": SubscriptionType("2", scopes=("channel:read:hype_train",)),
    "channel.hype_train.end": SubscriptionType("2", scopes=("channel:read:hype_train",)),
}


def condition_fits(name: str, condition: dict[str, str]) -> bool:
    """Whether `condition` is right for the known type `name`. A raid names exactly one side."""
    if name == "channel.raid":
        return len(condition) == 1 and TYPES[name].condition_fits(condition) and all(condition.values())
    return TYPES[name].condition_fits(condition)
