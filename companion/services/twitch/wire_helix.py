"""Helix answers as they come over the wire; only the fields in use.

Source of the shapes: dev.twitch.tv/docs/api/reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field

from companion.kernel.instant import parse_instant
from companion.ports.tokens import Account


def _instant(value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError("not a timestamp")
    return parse_instant(value)


WireInstant = Annotated[datetime, BeforeValidator(_instant)]
"""RFC 3339 with up to nanoseconds, cut to microseconds (pydantic's own parser refuses nine digits)."""
WireId = Annotated[str, Field(min_length=1)]


class WireUser(BaseModel):
    """One user of `GET /users`."""

    id: WireId
    login: WireId
    display_name: str
    broadcaster_type: str = ""
    profile_image_url: str | None = None

    def account(self) -> Account:
        """The same as the application's value."""
        return Account(
            user_id=self.id,
            login=self.login,
            display_name=self.display_name or self.login,
            picture_url=self.profile_image_url or None,
            broadcaster_type=self.broadcaster_type,
        )


class UsersAnswer(BaseModel):
    """`GET /users`."""

    data: list[WireUser]


class WireStream(BaseModel):
    """One stream of `GET /streams`."""

    id: WireId
    user_id: WireId
    started_at: WireInstant
    viewer_count: Annotated[int, Field(ge=0, lt=2**63)]  # what SQLite can hold
    title: str = ""
    game_name: str = ""


class StreamsAnswer(BaseModel):
    """`GET /streams`: an empty list means offline."""

    data: list[WireStream]


class WireTransport(BaseModel):
    """How a subscription is delivered; `session_id` for WebSocket sessions only."""

    method: str
    session_id: str | None = None


class WireSubscription(BaseModel):
    """One EventSub subscription, as listed, created or named in a message."""

    id: WireId
    status: str
    type: WireId
    version: str
    condition: Mapping[str, str | None]
    transport: WireTransport


class Pagination(BaseModel):
    """Where the next page starts; empty on the last one."""

    cursor: str | None = None


class SubscriptionsAnswer(BaseModel):
    """`GET` and `POST /eventsub/subscriptions`."""

    data: list[WireSubscription]
    pagination: Pagination = Pagination()


class HelixRefusal(BaseModel):
    """The body of a Helix 4xx or 5xx."""

    message: str = ""
    error: str = ""
