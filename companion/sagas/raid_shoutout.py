"""A raid arrives: a thank-you in chat, then the official shout-out when Twitch's limits allow it."""

from __future__ import annotations

from companion.kernel.result import Err, Ok
from companion.ports.chat import ChatVoice, ShoutoutApi
from companion.ports.raids import RaidsPort, ShoutLater, ShoutNever
from companion.ports.saga_params import RAID, RaidParams
from companion.ports.transaction import Transaction
from companion.runtime.saga.definition import (
    ActOutcome,
    Context,
    Done,
    EffectStep,
    Failed,
    SagaDefinition,
    Waiting,
    WaitOutcome,
    WaitStep,
)
from companion.sagas.answers import after_write
from companion.sagas.speaking import said

TOO_FEW = "too few"
GIVE = "give"
SKIP = "skip"


class RaidShoutout:
    """Makes the definition."""

    def __init__(self, *, voice: ChatVoice, shoutouts: ShoutoutApi, raids: RaidsPort) -> None:
        self._voice = voice
        self._shoutouts = shoutouts
        self._raids = raids

    def definition(self) -> SagaDefinition[RaidParams]:
        """The saga of kind `raid`."""
        thank = EffectStep[RaidParams](
            name="thank", act=self._thank, result=str, time_limit=60.0, patient=True, best_effort=True
        )
        turn = WaitStep[RaidParams](name="wait for turn", check=self._turn, result=str)
        shout = EffectStep[RaidParams](name="shout out", act=self._shout, result=str, best_effort=True)
        return SagaDefinition(kind=RAID, params=RaidParams, steps=(thank, turn, shout), summary=_summary)

    async def _thank(self, ctx: Context[RaidParams]) -> ActOutcome:
        raid = ctx.params
        if raid.viewers < self._raids.get_settings().minimum:
            return Done(TOO_FEW)
        people = "1 viewer" if raid.viewers == 1 else f"{raid.viewers:,} viewers"
        text = f"{raid.raider.display_name}, thank you for the raid with {people}! 💜"
        return said(await self._voice.say(text, patience=30.0))

    def _turn(self, tx: Transaction, ctx: Context[RaidParams]) -> WaitOutcome:
        raid = ctx.params
        if raid.viewers < self._raids.get_settings().minimum:
            return Done(SKIP)
        match self._raids.plan_in(tx, ctx.run_id, raid.raider.user_id, arrived_at=raid.at):
            case ShoutLater(at):
                return Waiting(at)
            case ShoutNever():
                return Done(SKIP)
            case _:
                return Done(GIVE)

    async def _shout(self, ctx: Context[RaidParams]) -> ActOutcome:
        if ctx.result("wait for turn", str) == SKIP:
            return Done(SKIP)
        match await self._shoutouts.shout_out(ctx.params.raider.user_id):
            case Ok():
                return Done(GIVE)
            case Err(error):
                told = after_write(error, code="shoutout_refused", text="Twitch would not give the shout-out.")
                if isinstance(told, Failed):
                    # Could that not be stored, the turn counts as taken: then at worst a shout-out is missing.
                    await self._raids.give_back(ctx.run_id)
                return told


def _summary(params: RaidParams) -> str:
    return f"{params.raider.display_name} raided with {params.viewers} viewers"
