"""The people in the channel: who they are, which badges they wear, who is banned."""

from __future__ import annotations

import re
import zlib
from datetime import timedelta
from typing import Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from companion.simulator.answers import Json
from companion.simulator.ledger import Ledger
from companion.simulator.people import TWITCH_PEOPLE, TwitchPerson
from companion.simulator.world import World

Role: TypeAlias = Literal["broadcaster", "moderator", "vip", "subscriber", "founder"]
_LOGIN: Final = re.compile(r"[a-z0-9_]{1,25}")
_BADGES: Final[dict[str, Json]] = {
    "broadcaster": {"set_id": "broadcaster", "id": "1", "info": ""},
    "moderator": {"set_id": "moderator", "id": "1", "info": ""},
    "vip": {"set_id": "vip", "id": "1", "info": ""},
    "subscriber": {"set_id": "subscriber", "id": "12", "info": "16"},
    "founder": {"set_id": "founder", "id": "0", "info": "20"},
}
_COLORS: Final = ("#00FF7F", "#1E90FF", "#FF69B4", "#DAA520", "")


class Viewer(BaseModel):
    """Somebody by login. Without `id` the login gives one; `name` is the display name, in any script and case."""

    model_config = ConfigDict(extra="forbid")

    login: str
    id: str | None = None
    name: str | None = None
    roles: list[Role] = Field(default_factory=list)


def person(key: str, login: str, name: str) -> TwitchPerson:
    """A viewer as an account."""
    return TwitchPerson(key, login, name, "", "", "2021-06-01T12:00:00Z")


def user_fields(who: TwitchPerson, prefix: str = "") -> Json:
    """The three fields that always come together, such as `user_id`, `user_login`, `user_name`."""
    return {f"{prefix}user_id": who.id, f"{prefix}user_login": who.login, f"{prefix}user_name": who.display_name}


class Crowd:
    """Everybody who was ever seen, by id. Viewers come back from the ledger, roles and bans from the world file."""

    def __init__(self, world: World, ledger: Ledger) -> None:
        self._world = world
        self._ledger = ledger
        self._people: dict[str, TwitchPerson] = {}
        for entry in ledger:
            if isinstance(key := entry.get("user_id"), str):
                self._people[key] = person(key, str(entry["user_login"]), str(entry["user_name"]))

    def see(self, viewer: Viewer) -> TwitchPerson:
        """The account of a viewer, as it is named now. Raises `ValueError` for a login that Twitch would not take."""
        if _LOGIN.fullmatch(viewer.login) is None:
            raise ValueError(f"{viewer.login!r} is no login: a-z, 0-9 and _ only, 25 at most")
        fixed = next((p for p in TWITCH_PEOPLE.values() if viewer.login == p.login), None)
        key = viewer.id or (
            fixed.id if fixed is not None else str(700_000_000 + zlib.crc32(viewer.login.encode()) % 10**8)
        )
        known = self.find(key)
        name = viewer.name or (known.display_name if known is not None else viewer.login)
        if known is None or (known.login, known.display_name) != (viewer.login, name):
            self._people[key] = person(key, viewer.login, name)
            self._ledger.record("viewer_seen", user_fields(self._people[key]))
        if viewer.roles and set(viewer.roles) != set(self.roles(key)):
            self.set_roles(key, list(viewer.roles))
        return self.known(key)

    def find(self, key: str) -> TwitchPerson | None:
        """By id."""
        return self._people.get(key) or TWITCH_PEOPLE.get(key)

    def known(self, key: str) -> TwitchPerson:
        """By id; raises `KeyError` for nobody."""
        return self._people[key] if key in self._people else TWITCH_PEOPLE[key]

    def by_login(self, login: str) -> TwitchPerson | None:
        """By login, any case."""
        wanted = login.lower()
        people = (*TWITCH_PEOPLE.values(), *self._people.values())
        return next((p for p in people if p.login == wanted), None)

    def streamer(self) -> TwitchPerson:
        """The one whose channel this is."""
        return TWITCH_PEOPLE[self._world.state.twitch.streamer]

    def roles(self, key: str) -> list[str]:
        """What a person is in the channel; the streamer is always the broadcaster."""
        own = list(self._world.state.twitch.roles.get(key, []))
        return ["broadcaster", *own] if key == self._world.state.twitch.streamer and "broadcaster" not in own else own

    def set_roles(self, key: str, roles: list[str]) -> None:
        """What a person is from now on."""
        self._world.state.twitch.roles[key] = roles
        self._world.commit()

    def badges(self, key: str) -> list[Json]:
        """What stands before the name in chat."""
        return [dict(_BADGES[role]) for role in self.roles(key)]

    def color(self, key: str) -> str:
        """The colour of the name; some never chose one."""
        return _COLORS[zlib.crc32(key.encode()) % len(_COLORS)]

    def ban(self, key: str, seconds: float | None) -> None:
        """Ban for good (`None`), or time out for so many seconds; 0 lets the person speak again."""
        twitch = self._world.state.twitch
        twitch.bans.pop(key, None)
        if seconds != 0:
            twitch.bans[key] = None if seconds is None else self._world.now() + timedelta(seconds=seconds)
        self._world.commit()

    def banned(self, key: str) -> Literal["no", "banned", "timed_out"]:
        """Whether a person may not speak now."""
        bans = self._world.state.twitch.bans
        if key not in bans:
            return "no"
        until = bans[key]
        if until is None:
            return "banned"
        return "timed_out" if self._world.now() < until else "no"

    def broadcaster_type(self, key: str) -> str:
        """`affiliate`, `partner` or nothing."""
        own = self._world.state.twitch.broadcaster_types
        # Not of whoever was seen in chat: that tells a name, and nothing about the channel.
        known = TWITCH_PEOPLE.get(key)
        return own.get(key, known.broadcaster_type if known is not None else "")

    def clear(self) -> None:
        """Forget every viewer."""
        self._people.clear()
