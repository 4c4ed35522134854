"""!raffle, !roll, !raffleboard."""

from __future__ import annotations

from dataclasses import replace

import pytest

from companion.kernel.result import Err, Ok
from companion.ports.failures import StorageFailed
from companion.ports.raffle import LeaderboardRow
from companion.ports.rewards import ManagedReward, Reward, RewardSpec
from companion.ports.saga_params import RAFFLE, RaffleParams
from companion.ports.sagas import StartConflict
from tests.fakes.show import ANN, BO, EMPTY_RAFFLE, make_rewards
from tests.unit.chat.hall import Hall

SPEC = RewardSpec("Keyboard Raffle", 500, "", input_required=False)
AT_TWITCH = Reward("reward-1", "Keyboard Raffle", 500, "", False, True, False)
NO_POINTS = make_rewards(available=False, reason="not an affiliate", rewards=())


def offer(hall: Hall, *, switched_on: bool = True, paused: bool = False) -> None:
    reward = replace(AT_TWITCH, is_paused=paused)
    hall.world.rewards.shown = make_rewards(rewards=(ManagedReward("raffle", SPEC, switched_on, reward, None),))


async def test_raffle_tells_prize_and_how(hall: Hall) -> None:
    offer(hall)
    assert await hall.say("!raffle") == (
        "Ann: the raffle is open: redeem “Keyboard Raffle” and meet the number from 1 to 10,000 "
        "to win eternal bragging rights."
    )
    hall.world.rewards.shown = NO_POINTS
    reply = await hall.say("!raffle")
    assert reply is not None and "type !roll and meet" in reply


async def test_a_closed_raffle(hall: Hall) -> None:
    closed = "Ann: the raffle is closed just now."
    assert await hall.say("!raffle") == closed  # no reward is switched on
    offer(hall, paused=True)
    assert await hall.say("!raffle") == closed
    offer(hall, switched_on=False)
    assert await hall.say("!raffle") == closed
    offer(hall)
    hall.world.raffle.shown = EMPTY_RAFFLE
    assert await hall.say("!raffle") == closed


async def test_roll_starts_a_run_where_there_are_no_points(hall: Hall) -> None:
    hall.world.rewards.shown = NO_POINTS
    message = hall.message("!roll", BO)
    assert await hall.hear(message) is None
    assert await hall.hear(message) is None
    params = RaffleParams(viewer=BO, redeemed_at=message.sent_at, points=None, reply_to=message.chat_id)
    assert hall.starter.started == {message.chat_id: (RAFFLE, params)}
    assert hall.starter.resumed == [message.chat_id]


async def test_one_viewer_rolls_once_a_minute_beside_others(hall: Hall) -> None:
    hall.world.rewards.shown = NO_POINTS
    for viewer in (ANN, ANN, BO):
        await hall.take(hall.message("!roll", viewer))
    assert len(hall.starter.started) == 2


async def test_roll_points_to_the_reward_where_there_are_points(hall: Hall) -> None:
    assert await hall.say("!roll") == "Ann: the raffle is closed just now."
    offer(hall)
    assert await hall.say("!roll") == "Ann: to roll, redeem “Keyboard Raffle”."
    assert hall.starter.started == {}


async def test_a_setting_may_decide(hall: Hall) -> None:
    hall.roll_by_command = True
    await hall.restart()
    assert await hall.say("!roll") is None
    assert len(hall.starter.started) == 1
    hall.roll_by_command = False
    hall.world.rewards.shown = NO_POINTS
    await hall.say("!roll")
    assert len(hall.starter.started) == 1


async def test_a_roll_that_cannot_be_stored_comes_again(hall: Hall) -> None:
    hall.world.rewards.shown = NO_POINTS
    hall.start_errors.append(StorageFailed("database or disk is full"))
    message = hall.message("!roll")
    assert isinstance(await hall.take(message), Err)
    assert await hall.take(message) == Ok(None)
    assert list(hall.starter.started) == [message.chat_id]


@pytest.mark.expected_logs("begun with other input")
async def test_a_roll_under_a_known_id_is_left_alone(hall: Hall) -> None:
    hall.world.rewards.shown = NO_POINTS
    hall.start_errors.append(StartConflict("chat-1"))
    assert await hall.say("!roll") is None


async def test_raffleboard(hall: Hall) -> None:
    hall.world.raffle.rows = [LeaderboardRow(ANN, 40, 2, 3), LeaderboardRow(BO, 1, 1, None)]
    assert await hall.say("!raffleboard") == (
        "Ann: raffle board: 1. Ann with 2 wins in 40 rolls; 2. Bo_Example with 1 win in 1 roll."
    )
    hall.world.raffle.rows = []
    assert await hall.say("!raffleboard") == "Ann: nobody has rolled yet."
    hall.world.raffle.error = StorageFailed("database or disk is full")
    hall.clock.advance(60)
    assert isinstance(await hall.take(hall.message("!raffleboard")), Err)
