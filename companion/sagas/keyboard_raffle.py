"""The saga of one roll: wait for an open epoch, draw, settle the points, tell.

Won or lost, the points are kept once the roll is fulfilled. Whatever goes wrong before that takes the roll back for
good, gives the points back, and says so in a friendly line.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from companion.kernel.ids import deterministic_id
from companion.kernel.result import Err, Ok
from companion.ports.chat import ChatVoice
from companion.ports.events import RaffleRolled
from companion.ports.raffle import (
    Admitted,
    IdempotencyConflict,
    NotAdmitted,
    RaffleRolls,
    Roll,
    RollRefusal,
    WaitForEpoch,
    Wish,
)
from companion.ports.saga_params import (
    RAFFLE,
    RAFFLE_WIN,
    RaffleParams,
    RaffleWinParams,
    points_behind,
    win_run_id,
)
from companion.ports.sagas import SagaStarter
from companion.ports.transaction import Transaction
from companion.runtime.event_bus import EventBus
from companion.runtime.saga.definition import (
    ActOutcome,
    Context,
    Done,
    EffectStep,
    Failed,
    LocalOutcome,
    LocalStep,
    LookUpOutcome,
    SagaDefinition,
    Waiting,
    WaitOutcome,
    WaitStep,
)
from companion.sagas.settling import ELSEWHERE, NOTHING, SETTLED, SPENT, SPENT_TEXT, Settling
from companion.sagas.speaking import said

Ctx: TypeAlias = Context[RaffleParams]

_TEXTS: Final[dict[RollRefusal, str]] = {
    "too_early": "the raffle had only just opened. Roll again whenever you like.",
    "closed": "this raffle was over already.",
    "no_commitment": "the raffle could not be opened in time.",
    "no_epoch": "the raffle closed just then. Roll again whenever you like.",
    "taken_back": "this roll was taken back before.",
    "refused": "this roll was turned down before.",
    "bad_id": "this roll could not be written down.",
    "offline": "the raffle rolls while the stream is live.",
}


@dataclass(frozen=True, slots=True)
class Rolled:
    """What was drawn, and the settings it was drawn under."""

    roll: Roll
    prize: str
    stays_open: bool
    """Won, and left for the streamer to settle by hand."""


class KeyboardRaffleSaga:
    """Makes the definition. `bus` takes `RaffleRolled` in the transaction that journals the step.

    A win that the streamer settles by hand goes on as a run of its own (`sagas.raffle_win`), begun by `sagas`.
    """

    def __init__(
        self, *, raffle: RaffleRolls, settling: Settling, bus: EventBus, voice: ChatVoice, sagas: SagaStarter
    ) -> None:
        self._raffle = raffle
        self._settling = settling
        self._bus = bus
        self._voice = voice
        self._sagas = sagas

    def definition(self) -> SagaDefinition[RaffleParams]:
        """The saga of kind `raffle`."""
        return SagaDefinition(
            kind=RAFFLE,
            params=RaffleParams,
            steps=(
                WaitStep(name="wait for epoch", check=self._wait),
                LocalStep(name="record roll", apply=self._record, result=Rolled, undo=self._take_back),
                self._fulfil(),
                LocalStep(name="publish", apply=self._publish),
                EffectStep(name="tell", act=self._tell, result=str, time_limit=60.0, patient=True, best_effort=True),
            ),
            amends=(
                LocalStep(name="note refund", apply=self._note_refund),
                self._settling.refund(lambda params: params.points),
                EffectStep(
                    name="console", act=self._console, result=str, time_limit=60.0, patient=True, best_effort=True
                ),
            ),
            summary=lambda params: f"{params.viewer.display_name} rolls in the raffle",
            points=lambda params: points_behind(params.points),
        )

    def _wait(self, tx: Transaction, ctx: Ctx) -> WaitOutcome:
        match self._raffle.admit_in(tx, _wish(ctx), asked_at=ctx.created_at):
            case Admitted():
                return Done(None)
            case WaitForEpoch(until):
                return Waiting(until)
            case NotAdmitted(reason):
                return Failed(reason, _TEXTS[reason])

    def _record(self, tx: Transaction, ctx: Ctx) -> LocalOutcome:
        settings = self._raffle.settings()
        match self._raffle.record_roll_in(tx, _wish(ctx)):
            case Ok(roll):
                return Done(Rolled(roll, settings.prize, stays_open=roll.won and settings.win_stays_open))
            case Err(error):
                return _refused(error)

    def _take_back(self, tx: Transaction, ctx: Ctx) -> None:
        self._raffle.take_back_in(tx, ctx.run_id, _code(ctx))

    def _fulfil(self) -> EffectStep[RaffleParams]:
        """The common step, but for a win that the streamer settles by hand."""
        step: EffectStep[RaffleParams] = self._settling.fulfil(lambda params: params.points)
        act, look_up = step.act, step.look_up
        if look_up is None:
            raise AssertionError("a settlement can always be looked up")

        async def act_unless_open(ctx: Ctx) -> ActOutcome:
            return Done(NOTHING) if _rolled(ctx).stays_open else await act(ctx)

        async def look_up_unless_open(ctx: Ctx) -> LookUpOutcome:
            return Done(NOTHING) if _rolled(ctx).stays_open else await look_up(ctx)

        return replace(step, act=act_unless_open, look_up=look_up_unless_open)

    def _publish(self, tx: Transaction, ctx: Ctx) -> LocalOutcome:
        rolled, points = _rolled(ctx), ctx.params.points
        self._bus.add(tx, _event(rolled))
        if rolled.stays_open and points is not None and not points.settled_already:
            win = RaffleWinParams(ctx.params.viewer, rolled.prize, points)
            self._sagas.start_in(tx, RAFFLE_WIN, win_run_id(ctx.run_id), win)
        return Done(None)

    async def _tell(self, ctx: Ctx) -> ActOutcome:
        line = roll_line(_rolled(ctx))
        return said(await self._voice.say(line, reply_to=ctx.params.reply_to, patience=30.0))

    def _note_refund(self, tx: Transaction, ctx: Ctx) -> LocalOutcome:
        self._raffle.refuse_in(tx, _wish(ctx), _code(ctx))
        return Done(None)

    async def _console(self, ctx: Ctx) -> ActOutcome:
        line = refund_line(ctx)
        return said(await self._voice.say(line, reply_to=ctx.params.reply_to, patience=30.0))


def roll_line(rolled: Rolled) -> str:
    """A roll in chat; its entry and the chain's first digits are what a viewer can compare with the proof later."""
    roll = rolled.roll
    proof = f"#{roll.entry} {roll.chain[:8]}"
    name = roll.viewer.display_name
    if roll.won:
        return f"{name}, you rolled {roll.roll:,} and met the winning number: {rolled.prize} 🏆 ({proof})"
    record = ", the closest so far" if roll.new_record else ""
    return f"{name}, you rolled {roll.roll:,} against {roll.winning:,}: {roll.distance:,} away{record}. ({proof})"


def refund_line(ctx: Ctx) -> str:
    """Why there is no roll, and what became of the points."""
    why = "something went wrong on our side." if ctx.failure is None else ctx.failure.text
    settled = ctx.results.get("refund")
    back = settled in (SETTLED, ELSEWHERE)
    why = f"{why} {SPENT_TEXT}" if settled == SPENT else why
    return f"{ctx.params.viewer.display_name}, {'your points are back: ' if back else ''}{why}"


def _event(rolled: Rolled) -> RaffleRolled:
    roll = rolled.roll
    return RaffleRolled(
        event_id=deterministic_id("raffle_roll", roll.redemption_id),
        at=roll.at,
        redemption_id=roll.redemption_id,
        session_id=roll.session_id,
        viewer_id=roll.viewer.user_id,
        viewer_name=roll.viewer.display_name,
        epoch=roll.epoch,
        roll=roll.roll,
        winning=roll.winning,
        distance=roll.distance,
        won=roll.won,
        new_record=roll.new_record,
        entry=roll.entry,
        chain=roll.chain,
        prize=rolled.prize,
    )


def _refused(error: NotAdmitted | IdempotencyConflict) -> Failed:
    match error:
        case NotAdmitted(reason):
            return Failed(reason, _TEXTS[reason])
        case IdempotencyConflict():
            return Failed("conflict", "this roll is known under another name.")


def _wish(ctx: Ctx) -> Wish:
    return Wish(ctx.run_id, ctx.params.viewer, ctx.params.redeemed_at)


def _rolled(ctx: Ctx) -> Rolled:
    return ctx.result("record roll", Rolled)


def _code(ctx: Ctx) -> str:
    return "failed" if ctx.failure is None else ctx.failure.code
