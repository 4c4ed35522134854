"""More redemptions than Twitch settles in a minute: those that stand in line lose nothing by it."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from typing import Final

import pytest_asyncio

from companion.kernel.result import expect_ok
from companion.ports.rewards import RewardSpec
from companion.ports.saga_params import Points, RaffleParams
from companion.ports.transaction import Transaction
from companion.runtime.saga.definition import Context, Done, Failed, LocalOutcome, LocalStep, SagaDefinition
from companion.sagas.settling import Settling
from tests.fakes.clock import FakeClock
from tests.fakes.rewards import FakeRewards
from tests.fakes.runtime import Rig, settle
from tests.fakes.sagas import saga_host
from tests.unit.objects.keyboard_raffle.stage import ANN
from tests.unit.sagas.table import Table

A_MINUTE: Final = 8
RUNS: Final = 45
"""They need six windows; a step has three attempts, a refund five."""


class Desk:
    """Runs that fulfil at once, and runs that fail and give back."""

    def __init__(self, rig: Rig, clock: FakeClock) -> None:
        self.rig, self.twitch = rig, FakeRewards(clock)
        self.twitch.per_minute = A_MINUTE
        self.host = saga_host(rig)
        settling = Settling(self.twitch)
        for kind, attempt in (("keep", _works), ("give back", _fails)):
            first = LocalStep[Points](name="try", apply=attempt)
            self.host.register(
                SagaDefinition(
                    kind=kind,
                    params=Points,
                    steps=(first, settling.fulfil(_itself)),
                    amends=(settling.refund(_itself),),
                )
            )
        rig.start()
        self.host.start()

    async def start(self, kind: str) -> None:
        if not self.twitch.rewards:
            expect_ok(await self.twitch.create_reward(RewardSpec("Roll", 1, "", False)))
        reward_id = next(iter(self.twitch.rewards))
        with self.rig.transactions.begin() as tx:
            for _ in range(RUNS):
                bought = self.twitch.redeem(reward_id)
                expect_ok(self.host.start_in(tx, kind, bought.id, Points(reward_id, bought.id)))

    async def pass_time(self, minutes: int) -> None:
        for _ in range(minutes):
            await self.rig.pass_time(60)
            await settle(300)

    def ends(self) -> Counter[str]:
        return Counter(run.status for run in self.host.list_runs(limit=1000))


def _works(_tx: Transaction, _ctx: Context[Points]) -> LocalOutcome:
    return Done(None)


def _fails(_tx: Transaction, _ctx: Context[Points]) -> LocalOutcome:
    return Failed("no", "No.")


def _itself(points: Points) -> Points:
    return points


@pytest_asyncio.fixture
async def desk(rig: Rig, clock: FakeClock) -> AsyncIterator[Desk]:
    desk = Desk(rig, clock)
    yield desk
    await desk.host.stop(1.0)


async def test_all_are_fulfilled_in_the_end(desk: Desk) -> None:
    await desk.start("keep")
    await settle(1000)
    waiting = [run for run in desk.host.list_runs(limit=1000) if run.status == "running"]
    assert len(waiting) == RUNS - A_MINUTE
    assert {run.steps[1].next_retry_at is not None and run.steps[1].last_error for run in waiting} == {
        "Twitch takes no more calls in this minute"
    }
    await desk.pass_time(8)
    assert Counter(verdict for _, verdict in desk.twitch.ledger) == {"fulfilled": RUNS}
    assert desk.ends() == {"completed": RUNS}


async def test_all_are_given_back_in_the_end(desk: Desk) -> None:
    await desk.start("give back")
    await desk.pass_time(8)
    assert Counter(verdict for _, verdict in desk.twitch.ledger) == {"canceled": RUNS}
    assert desk.ends() == {"failed": RUNS}


async def test_no_roll_is_taken_back_for_a_long_line(table: Table) -> None:
    await table.begin()
    table.rewards.per_minute = A_MINUTE
    table.clock.advance(1)
    bought = [table.rewards.redeem(table.reward.id, viewer=ANN) for _ in range(RUNS)]
    for each in bought:
        table.start(each.id, RaffleParams(ANN, each.redeemed_at, Points(table.reward.id, each.id)))
    for _ in range(8):
        await table.rig.pass_time(60)
        await settle(300)
    assert table.rewards.ledger == [(each.id, "fulfilled") for each in bought]
    assert {table.status(each.id) for each in bought} == {"completed"}
    assert len(table.rolls) == RUNS
