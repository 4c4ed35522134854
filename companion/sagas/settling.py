"""Fulfilling and refunding a redemption, exactly once: the two steps that every points saga ends with.

A lost answer, and a 404 (which Twitch also gives for a redemption that is settled already), are looked up by the
redemption's id before anything is believed (dev.twitch.tv/docs/api/reference, Update Redemption Status). Waiting until
Twitch takes calls again (429) is no attempt: however many redemptions stand in line, all are settled in the end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from companion.kernel.instant import Instant
from companion.kernel.result import Err, Ok
from companion.ports.failures import NotFound, RateLimited
from companion.ports.rewards import Redemption, RewardsApi, Verdict
from companion.ports.saga_params import Points
from companion.runtime.saga.definition import (
    ActOutcome,
    CannotTell,
    Context,
    Done,
    EffectStep,
    Failed,
    LookAgain,
    LookUpOutcome,
    NotDone,
    Retry,
    Unknown,
)
from companion.sagas.answers import after_read, after_write, is_gone

P = TypeVar("P")
SETTLED = "settled"
"""Result: we settled it."""
NOTHING = "nothing to settle"
"""Result: there are no points behind this wish, or they were settled when it arrived."""
REWARD_GONE = "reward deleted"
"""Result: the reward was deleted, which fulfils its open redemptions at Twitch; no points can come back."""
ELSEWHERE = "settled elsewhere"
"""Result: somebody settled it the same way before us (the dashboard)."""
SPENT = "fulfilled elsewhere"
"""Result of a refund: the dashboard fulfilled it, knowingly, and from there Twitch gives no points back."""
SPENT_TEXT = "The redemption was fulfilled in Twitch's dashboard, so its points stay spent."
"""What a viewer reads when there was no refund to make for that reason."""
GIVEN_BACK = "given back elsewhere"
"""Result of fulfilling what was delivered: its points went back before (the dashboard), and stay there."""
_LOOK_AFTER = 5.0
_IN_LINE = "Twitch takes no more calls in this minute"


def nobody(_reward_id: str) -> None:
    """Not told."""


class Settling:
    """Makes the steps. `points` finds the redemption in a saga's parameters.

    `missing` is told the id of a reward that Twitch turned out not to know any more.
    """

    def __init__(self, rewards: RewardsApi, *, missing: Callable[[str], None] = nobody) -> None:
        self._rewards = rewards
        self._missing = missing

    def fulfil(
        self, points: Callable[[P], Points | None], *, name: str = "fulfil", delivered: bool = False
    ) -> EffectStep[P]:
        """The point of no return.

        `delivered`: the viewer has had what the points are for, which nothing takes back. Then points that went back
        elsewhere are settled too, and a fulfilment that Twitch refuses needs the streamer.
        """
        step = self._step(points, name, "fulfilled", attempts=3, delivered=delivered)
        return replace(step, point_of_no_return=True, streamer_decides=delivered)

    def refund(self, points: Callable[[P], Points | None], *, name: str = "refund") -> EffectStep[P]:
        """Gives the points back."""
        return self._step(points, name, "canceled", attempts=5)

    def _step(
        self,
        points: Callable[[P], Points | None],
        name: str,
        verdict: Verdict,
        *,
        attempts: int,
        delivered: bool = False,
    ) -> EffectStep[P]:
        async def act(ctx: Context[P]) -> ActOutcome:
            return await self._settle(points(ctx.params), verdict)

        async def look_up(ctx: Context[P]) -> LookUpOutcome:
            told = await self._look(points(ctx.params), verdict, ctx.now)
            return Done(GIVEN_BACK) if delivered and isinstance(told, Failed) else told

        return EffectStep(name=name, act=act, look_up=look_up, result=str, time_limit=30.0, attempts=attempts)

    async def _settle(self, points: Points | None, verdict: Verdict) -> ActOutcome:
        if points is None or points.settled_already:
            return Done(NOTHING)
        match await self._rewards.settle(points.reward_id, points.redemption_id, verdict):
            case Ok():
                return Done(SETTLED)
            case Err(NotFound()):
                return Unknown("Twitch calls it settled or unknown")
            case Err(RateLimited(retry_at)):
                return Retry(_IN_LINE, not_before=retry_at, free=True)
            case Err(error):
                return after_write(error, code="settle_refused", text=_text(verdict))

    async def _look(self, points: Points | None, verdict: Verdict, now: Instant) -> LookUpOutcome:
        if points is None or points.settled_already:
            return Done(NOTHING)
        asked = await self._rewards.get_redemption(points.reward_id, points.redemption_id)
        if isinstance(asked, Err) and isinstance(asked.error, RateLimited):
            return LookAgain((asked.error.retry_at - now).total_seconds(), _IN_LINE)
        if isinstance(asked, Err) and not is_gone(asked.error):
            told = after_read(asked.error, code="look_up_refused", text=_text(verdict))
            return CannotTell(told.text) if isinstance(told, Failed) else LookAgain(_LOOK_AFTER, told.error)
        if isinstance(asked, Err) or asked.value is None:
            return await self._look_for_reward(points, verdict)
        return _seen(asked.value, verdict)

    async def _look_for_reward(self, points: Points, verdict: Verdict) -> LookUpOutcome:
        """Deleting a reward fulfils what was open: nothing can be settled any more, and no points come back."""
        match await self._rewards.list_rewards():
            case Ok(rewards):
                if any(reward.id == points.reward_id for reward in rewards):
                    return CannotTell("Twitch does not know this redemption any more")
                self._missing(points.reward_id)
                return Done(REWARD_GONE)
            case Err():
                return LookAgain(_LOOK_AFTER, "the rewards could not be listed")


def _seen(redemption: Redemption, verdict: Verdict) -> LookUpOutcome:
    match redemption.status:
        case "unfulfilled":
            return NotDone()
        case "unknown":
            return LookAgain(_LOOK_AFTER, "Twitch gives no status")
        case status if status == verdict:
            return Done(ELSEWHERE)
        case "fulfilled":
            return Done(SPENT)
        case _:
            return Failed("settled_otherwise", "It was given back in Twitch's dashboard.")


def _text(verdict: Verdict) -> str:
    return "Twitch would not fulfil it." if verdict == "fulfilled" else "Twitch would not give the points back."
