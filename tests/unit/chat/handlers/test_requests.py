"""!sr, !wrongsong, !remove, !skip."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from companion.kernel.result import Err, Ok
from companion.ports.failures import (
    Forbidden,
    NetworkDown,
    NoActiveDevice,
    PremiumRequired,
    ProviderUnavailable,
    SpotifyError,
    StorageFailed,
)
from companion.ports.saga_params import SONG_REQUEST, SongRequestParams
from companion.ports.sagas import StartConflict
from tests.fakes.show import ANN, BO, WILL, request
from tests.unit.chat.hall import MOD, STREAMER, Hall

FULL = StorageFailed("database or disk is full")


@pytest.mark.parametrize("word", ["!sr", "!songrequest"])
async def test_sr_starts_a_request_and_leaves_the_answer_to_it(hall: Hall, word: str) -> None:
    message = hall.message(f"{word}  Nine Windows  ", BO, "vip")
    assert await hall.hear(message) is None
    assert hall.starter.started == {
        message.chat_id: (
            SONG_REQUEST,
            SongRequestParams(
                source="command",
                viewer=BO,
                role="vip",
                text="Nine Windows",
                requested_at=message.sent_at,
                points=None,
                reply_to=message.chat_id,
            ),
        )
    }


async def test_two_viewers_may_ask_at_the_same_moment(hall: Hall) -> None:
    await hall.hear(hall.message("!sr one", ANN))
    await hall.hear(hall.message("!sr two", BO))
    assert len(hall.starter.started) == 2


async def test_sr_again_resumes(hall: Hall) -> None:
    message = hall.message("!sr Nine Windows")
    await hall.take(message)
    hall.clock.advance(600)
    await hall.take(message, hall.clock.now() - timedelta(seconds=600))
    assert hall.starter.resumed == [message.chat_id]
    assert len(hall.starter.started) == 1


async def test_sr_that_cannot_be_stored_comes_again(hall: Hall) -> None:
    hall.start_errors.append(FULL)
    message = hall.message("!sr Nine Windows")
    assert isinstance(await hall.take(message), Err)
    assert await hall.take(message) == Ok(None)
    assert list(hall.starter.started) == [message.chat_id]


@pytest.mark.expected_logs("begun with other input")
async def test_sr_under_a_known_id_with_other_input_is_left_alone(hall: Hall) -> None:
    hall.start_errors.append(StartConflict("chat-1"))
    assert await hall.hear(hall.message("!sr Nine Windows")) is None


# ---- !wrongsong


async def test_wrongsong_takes_back_the_askers_last_waiting_request(hall: Hall) -> None:
    hall.queue.add(request(7, ANN, requested_at=hall.clock.now(), position=5))
    hall.queue.add(request(8, BO, requested_at=hall.clock.now() + timedelta(seconds=9), position=6))
    assert await hall.say("!wrongsong", ANN) is None, "the run of the request tells her"
    assert ("remove", "redemption-7", "Ann") in hall.world.asked
    assert await hall.say("!wrongsong", ANN) is None
    assert await hall.say("!wrongsong", ANN) == "Ann: you have no waiting song to take back."


async def test_wrongsong_for_what_spotify_has_already(hall: Hall) -> None:
    hall.queue.shown = replace(hall.queue.shown, requests=(request(1, ANN, state="handed_over", position=1),))
    reply = await hall.say("!wrongsong", ANN)
    assert reply is not None and "cannot be taken out any more" in reply


async def test_wrongsong_that_comes_again_takes_no_second_song(hall: Hall) -> None:
    hall.queue.add(request(7, ANN, requested_at=hall.clock.now(), position=5))
    message = hall.message("!wrongsong")
    assert await hall.hear(message) is None
    assert await hall.hear(message) is None
    await hall.restart()
    assert await hall.hear(message) is None
    assert [call[1] for call in hall.world.asked if call[0] == "remove"] == ["redemption-7"]


async def test_a_removal_that_cannot_be_stored_is_tried_again_with_the_same_song(hall: Hall) -> None:
    message = hall.message("!wrongsong")
    hall.queue.error = FULL
    assert isinstance(await hall.take(message), Err)
    hall.queue.error = None
    hall.queue.add(request(7, ANN, requested_at=hall.clock.now(), position=5))
    assert await hall.hear(message) is None
    assert [it.id for it in hall.queue.requests_of(ANN.user_id)] == ["redemption-7"]


# ---- !remove


async def test_remove_takes_out_what_stands_at_a_number(hall: Hall) -> None:
    reply = await hall.say("!remove 3", MOD, "moderator")
    assert reply == "Mod_Example: taken out of Bo_Example: Salt on the Stairs by Marrow & Pine."
    reply = await hall.say("!remove #3", MOD, "moderator")
    assert reply is not None and f"of {WILL.display_name}" in reply


async def test_remove_is_for_moderators(hall: Hall) -> None:
    assert await hall.say("!remove 1", ANN, "vip") is None
    assert len(hall.queue.shown.requests) == 5


@pytest.mark.parametrize("number", ["", "x", "-1", "1.5", "٢", "99999"])
async def test_remove_wants_a_number(hall: Hall, number: str) -> None:
    reply = await hall.say(f"!remove {number}", MOD, "moderator")
    assert reply == "Mod_Example: say which one by its number, as in !remove 2."


@pytest.mark.parametrize("number", ["0", "5", "9999"])
async def test_remove_of_nothing(hall: Hall, number: str) -> None:
    reply = await hall.say(f"!remove {number}", MOD, "moderator")
    assert reply == f"Mod_Example: there is no number {int(number)} in the queue."


async def test_remove_of_what_spotify_has_already(hall: Hall) -> None:
    reply = await hall.say("!remove 1", MOD, "moderator")
    assert reply is not None and "it can be skipped when it plays" in reply
    assert len(hall.queue.shown.requests) == 5


async def test_remove_that_comes_again_hits_no_other_song(hall: Hall) -> None:
    message = hall.message("!remove 2", MOD, "moderator")
    assert await hall.hear(message) is not None
    await hall.take(message)
    await hall.restart()
    await hall.take(message)
    assert [call[1] for call in hall.world.asked if call[0] == "remove"] == ["redemption-1"]


async def test_remove_of_what_was_handed_over_meanwhile(hall: Hall) -> None:
    first = hall.queue.shown.requests[1]
    message = hall.message("!remove 2", MOD, "moderator")
    hall.queue.error = FULL
    await hall.take(message)
    hall.queue.error = None
    hall.queue.shown = replace(hall.queue.shown, requests=(replace(first, state="handed_over", position=1),))
    reply = await hall.hear(message)
    assert reply is not None and "it can be skipped when it plays" in reply


async def test_remove_of_what_is_gone_meanwhile(hall: Hall) -> None:
    message = hall.message("!remove 2", MOD, "moderator")
    hall.queue.error = FULL
    await hall.take(message)
    hall.queue.error = None
    hall.empty_queue()
    reply = await hall.hear(message)
    assert reply is not None and "is not in the queue any more" in reply


# ---- !skip


async def test_skip(hall: Hall) -> None:
    reply = await hall.say("!skip", MOD, "moderator")
    assert reply == "Mod_Example: skipped Lantern Season by The Paper Boats, Ines Vale."
    hall.empty_queue()
    assert await hall.say("!skip", STREAMER, "broadcaster") == "LanternHarbor: skipped."
    assert hall.queue.skips == 2


async def test_skip_is_for_moderators(hall: Hall) -> None:
    assert await hall.say("!skip", ANN, "vip") is None
    assert hall.queue.skips == 0


async def test_skip_that_comes_again_skips_once(hall: Hall) -> None:
    message = hall.message("!skip", MOD, "moderator")
    await hall.take(message)
    await hall.take(message)
    await hall.crash()
    await hall.take(message)
    assert hall.queue.skips == 1


@pytest.mark.parametrize(
    "error, words",
    [
        (NoActiveDevice(), "no active device"),
        (PremiumRequired(of_owner=False, detail=""), "does not let this account skip"),
        (Forbidden(""), "does not let this account skip"),
        (NetworkDown(""), "may or may not be skipped"),
        (ProviderUnavailable(503, ""), "the song plays on"),
    ],
)
async def test_a_skip_that_did_not_happen_says_why(hall: Hall, error: SpotifyError, words: str) -> None:
    hall.queue.error = error
    reply = await hall.say("!skip", MOD, "moderator")
    assert reply is not None and words in reply
