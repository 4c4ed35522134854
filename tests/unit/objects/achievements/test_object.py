"""What viewers unlock by songs and rolls, event by event."""

from __future__ import annotations

import pytest

from companion.objects.achievements.object import RECEIVES
from companion.ports.events import DomainEvent
from tests.fakes.clock import START, FakeClock
from tests.fakes.events import (
    CHEERED,
    EVERY_EVENT,
    FOLLOWED,
    GIFTED,
    RAIDED,
    ROLLED,
    SUBSCRIBED,
    changed,
)
from tests.fakes.runtime import Killed
from tests.unit.objects.achievements.stage import MARLOW, ODETTE, Stage


async def test_the_first_song_of_the_stream_unlocks_two(stage: Stage) -> None:
    await stage.online()
    await stage.played()

    assert await stage.has() == {"first_request", "stream_opener"}
    assert await stage.progress("request_10") == (1, False)


async def test_only_the_first_success_after_the_start_opens_the_stream(stage: Stage) -> None:
    await stage.online()
    await stage.played(who=ODETTE)
    await stage.played()

    assert "stream_opener" not in await stage.has()
    assert "stream_opener" in await stage.has("Odette")


async def test_a_success_at_the_very_start_opens_nothing_and_a_later_one_does(stage: Stage) -> None:
    await stage.online()
    assert stage.clock.now() > START
    await stage.tell(changed(_played(), at=stage.clock.now() - (stage.clock.now() - START) / 2, session_id="s1"))
    assert "stream_opener" not in await stage.has()

    await stage.played()
    assert "stream_opener" in await stage.has()


def _played() -> DomainEvent:
    return next(event for event in EVERY_EVENT if event.kind == "song_request_success")


async def test_who_opened_is_known_after_a_restart(stage: Stage) -> None:
    await stage.online()
    await stage.played(who=ODETTE)
    await stage.restart()
    await stage.played()

    assert "stream_opener" not in await stage.has()


async def test_ten_fifty_and_a_hundred_songs(stage: Stage) -> None:
    await stage.played(100, session=None)

    assert await stage.has() == {"first_request", "request_10", "request_50", "request_100"}
    await stage.played(session=None)
    assert await stage.progress("request_100") == (100, True), "frozen once it is unlocked"


async def test_three_and_five_in_a_row(stage: Stage) -> None:
    await stage.online()
    await stage.played(3)
    assert "streak_3" in await stage.has()
    assert (await stage.progress("streak_5"))[0] == 3

    await stage.played(2)
    assert "streak_5" in await stage.has()
    card = await stage.card()
    assert (card.streak, card.longest_streak) == (5, 5)


async def test_a_refusal_for_the_viewers_own_doing_breaks_the_streak(stage: Stage) -> None:
    await stage.online()
    await stage.played(2)
    await stage.refused()
    await stage.played(2)

    card = await stage.card()
    assert (card.streak, card.longest_streak) == (2, 2)
    assert "streak_3" not in await stage.has()
    assert await stage.progress("streak_3") == (2, False)


async def test_an_outage_breaks_no_streak(stage: Stage) -> None:
    await stage.online()
    await stage.played(2)
    await stage.refused(by_viewer=False)
    await stage.played()

    assert "streak_3" in await stage.has()


async def test_a_song_off_air_counts_but_is_no_streak(stage: Stage) -> None:
    await stage.played(3, session=None)

    card = await stage.card()
    assert (card.streak, await stage.progress("request_10")) == (0, (3, False))


async def test_a_first_roll_at_distance_42_unlocks_three_at_once(stage: Stage) -> None:
    await stage.rolled(42, record=True)

    assert await stage.has() == {"first_roll", "close_call", "closest_ever"}
    assert {unlock.achievement_id for unlock in stage.unlocks} == {"first_roll", "close_call", "closest_ever"}
    assert len(stage.voice.said) == 3


async def test_a_tie_is_no_record(stage: Stage) -> None:
    await stage.rolled(42, record=True)
    await stage.rolled(42, record=False, who=ODETTE)

    assert await stage.has("Odette") == {"first_roll", "close_call"}


@pytest.mark.parametrize(
    ("distance", "unlocked"),
    [(0, {"first_roll", "first_win"}), (100, {"first_roll", "close_call"}), (101, {"first_roll"})],
)
async def test_a_win_is_no_close_call_and_a_hundred_is_close(stage: Stage, distance: int, unlocked: set[str]) -> None:
    await stage.rolled(distance)

    assert await stage.has() == unlocked


async def test_twenty_five_and_a_hundred_rolls(stage: Stage) -> None:
    await stage.rolled(times=25)
    assert await stage.has() == {"first_roll", "roll_25"}
    await stage.rolled(times=75)
    assert await stage.has() == {"first_roll", "roll_25", "roll_100"}


async def test_a_record_is_never_taken_away(stage: Stage) -> None:
    await stage.rolled(42, record=True)
    await stage.rolled(3, record=True, who=ODETTE)

    assert "closest_ever" in await stage.has()
    assert "closest_ever" in await stage.has("Odette")


async def test_a_redelivery_does_nothing_even_after_a_restart(stage: Stage) -> None:
    roll = changed(ROLLED, distance=42, new_record=True)
    await stage.tell(roll)
    await stage.tell(roll)
    await stage.restart()
    await stage.tell(roll)

    assert await stage.progress("roll_25") == (1, False)
    assert (len(stage.unlocks), len(stage.voice.said)) == (3, 3)


async def test_a_kill_before_the_commit_leaves_nothing_and_the_redelivery_everything(
    stage: Stage, clock: FakeClock
) -> None:
    roll = changed(ROLLED, distance=42, new_record=True)
    stage.rig.transactions.dies_after = stage.rig.transactions.commits + 1
    with pytest.raises(Killed):
        await stage.object.receive(roll)
    await stage.restart()
    await stage.tell(roll)

    assert await stage.progress("roll_25") == (1, False)
    assert len(stage.voice.said) == 3


async def test_an_unlock_is_told_with_all_that_a_page_shows(stage: Stage) -> None:
    await stage.online()
    await stage.rolled()

    (unlock,) = stage.unlocks
    assert (unlock.viewer_id, unlock.viewer_name, unlock.session_id) == ("101", "Marlow", "s1")
    assert (unlock.name, unlock.description, unlock.icon) == ("In the Hat", "Your first raffle roll", "1f3b2")
    assert unlock.at == stage.clock.now()


async def test_further_triggers_count_what_they_should(stage: Stage) -> None:
    await stage.define("fan", "follow", None)
    await stage.define("backer", "sub", 2)
    await stage.define("old_hand", "resub_months", 12)
    await stage.define("giver", "gift_count", 10)
    await stage.define("cheery", "cheer_total", 1_000)
    await stage.define("raider", "raid", 1)
    await stage.define("talker", "chat_message", 3)

    await stage.tell(FOLLOWED)
    await stage.tell(SUBSCRIBED)
    await stage.tell(changed(SUBSCRIBED, event_id="renewed", months=11))
    await stage.tell(changed(GIFTED, count=9))
    await stage.tell(changed(CHEERED, bits=999))
    await stage.tell(RAIDED)
    await stage.chatted(2, session=None)

    assert await stage.has() == {"fan", "backer", "raider"}
    assert await stage.progress("old_hand") == (11, False)
    assert await stage.progress("giver") == (9, False)

    await stage.tell(changed(SUBSCRIBED, event_id="renewed again", months=12))
    await stage.tell(changed(GIFTED, event_id="gift 2", count=1))
    await stage.tell(changed(CHEERED, event_id="cheer 2", bits=1))
    await stage.chatted(session=None)
    assert await stage.has() == {"fan", "backer", "raider", "old_hand", "giver", "cheery", "talker"}


async def test_the_anonymous_unlock_nothing(stage: Stage) -> None:
    await stage.define("cheery", "cheer_total", 1)
    await stage.tell(changed(CHEERED, viewer_id=None, viewer_name=None))
    await stage.tell(changed(GIFTED, viewer_id=None, viewer_name=None))

    assert stage.unlocks == []


async def test_chat_twice_under_one_id_counts_once(stage: Stage) -> None:
    await stage.define("talker", "chat_message", 3)
    chat = next(event for event in EVERY_EVENT if event.kind == "chat_message")
    await stage.tell(chat)
    await stage.tell(chat)

    assert await stage.progress("talker") == (1, False)


async def test_a_switched_off_definition_neither_counts_nor_unlocks(stage: Stage) -> None:
    (first,) = [it for it in stage.object.definitions() if it.id == "first_roll"]
    assert (await stage.object.delete(first.id)).__class__.__name__ == "Ok"
    await stage.rolled()

    assert await stage.has() == set()


def test_it_receives_what_it_can_use_and_not_its_own() -> None:
    unused = {event.kind for event in EVERY_EVENT} - RECEIVES

    assert unused == {"now_playing_changed", "raffle_epoch", "achievement_unlocked"}


async def test_somebody_else_is_not_touched(stage: Stage) -> None:
    await stage.rolled(who=MARLOW)

    assert await stage.has("Odette") == set()
