"""Users, roles and tiers as Twitch writes them in events and answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Final

from pydantic import Field

from companion.ports.viewers import Role, Viewer

WireId = Annotated[str, Field(min_length=1)]
WireCount = Annotated[int, Field(ge=0, lt=2**63)]
"""What SQLite can hold."""

_ROLE_OF_BADGE: Final[dict[str, Role]] = {
    "broadcaster": "broadcaster",
    "moderator": "moderator",
    "lead_moderator": "moderator",
    "vip": "vip",
    "subscriber": "subscriber",
    "founder": "subscriber",
}
"""Badge sets: dev.twitch.tv/docs/api/reference#get-global-chat-badges. A founder's badge stands in for the
subscriber's, a lead moderator's for the moderator's."""
_HIGHEST_FIRST: Final[tuple[Role, ...]] = ("broadcaster", "moderator", "vip", "subscriber")


def viewer(user_id: str, login: str | None, name: str | None) -> Viewer:
    """A user; a missing name is stood in for by the login, and that by the id."""
    known = (login or user_id).lower()
    return Viewer(user_id, known, name or known)


def role_of(badges: Iterable[str]) -> Role:
    """The highest role that these badge sets tell of."""
    roles = {_ROLE_OF_BADGE[badge] for badge in badges if badge in _ROLE_OF_BADGE}
    return next((role for role in _HIGHEST_FIRST if role in roles), "everyone")
