"""A win that the streamer settles by hand: it needs the streamer until it is settled, here or at Twitch.

The roll itself is drawn, published and told by the raffle's own saga; here are only the points behind it.
"""

from __future__ import annotations

from dataclasses import replace

from companion.kernel.result import Ok
from companion.ports.rewards import RewardsApi
from companion.ports.saga_params import RAFFLE_WIN, Points, RaffleWinParams, points_behind
from companion.runtime.saga.definition import (
    ActOutcome,
    CannotTell,
    Context,
    Done,
    EffectStep,
    LookUpOutcome,
    SagaDefinition,
    Unknown,
)
from companion.sagas.settling import ELSEWHERE, Settling

OPEN = "you settle wins yourself"


class RaffleWin:
    """Makes the definition."""

    def __init__(self, *, settling: Settling, rewards: RewardsApi) -> None:
        self._settling = settling
        self._rewards = rewards

    def definition(self) -> SagaDefinition[RaffleWinParams]:
        """The saga of kind `raffle_win`."""
        return SagaDefinition(
            kind=RAFFLE_WIN,
            params=RaffleWinParams,
            steps=(self._by_hand(),),
            amends=(self._settling.refund(_points),),
            summary=lambda win: f"{win.viewer.display_name} won the raffle: {win.prize}",
            points=lambda win: points_behind(win.points),
        )

    def _by_hand(self) -> EffectStep[RaffleWinParams]:
        """The common step, which does nothing before the streamer has said so."""
        step: EffectStep[RaffleWinParams] = self._settling.fulfil(_points)
        act, look_up = step.act, step.look_up
        if look_up is None:
            raise AssertionError("a settlement can always be looked up")

        async def act_when_told(ctx: Context[RaffleWinParams]) -> ActOutcome:
            return await act(ctx) if ctx.decision == "fulfil" else Unknown(OPEN)

        async def look_up_when_told(ctx: Context[RaffleWinParams]) -> LookUpOutcome:
            return await look_up(ctx) if ctx.decision == "fulfil" else await self._settled_at_twitch(ctx.params.points)

        return replace(step, act=act_when_told, look_up=look_up_when_told)

    async def _settled_at_twitch(self, points: Points) -> LookUpOutcome:
        """Whatever was pressed in the dashboard was the streamer's decision."""
        asked = await self._rewards.get_redemption(points.reward_id, points.redemption_id)
        if isinstance(asked, Ok) and asked.value is not None and asked.value.status in ("fulfilled", "canceled"):
            return Done(ELSEWHERE)
        return CannotTell(OPEN)


def _points(win: RaffleWinParams) -> Points:
    return win.points
