"""The cards: what happened and what it means for the points."""

from __future__ import annotations

from dataclasses import replace

import pytest

from companion.application.needs_you_items import Letters, NeedsYouItem, needs_you_items
from companion.ports.sagas import PointsBehind, RunStatus, RunView, Settlement, StepView
from companion.ports.song_queue import SongRequest
from tests.fakes.show import (
    ANN,
    BO,
    BUS_LETTER,
    INBOX_LETTER,
    NOW,
    TROUBLED_REWARDS,
    make_needs,
    make_rewards,
    make_run,
    request,
)

NOTHING = Letters((), ())


def cards(*requests: SongRequest, runs: tuple[RunView, ...] = ()) -> tuple[NeedsYouItem, ...]:
    return needs_you_items(runs=runs, requests=requests, rewards=make_rewards(), letters=NOTHING)


def test_nothing_needs_nobody() -> None:
    assert cards(request(1, ANN), request(2, BO, state="handed_over")) == ()


def test_what_holds_points_back_comes_first_and_every_card_has_its_own_key() -> None:
    items = make_needs()
    assert [item.kind for item in items] == ["run", "run", "approval", "reward", "message", "event"]
    assert len({item.key for item in items}) == len(items)
    assert all(item.title and item.happened and item.meaning and item.choices for item in items)


@pytest.mark.parametrize(
    "status,offers,happened,points",
    [
        ("outcome_unknown", ("fulfil", "refund", "ignore"), "cannot be seen from here", "keep them if it worked"),
        ("compensation_failed", ("refund", "ignore"), "could not be confirmed", "can be given back"),
        ("post_commit_failed", ("retry", "ignore"), "may lack it", "nobody is charged twice"),
        ("outcome_unknown", ("retry", "ignore"), "cannot be seen from here", "points went back is not known"),
    ],
)
def test_a_run_says_what_its_points_are_up_to(
    status: RunStatus, offers: tuple[Settlement, ...], happened: str, points: str
) -> None:
    (card,) = cards(runs=(make_run(status=status, offers=offers),))
    assert happened in card.happened and "hand-over got lost" in card.happened
    assert points in card.meaning
    assert card.choices == offers


def test_a_reason_that_is_a_sentence_ends_once() -> None:
    (card,) = cards(runs=(make_run(status="compensation_failed", error="Twitch would not give the points back."),))
    assert card.happened.endswith("could not be confirmed (Twitch would not give the points back).")


def test_after_the_point_of_no_return_points_are_called_spent() -> None:
    (card,) = cards(runs=(make_run(offers=("ignore",), fulfilled_at=NOW, error=None),))
    assert "spent" in card.meaning and "(" not in card.happened


def test_an_undecided_request_has_the_card_of_its_run_or_none() -> None:
    """None while the run goes on by itself: what was pressed, or seen, is being carried out."""
    stuck = request(1, ANN, state="undecided")
    assert [card.kind for card in cards(stuck, runs=(make_run(id=stuck.id),))] == ["run"]
    assert cards(stuck) == ()


def test_only_points_that_were_paid_are_promised_back() -> None:
    (paid,) = cards(request(1, ANN, state="approval"))
    (free,) = cards(request(1, ANN, state="approval", source="command"))
    assert "the points that Twitch still holds go back to Ann" in paid.meaning
    assert "no points" in free.meaning


@pytest.mark.parametrize("status", ["outcome_unknown", "compensation_failed", "post_commit_failed"])
@pytest.mark.parametrize(
    "points, said",
    [
        ("none", "No points hang on it."),
        ("spent", "The redemption came to Companion as fulfilled, so its points are spent either way."),
    ],
)
def test_points_that_are_not_there_are_not_spoken_of(status: RunStatus, points: PointsBehind, said: str) -> None:
    (card,) = cards(runs=(make_run(status=status, offers=("retry", "ignore"), points=points),))
    assert card.meaning == said


def test_a_run_that_came_to_a_stop_says_so_and_not_that_an_answer_got_lost() -> None:
    (card,) = cards(runs=(make_run(stopped=True, points="unknown", error="It cannot be understood: value"),))
    assert card.happened == "Companion could not go on with it (It cannot be understood: value), and waits for you."
    assert "until you settle the redemption in its dashboard" in card.meaning


def test_a_win_that_is_settled_by_hand_says_so() -> None:
    offers: tuple[Settlement, ...] = ("fulfil", "refund", "retry", "ignore")
    (card,) = cards(runs=(make_run(kind="raffle_win", offers=offers),))
    assert "winning number" in card.happened and "lost" not in card.happened
    assert "once the prize is given" in card.meaning and card.choices == offers


def test_points_that_could_not_be_given_back_are_not_said_to_be_there_still() -> None:
    refund = StepView("refund", "failed", 1, None, "The redemption was fulfilled already.")
    (card,) = cards(runs=(make_run(status="compensation_failed", offers=("refund", "ignore"), steps=(refund,)),))
    assert "still holds" not in card.meaning and "could not be given back" in card.meaning


def test_a_fulfilment_that_twitch_refuses_is_no_failed_taking_back() -> None:
    fulfil = StepView("fulfil", "failed", 1, None, "Twitch would not fulfil it.")
    refund = StepView("refund", "failed", 1, None, "Twitch would not give the points back.")
    run = make_run(status="compensation_failed", offers=("fulfil", "refund", "ignore"), steps=(fulfil,), error=None)
    (card,) = cards(runs=(run,))
    assert card.happened == "Twitch did not take its redemption as fulfilled, and nothing was taken back."
    assert "still holds" in card.meaning
    (card,) = cards(runs=(replace(run, steps=(fulfil, refund)),))
    assert "taking it back could not be confirmed" in card.happened


def test_a_deleted_reward_is_made_anew_or_left_off() -> None:
    deleted = replace(TROUBLED_REWARDS.rewards[0], switched_on=False, trouble="It was deleted.")
    view = replace(TROUBLED_REWARDS, rewards=(deleted,))
    (card,) = needs_you_items(runs=(), requests=(), rewards=view, letters=NOTHING)
    assert card.choices == ("synchronise", "leave_off")


def test_letters_and_rewards_name_what_is_wrong() -> None:
    items = needs_you_items(
        runs=(), requests=(), rewards=TROUBLED_REWARDS, letters=Letters((INBOX_LETTER,), (BUS_LETTER,))
    )
    reward, message, event = items
    assert "has this title already" in reward.happened and reward.choices == ("synchronise",)
    assert "channel chat message" in message.title and "20 attempts" in message.happened
    assert event.title.startswith("Achievements did not take") and "disk full" in event.happened
    assert event.receiver == "achievements"
