"""`sagas.*`, `event_bus.*`, `event_inbox.*`, `hold.*`, `rewards.*`, `raids.*`: what keeps the evening in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pydantic import Field, StrictBool, StrictInt

from companion.kernel.result import Err, Ok, Result
from companion.ports.hold import HoldPort
from companion.ports.inbox import InboxPort, NoSuchLetter
from companion.ports.raids import BadRaidSettings, RaidSettings, RaidsPort
from companion.ports.rewards import BadRewardSettings, RewardSettings, RewardSpec, RewardsPort, RewardUse
from companion.ports.sagas import NoSuchRun, RunStatus, SagasPort, Settlement
from companion.services.control.method import changed_copy, method, read
from companion.services.control.params import Limit, Offset, Params, Reference, SetSettings
from companion.services.control.rpc import Method, NoParams


class BusLetters(Protocol):
    """Dead letters of the event bus."""

    def dead_letters(self, *, limit: int = 100) -> Sequence[object]:
        """Newest first."""
        ...

    def replay(self, event_id: str, receiver: str) -> bool:
        """Deliver again; False when there is no such letter."""
        ...

    def discard(self, event_id: str, receiver: str) -> bool:
        """Delete; False when there is no such letter."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What these methods work on."""

    sagas: SagasPort
    bus: BusLetters
    inbox: InboxPort
    hold: HoldPort
    rewards: RewardsPort
    raids: RaidsPort


class ListRuns(Params):
    """Newest first."""

    statuses: frozenset[RunStatus] | None = None
    kind: str | None = None
    limit: Limit = 100
    offset: Offset = 0


class OfRun(Params):
    """One run."""

    run_id: Reference


class Settle(OfRun):
    """The streamer's decision."""

    settlement: Settlement


class Letters(Params):
    """`limit` letters at most."""

    limit: Limit = 100


class OfLetter(Params):
    """One event at one receiver."""

    event_id: Reference
    receiver: Reference


class OfMessage(Params):
    """One notification."""

    message_id: Reference


class SetHold(Params):
    """Hold everything, or release it."""

    held: StrictBool


class Configure(Params):
    """What a reward shall be."""

    use: RewardUse
    title: str
    cost: StrictInt = Field(lt=2**31)
    prompt: str = ""
    input_required: StrictBool = False
    switched_on: StrictBool = True


def desk_methods(desk: Desk) -> dict[str, Method]:
    """Name -> method."""
    return {**_sagas(desk.sagas), **_bus(desk.bus), **_inbox(desk.inbox), **_switches(desk)}


def _sagas(sagas: SagasPort) -> dict[str, Method]:
    async def runs(params: ListRuns) -> Result[object, object]:
        found = sagas.list_runs(statuses=params.statuses, kind=params.kind, limit=params.limit, offset=params.offset)
        return Ok({"runs": found})

    async def run(params: OfRun) -> Result[object, object]:
        found = sagas.get_run(params.run_id)
        return Err(NoSuchRun(params.run_id)) if found is None else Ok(found)

    async def settle(params: Settle) -> Result[object, object]:
        return await sagas.settle(params.run_id, params.settlement)

    return {
        "sagas.list": method(ListRuns, runs),
        "sagas.get": method(OfRun, run),
        "sagas.needs_you": read(lambda: {"runs": sagas.needs_you()}),
        "sagas.settle": method(Settle, settle),
    }


def _bus(bus: BusLetters) -> dict[str, Method]:
    async def letters(params: Letters) -> Result[object, object]:
        return Ok({"dead_letters": bus.dead_letters(limit=params.limit)})

    async def replay(params: OfLetter) -> Result[object, object]:
        return _found(bus.replay(params.event_id, params.receiver), params.event_id)

    async def discard(params: OfLetter) -> Result[object, object]:
        return _found(bus.discard(params.event_id, params.receiver), params.event_id)

    return {
        "event_bus.dead_letters": method(Letters, letters),
        "event_bus.replay": method(OfLetter, replay),
        "event_bus.discard": method(OfLetter, discard),
    }


def _inbox(inbox: InboxPort) -> dict[str, Method]:
    async def letters(params: Letters) -> Result[object, object]:
        return Ok({"dead_letters": inbox.dead_letters(limit=params.limit)})

    async def replay(params: OfMessage) -> Result[object, object]:
        return await inbox.replay(params.message_id)

    async def discard(params: OfMessage) -> Result[object, object]:
        return await inbox.discard(params.message_id)

    return {
        "event_inbox.dead_letters": method(Letters, letters),
        "event_inbox.replay": method(OfMessage, replay),
        "event_inbox.discard": method(OfMessage, discard),
    }


def _switches(desk: Desk) -> dict[str, Method]:
    async def set_hold(params: SetHold) -> Result[object, object]:
        return await desk.hold.set(held=params.held, by="a script")

    async def configure(params: Configure) -> Result[object, object]:
        spec = RewardSpec(params.title, params.cost, params.prompt, params.input_required)
        return await desk.rewards.configure(params.use, spec, switched_on=params.switched_on)

    async def synchronise(_: NoParams) -> Result[object, object]:
        return await desk.rewards.synchronise()

    async def set_rewards(params: SetSettings) -> Result[object, object]:
        wanted = changed_copy(desk.rewards.get_settings(), RewardSettings, params.settings, BadRewardSettings)
        return wanted if isinstance(wanted, Err) else await desk.rewards.set_settings(wanted.value)

    async def set_raids(params: SetSettings) -> Result[object, object]:
        wanted = changed_copy(desk.raids.get_settings(), RaidSettings, params.settings, BadRaidSettings)
        return wanted if isinstance(wanted, Err) else await desk.raids.set_settings(wanted.value)

    return {
        "hold.get": read(desk.hold.state),
        "hold.set": method(SetHold, set_hold),
        "rewards.view": read(desk.rewards.view),
        "rewards.configure": method(Configure, configure),
        "rewards.synchronise": method(NoParams, synchronise),
        "rewards.get_settings": read(desk.rewards.get_settings),
        "rewards.set_settings": method(SetSettings, set_rewards),
        "raids.get_settings": read(desk.raids.get_settings),
        "raids.set_settings": method(SetSettings, set_raids),
    }


def _found(found: bool, id: str) -> Result[object, object]:
    return Ok(None) if found else Err(NoSuchLetter(id))
