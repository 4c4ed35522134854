"""Who watches: Twitch users, known by their id and shown by their newest name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, Protocol, TypeAlias

from companion.kernel.instant import Instant
from companion.ports.transaction import Transaction

Role: TypeAlias = Literal["everyone", "subscriber", "vip", "moderator", "broadcaster"]
ROLES: Final[tuple[Role, ...]] = ("everyone", "subscriber", "vip", "moderator", "broadcaster")
"""From the least to the most: whoever has a role may do what the ones before it may."""


def at_least(role: Role, needed: Role) -> bool:
    """Whether somebody with `role` may do what `needed` is asked for."""
    return ROLES.index(role) >= ROLES.index(needed)


@dataclass(frozen=True, slots=True)
class Viewer:
    """One Twitch user. `login` is lower case ASCII; `display_name` may be in any script."""

    user_id: str
    login: str
    display_name: str


class ViewersPort(Protocol):
    """Everybody who ever chatted or redeemed something."""

    def see_in(self, tx: Transaction, viewer: Viewer, at: Instant, role: Role | None = None) -> None:
        """Remember the newest name, and the role where the source tells one (chat does, a redemption does not)."""
        ...

    def find(self, name: str) -> Viewer | None:
        """By login or display name, case-insensitive, a leading `@` dropped; None when nobody has it."""
        ...

    def get(self, user_id: str) -> Viewer | None:
        """By id."""
        ...

    def role_of(self, user_id: str) -> Role:
        """As last seen in chat; "everyone" for a stranger, "broadcaster" for the streamer."""
        ...

    def names(self, user_ids: Iterable[str]) -> Mapping[str, str]:
        """Newest display names by id; unknown ids are left out."""
        ...
