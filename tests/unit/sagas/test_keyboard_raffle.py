"""One roll from redemption to chat, on the real host: settled once, drawn once, told once, whatever dies in between."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from companion.kernel.result import expect_ok
from companion.ports.chat import ChatDropped
from companion.ports.failures import Forbidden
from companion.ports.raffle import RaffleSettings
from companion.ports.rewards import RewardSpec
from companion.ports.saga_params import Points, RaffleParams
from tests.fakes.clock import FakeClock
from tests.fakes.runtime import Killed, settle
from tests.unit.objects.keyboard_raffle.stage import ANN
from tests.unit.sagas.table import Table


async def test_a_roll_is_settled_published_and_told(table: Table) -> None:
    await table.begin()
    run_id = await table.redeem()

    assert table.status(run_id) == "completed"
    assert table.rewards.ledger == [(run_id, "fulfilled")]
    (event,) = table.rolls
    assert (event.viewer_name, event.entry, event.epoch, event.session_id) == ("Ann", 1, 1, "session-1")
    numbers = f"{event.roll:,} against {event.winning:,}: {event.distance:,} away"
    assert table.answers == [f"Ann, you rolled {numbers}, the closest so far. (#1 {event.chain[:8]})"]
    run = table.host.get_run(run_id)
    assert run is not None
    assert run.summary == "Ann rolls in the raffle"


async def test_a_roll_without_points_answers_the_message(table: Table) -> None:
    await table.begin()
    table.start("chat-7", RaffleParams(ANN, table.wish().redeemed_at, None, reply_to="chat-7"))
    await table.rig.pass_time(0)

    assert table.status("chat-7") == "completed"
    assert table.rewards.ledger == []
    assert table.voice.replies[-1][1] == "chat-7"


@pytest.mark.parametrize("stays_open", [False, True])
async def test_a_win_is_fulfilled_unless_the_streamer_wants_it_open(table: Table, stays_open: bool) -> None:
    expect_ok(await table.raffle.set_settings(RaffleSettings(range=2, prize="a wave", win_stays_open=stays_open)))
    await table.begin()
    runs = [await table.redeem() for _ in range(12)]

    won = {event.redemption_id for event in table.rolls if event.won}
    assert 0 < len(won) < 12
    assert {run_id for run_id, _ in table.rewards.ledger} == set(runs) - (won if stays_open else set())
    assert {table.status(run_id) for run_id in runs} == {"completed"}
    winners = [text for text in table.answers if "a wave 🏆" in text]
    assert len(winners) == len(won)


async def test_too_early_is_refunded_and_said(table: Table) -> None:
    await table.begin()
    bought = table.rewards.redeem(table.reward.id, viewer=ANN)
    before = replace(bought, redeemed_at=table.wish().redeemed_at.replace(year=2025))
    table.start(bought.id, RaffleParams(ANN, before.redeemed_at, Points(table.reward.id, bought.id)))
    await table.rig.pass_time(0)

    assert table.rewards.ledger == [(bought.id, "canceled")]
    assert table.answers == [
        "Ann, your points are back: the raffle had only just opened. Roll again whenever you like."
    ]
    assert table.rolls == []
    (verdict,) = expect_ok(await table.raffle.verify(1)).epochs
    assert (verdict.entries, verdict.rolls, verdict.refunds, verdict.problems) == (1, 0, 1, ())


@pytest.mark.expected_logs("before the raffle ever had an epoch")
async def test_redeemed_off_air_is_given_back_and_said(table: Table) -> None:
    table.host.start()
    table.reward = expect_ok(await table.rewards.create_reward(RewardSpec("Roll", 100, "", False)))
    table.session = None
    run_id = await table.redeem()

    assert table.rewards.ledger == [(run_id, "canceled")]
    assert table.answers == ["Ann, your points are back: the raffle rolls while the stream is live."]


async def test_a_redemption_that_waits_goes_on_when_the_epoch_opens(table: Table) -> None:
    table.host.start()
    table.reward = expect_ok(await table.rewards.create_reward(RewardSpec("Roll", 100, "", False)))
    await table.online()
    run_id = await table.redeem()
    assert table.status(run_id) == "waiting"
    await table.see()

    assert table.rewards.ledger == [(run_id, "canceled")]  # at the commitment's own second: too early


async def test_fulfilment_refused_takes_the_roll_back(table: Table) -> None:
    await table.begin()
    table.rewards.errors.append(Forbidden("not yours"))
    run_id = await table.redeem()

    assert table.rewards.ledger == [(run_id, "canceled")]
    assert table.rolls == []
    assert table.raffle.view().recent == ()
    (verdict,) = expect_ok(await table.raffle.verify(1)).epochs
    assert (verdict.entries, verdict.rolls, verdict.refunds, verdict.problems) == (2, 1, 1, ())
    assert table.answers == ["Ann, your points are back: Twitch would not fulfil it."]


async def test_a_lost_answer_is_looked_up(table: Table) -> None:
    await table.begin()
    table.rewards.lose_answers["settle"] = 1
    run_id = await table.redeem()

    assert table.status(run_id) == "completed"
    assert table.rewards.ledger == [(run_id, "fulfilled")]
    assert len(table.rolls) == len(table.answers) == 1


async def test_chat_that_drops_the_line_stops_nothing(table: Table) -> None:
    await table.begin()
    table.voice.errors.append(ChatDropped("rude"))
    run_id = await table.redeem()

    assert table.status(run_id) == "completed"
    assert len(table.rolls) == 1


@pytest.mark.expected_logs("task failed")
async def test_killed_after_every_commit_it_ends_the_same(tmp_path: Path) -> None:
    async def evening(folder: Path, dies_after: int | None) -> tuple[Table, int]:
        folder.mkdir()
        table = Table(folder, FakeClock())
        await table.begin()
        before = table.rig.transactions.commits
        if dies_after is not None:
            table.rig.transactions.dies_after = before + dies_after
        table.clock.advance(1)
        bought = table.rewards.redeem(table.reward.id, viewer=ANN)
        params = RaffleParams(ANN, bought.redeemed_at, Points(table.reward.id, bought.id))
        with suppress(Killed):
            table.start(bought.id, params)
            await table.rig.pass_time(0)
        return table, table.rig.transactions.commits - before

    whole, commits = await evening(tmp_path / "whole", None)
    (expected,) = whole.rolls
    await whole.close()
    assert commits > 6
    for dies_after in range(1, commits + 1):
        table, _ = await evening(tmp_path / str(dies_after), dies_after)
        await table.restart()
        table.host.start()
        await settle()
        await table.rig.pass_time(60)
        assert table.rewards.ledger == [(expected.redemption_id, "fulfilled")], dies_after
        assert {event.event_id for event in table.rolls} == {expected.event_id}
        assert (table.rolls[0].roll, table.rolls[0].winning) == (expected.roll, expected.winning)
        assert len(table.answers) <= 1
        await table.close()
