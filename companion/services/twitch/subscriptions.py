"""What Companion wants to be told of over EventSub."""

from __future__ import annotations

from collections.abc import Mapping
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
