"""Fulfilling and refunding: looked up before it is believed, never done twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from companion.ports.failures import Forbidden, MalformedAnswer, NetworkDown, ProviderUnavailable, RateLimited
from companion.ports.rewards import RewardSpec
from companion.ports.saga_params import Points
from companion.runtime.saga.definition import (
    CannotTell,
    Context,
    Done,
    EffectStep,
    Failed,
    LookAgain,
    NotDone,
    Retry,
    Unknown,
)
from companion.sagas.settling import ELSEWHERE, GIVEN_BACK, NOTHING, REWARD_GONE, SETTLED, SPENT, Settling
from tests.fakes.clock import START, FakeClock
from tests.fakes.rewards import FakeRewards

SPEC = RewardSpec("A song", 500, "", input_required=True)


@dataclass(frozen=True)
class Params:
    points: Points | None


class Desk:
    def __init__(self, twitch: FakeRewards) -> None:
        self.twitch = twitch
        self.missing: list[str] = []
        settling = Settling(twitch, missing=self.missing.append)
        self.fulfil: EffectStep[Params] = settling.fulfil(lambda params: params.points)
        self.delivered: EffectStep[Params] = settling.fulfil(lambda params: params.points, delivered=True)
        self.refund: EffectStep[Params] = settling.refund(lambda params: params.points)
        self.points: Points | None = None

    async def redeem(self) -> Points:
        made = await self.twitch.create_reward(SPEC)
        reward_id = made.value.id  # type: ignore[union-attr]  # the fake takes every first reward
        bought = self.twitch.redeem(reward_id)
        self.points = Points(reward_id, bought.id)
        return self.points

    def context(self) -> Context[Params]:
        return Context("run", Params(self.points), START, START, 1)

    async def act(self, step: EffectStep[Params]) -> object:
        return await step.act(self.context())

    async def look(self, step: EffectStep[Params]) -> object:
        assert step.look_up is not None
        return await step.look_up(self.context())


@pytest.fixture
def desk(clock: FakeClock) -> Desk:
    return Desk(FakeRewards(clock))


async def test_both_ways_once(desk: Desk) -> None:
    points = await desk.redeem()
    assert await desk.act(desk.fulfil) == Done(SETTLED)
    assert isinstance(await desk.act(desk.fulfil), Unknown)
    assert await desk.look(desk.fulfil) == Done(ELSEWHERE)
    assert desk.twitch.ledger == [(points.redemption_id, "fulfilled")]
    assert desk.fulfil.point_of_no_return and not desk.refund.point_of_no_return
    assert (desk.fulfil.attempts, desk.refund.attempts) == (3, 5)


async def test_what_the_dashboard_fulfilled_leaves_no_refund_to_make(desk: Desk) -> None:
    """The streamer spent the points on purpose, and Twitch refuses to give them back: there is nothing to decide."""
    points = await desk.redeem()
    desk.twitch.settle_in_dashboard(points.redemption_id, "fulfilled")
    assert isinstance(await desk.act(desk.refund), Unknown)
    assert await desk.look(desk.refund) == Done(SPENT)


async def test_what_the_dashboard_gave_back_cannot_be_fulfilled(desk: Desk) -> None:
    points = await desk.redeem()
    desk.twitch.settle_in_dashboard(points.redemption_id, "canceled")
    assert isinstance(await desk.act(desk.fulfil), Unknown)
    assert isinstance(await desk.look(desk.fulfil), Failed)


async def test_a_lost_answer_is_looked_up(desk: Desk) -> None:
    await desk.redeem()
    desk.twitch.lose_answers["settle"] = 1
    assert isinstance(await desk.act(desk.refund), Unknown)
    assert await desk.look(desk.refund) == Done(ELSEWHERE)


@pytest.mark.parametrize("error", [NetworkDown("x"), ProviderUnavailable(503, "x"), MalformedAnswer("x")])
async def test_what_did_not_arrive_may_be_tried_again(
    desk: Desk, error: NetworkDown | ProviderUnavailable | MalformedAnswer
) -> None:
    await desk.redeem()
    desk.twitch.errors.append(error)
    assert isinstance(await desk.act(desk.fulfil), Unknown)
    assert await desk.look(desk.fulfil) == NotDone()


async def test_patience_and_refusals(desk: Desk) -> None:
    await desk.redeem()
    later = START + timedelta(seconds=30)
    desk.twitch.errors.extend([RateLimited(later), Forbidden("another client id")])
    told = await desk.act(desk.fulfil)
    assert isinstance(told, Retry)
    assert (told.not_before, told.free) == (later, True)
    assert isinstance(await desk.act(desk.fulfil), Failed)


async def test_a_look_that_fails_is_repeated_or_given_up(desk: Desk) -> None:
    await desk.redeem()
    desk.twitch.errors.extend([NetworkDown("x"), Forbidden("x"), RateLimited(START + timedelta(seconds=40))])
    assert isinstance(await desk.look(desk.fulfil), LookAgain)
    assert isinstance(await desk.look(desk.fulfil), CannotTell)
    told = await desk.look(desk.fulfil)
    assert isinstance(told, LookAgain)
    assert told.after == 40


async def test_the_reward_was_deleted(desk: Desk) -> None:
    """Twitch fulfils what was open then: an end for a fulfilment, and no points come back."""
    points = await desk.redeem()
    desk.twitch.delete_in_dashboard(points.reward_id)
    assert isinstance(await desk.act(desk.fulfil), Unknown)
    assert await desk.look(desk.fulfil) == Done(REWARD_GONE)
    assert await desk.look(desk.refund) == Done(REWARD_GONE)
    assert desk.missing == [points.reward_id] * 2
    desk.twitch.errors.extend([NetworkDown("x")])
    assert isinstance(await desk.look(desk.fulfil), LookAgain)


async def test_what_was_given_back_is_settled_for_what_was_delivered(desk: Desk) -> None:
    points = await desk.redeem()
    desk.twitch.settle_in_dashboard(points.redemption_id, "canceled")
    assert isinstance(await desk.act(desk.delivered), Unknown)
    assert await desk.look(desk.delivered) == Done(GIVEN_BACK)
    assert isinstance(await desk.look(desk.fulfil), Failed)
    assert desk.delivered.streamer_decides and not desk.fulfil.streamer_decides


async def test_a_redemption_that_twitch_forgot_cannot_be_told(desk: Desk) -> None:
    points = await desk.redeem()
    del desk.twitch.redemptions[points.redemption_id]
    assert isinstance(await desk.act(desk.fulfil), Unknown)
    assert isinstance(await desk.look(desk.fulfil), CannotTell)


@pytest.mark.parametrize("points", [None, Points("reward", "redemption", settled_already=True)])
async def test_nothing_to_settle(desk: Desk, points: Points | None) -> None:
    desk.points = points
    for step in (desk.fulfil, desk.refund):
        assert await desk.act(step) == await desk.look(step) == Done(NOTHING)
    assert desk.twitch.calls == []
