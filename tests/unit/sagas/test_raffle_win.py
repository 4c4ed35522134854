"""A win left open waits for the streamer, visibly, and is settled once, here or in Twitch's dashboard."""

from __future__ import annotations

import pytest

from companion.kernel.result import expect_ok
from companion.ports.raffle import RaffleSettings
from companion.ports.rewards import Verdict
from companion.ports.saga_params import RAFFLE_WIN, Points, RaffleParams
from companion.ports.sagas import Settlement
from tests.unit.sagas.table import Table, win


async def test_it_needs_the_streamer_and_names_winner_and_prize(table: Table) -> None:
    run = await win(table)
    assert (run.kind, run.status, run.summary) == (RAFFLE_WIN, "outcome_unknown", "Ann won the raffle: a wave")
    assert run.offers == ("fulfil", "refund", "retry", "ignore")
    roll = run.id.removeprefix("win ")
    assert table.status(roll) == "completed" and table.rewards.redemptions[roll].status == "unfulfilled"


@pytest.mark.parametrize(("decision", "verdict"), [("fulfil", "fulfilled"), ("refund", "canceled")])
async def test_the_streamer_settles_it_once(table: Table, decision: Settlement, verdict: Verdict) -> None:
    run = await win(table)
    roll = run.id.removeprefix("win ")
    expect_ok(await table.host.settle(run.id, decision))
    await table.rig.pass_time(10)
    assert [settled for settled in table.rewards.ledger if settled[0] == roll] == [(roll, verdict)]
    assert table.status(run.id) == ("completed" if decision == "fulfil" else "failed")
    # The roll counts whatever becomes of its points.
    assert roll in {each.redemption_id for each in table.raffle.view().recent}


async def test_what_was_pressed_in_the_dashboard_is_seen(table: Table) -> None:
    run = await win(table)
    table.rewards.settle_in_dashboard(run.id.removeprefix("win "), "canceled")
    expect_ok(await table.host.settle(run.id, "retry"))
    await table.rig.pass_time(1)
    assert table.status(run.id) == "completed"


async def test_it_still_waits_after_a_restart(table: Table) -> None:
    run = await win(table)
    await table.restart()
    table.host.start()
    await table.rig.pass_time(60)
    assert [each.id for each in table.host.needs_you()] == [run.id]
    expect_ok(await table.host.settle(run.id, "fulfil"))
    await table.rig.pass_time(10)
    assert (run.id.removeprefix("win "), "fulfilled") in table.rewards.ledger


@pytest.mark.parametrize("settled_already", [False, True])
async def test_without_points_to_settle_nothing_is_asked(table: Table, settled_already: bool) -> None:
    expect_ok(await table.raffle.set_settings(RaffleSettings(range=2, win_stays_open=True)))
    await table.begin()
    points = Points(table.reward.id, "x", settled_already=True) if settled_already else None
    for number in range(8):
        table.start(f"roll-{number}", RaffleParams(table.wish().viewer, table.wish().redeemed_at, points))
        await table.rig.pass_time(0)
    assert any(roll.won for roll in table.rolls) and table.host.needs_you() == []
