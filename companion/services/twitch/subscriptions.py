"""What Companion wants to be told of over EventSub."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

BROADCASTER: Final = "{broadcaster}"
"""Stands in a condition for the signed-in account's user id, which is known only once somebody signed in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionRequest:
    """One subscription to ask for. `scope`: what the login must have been granted, None for nothing.

    Types, versions, conditions and scopes: dev.twitch.tv/docs/eventsub/eventsub-subscription-types.
    """

    type: str
    version: str = "1"
    condition: tuple[tuple[str, str], ...] = (("broadcaster_user_id", BROADCASTER),)
    scope: str | None = None

    def condition_for(self, broadcaster_id: str) -> dict[str, str]:
        """The condition with the account's id filled in."""
        return {key: broadcaster_id if value == BROADCASTER else value for key, value in self.condition}


STREAM_SUBSCRIPTIONS: Final = (
    SubscriptionRequest(type="stream.online"),
    SubscriptionRequest(type="stream.offline"),
)
"""What the stream's life hangs on; no scope is needed for either."""

_OURS: Final = ("broadcaster_user_id", BROADCASTER)
_REDEMPTION: Final = "channel.channel_points_custom_reward_redemption"

ALL_SUBSCRIPTIONS: Final = (
    *STREAM_SUBSCRIPTIONS,
    SubscriptionRequest(type=f"{_REDEMPTION}.add", scope="channel:manage:redemptions"),
    SubscriptionRequest(type=f"{_REDEMPTION}.update", scope="channel:manage:redemptions"),
    SubscriptionRequest(
        type="channel.chat.message", condition=(_OURS, ("user_id", BROADCASTER)), scope="user:read:chat"
    ),
    SubscriptionRequest(type="channel.raid", condition=(("to_broadcaster_user_id", BROADCASTER),)),
    SubscriptionRequest(
        type="channel.follow",
        version="2",
        condition=(_OURS, ("moderator_user_id", BROADCASTER)),
        scope="moderator:read:followers",
    ),
    SubscriptionRequest(type="channel.subscribe", scope="channel:read:subscriptions"),
    SubscriptionRequest(type="channel.subscription.message", scope="channel:read:subscriptions"),
    SubscriptionRequest(type="channel.subscription.gift", scope="channel:read:subscriptions"),
    SubscriptionRequest(type="channel.cheer", scope="bits:read"),
)
"""Everything that Companion understands. Twitch allows 300 in one connection; none of these has a cost, since the
account named in the condition is the one that signed in."""


def subscriptions_for(scopes: Collection[str]) -> tuple[SubscriptionRequest, ...]:
    """What a login with these scopes may be told of: what needs another permission is not asked for at all."""
    return tuple(request for request in ALL_SUBSCRIPTIONS if request.scope is None or request.scope in scopes)


@dataclass(frozen=True, slots=True)
class ExistingSubscription:
    """A subscription that Twitch lists for this client id and user."""

    id: str
    status: str
    type: str
    version: str
    condition: Mapping[str, str]
    """Without the empty fields that Twitch adds."""
    session_id: str | None
