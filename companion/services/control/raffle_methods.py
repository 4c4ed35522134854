"""`keyboard_raffle.*` and `achievements.*`: what viewers win."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictBool, StrictInt

from companion.kernel.result import Err, Result
from companion.ports.achievements import AchievementsPort, Definition, Scope, Trigger
from companion.ports.raffle import BadRaffleSettings, KeyboardRafflePort, LeaderboardSort, RaffleSettings
from companion.services.control.method import changed_copy, method, read, under
from companion.services.control.params import Limit, Longest, Params, Reference, SetSettings
from companion.services.control.rpc import Method


class GetLeaderboard(Params):
    """Sorted by rolls, wins, or the closest miss."""

    sort: LeaderboardSort = "wins"
    limit: Limit = 10


class OfEpoch(Params):
    """One epoch."""

    epoch: StrictInt = Field(ge=1, lt=2**31)


class Verify(Params):
    """One epoch, or all that are revealed."""

    epoch: StrictInt | None = Field(default=None, ge=1, lt=2**31)


class OfUser(Params):
    """A viewer by id."""

    user_id: Reference


class OfName(Params):
    """A viewer, by name as typed or by id."""

    name: Reference


class Unlocked(Params):
    """Of one viewer, or of everybody."""

    name: Reference | None = None
    limit: Limit = 10


class OfDefinition(Params):
    """One achievement."""

    id: Reference


class MoveDefinition(Params):
    """To `position`, 1 is the first; beyond the last is last."""

    id: Reference
    position: Annotated[StrictInt, Field(ge=1, le=10_000)]


class Defined(Params):
    """A whole definition."""

    id: str = Field(pattern=r"^[a-z0-9_]{1,50}$")
    name: str
    description: str
    icon: str
    trigger: Trigger
    threshold: StrictInt | None = Field(default=None, lt=2**31)
    scope: Scope = "cumulative"
    enabled: StrictBool = True

    def value(self) -> Definition:
        """As the object takes it."""
        return Definition(
            id=self.id,
            name=self.name,
            description=self.description,
            icon=self.icon,
            trigger=self.trigger,
            threshold=self.threshold,
            scope=self.scope,
            enabled=self.enabled,
        )


def raffle_methods(raffle: KeyboardRafflePort) -> dict[str, Method]:
    """Name -> method."""

    async def leaderboard(params: GetLeaderboard) -> Result[object, object]:
        return under("leaderboard", await raffle.get_leaderboard(params.sort, limit=params.limit))

    async def viewer(params: OfUser) -> Result[object, object]:
        return under("viewer", await raffle.get_viewer(params.user_id))

    async def verify(params: Verify) -> Result[object, object]:
        return await raffle.verify(params.epoch)

    async def proof(params: OfEpoch) -> Result[object, object]:
        return under("html", await raffle.export_proof(params.epoch))

    async def set_settings(params: SetSettings) -> Result[object, object]:
        wanted = changed_copy(raffle.view().settings, RaffleSettings, params.settings, BadRaffleSettings)
        return wanted if isinstance(wanted, Err) else await raffle.set_settings(wanted.value)

    return {
        "keyboard_raffle.view": read(raffle.view),
        "keyboard_raffle.get_leaderboard": method(GetLeaderboard, leaderboard),
        "keyboard_raffle.get_viewer": method(OfUser, viewer),
        "keyboard_raffle.verify": method(Verify, verify),
        "keyboard_raffle.export_proof": method(OfEpoch, proof),
        "keyboard_raffle.set_settings": method(SetSettings, set_settings),
    }


def achievement_methods(achievements: AchievementsPort) -> dict[str, Method]:
    """Name -> method."""

    async def viewer(params: OfName) -> Result[object, object]:
        return await achievements.get_viewer(params.name)

    async def unlocked(params: Unlocked) -> Result[object, object]:
        return under("unlocked", await achievements.get_unlocked(params.name, limit=params.limit))

    async def leaderboard(params: Longest) -> Result[object, object]:
        return under("leaderboard", await achievements.get_leaderboard(limit=params.limit))

    async def save(params: Defined) -> Result[object, object]:
        return await achievements.save(params.value())

    async def delete(params: OfDefinition) -> Result[object, object]:
        return await achievements.delete(params.id)

    async def move(params: MoveDefinition) -> Result[object, object]:
        return await achievements.move(params.id, params.position)

    async def preview(params: Defined) -> Result[object, object]:
        return await achievements.preview(params.value())

    async def apply(params: OfDefinition) -> Result[object, object]:
        return under("unlocks", await achievements.apply(params.id))

    return {
        "achievements.definitions": read(lambda: {"definitions": achievements.definitions()}),
        "achievements.get_viewer": method(OfName, viewer),
        "achievements.get_unlocked": method(Unlocked, unlocked),
        "achievements.get_leaderboard": method(Longest, leaderboard),
        "achievements.save": method(Defined, save),
        "achievements.delete": method(OfDefinition, delete),
        "achievements.move": method(MoveDefinition, move),
        "achievements.preview": method(Defined, preview),
        "achievements.apply": method(OfDefinition, apply),
    }
