"""!hold, !hold off."""

from __future__ import annotations

import pytest

from companion.kernel.result import Err
from companion.ports.failures import StorageFailed
from tests.unit.chat.hall import MOD, Hall


@pytest.mark.parametrize("text", ["!hold", "!hold ON", "!HOLD"])
async def test_hold_is_silent(hall: Hall, text: str) -> None:
    assert await hall.say(text, MOD, "moderator") is None
    assert hall.world.hold.state().held


@pytest.mark.parametrize("word", ["off", "OFF", "release"])
async def test_release_is_told(hall: Hall, word: str) -> None:
    await hall.say("!hold", MOD, "moderator")
    reply = await hall.say(f"!hold {word}", MOD, "moderator")
    assert reply == "Mod_Example: everything goes on where it stopped."


async def test_another_word_holds_nothing(hall: Hall) -> None:
    reply = await hall.say("!hold on tight", MOD, "moderator")
    assert reply is not None and "!hold off to go on" in reply
    assert not hall.world.hold.state().held


async def test_an_old_hold_that_comes_again_turns_nothing_back(hall: Hall) -> None:
    old = hall.message("!hold", MOD, "moderator")
    await hall.take(old)
    await hall.take(hall.message("!hold off", MOD, "moderator"))
    await hall.take(old)
    await hall.restart()
    await hall.take(old)
    assert not hall.world.hold.state().held


async def test_a_hold_that_was_claimed_and_not_done_is_done_at_the_repetition(hall: Hall) -> None:
    message = hall.message("!hold", MOD, "moderator")
    assert hall.receipts.claim("chat-hold", message.chat_id)  # and then the program was killed
    await hall.crash()
    await hall.take(message)
    assert hall.world.hold.state().held


async def test_a_hold_that_cannot_be_stored_comes_again(hall: Hall) -> None:
    message = hall.message("!hold", MOD, "moderator")
    hall.world.hold.error = StorageFailed("database or disk is full")
    assert isinstance(await hall.take(message), Err)
    hall.world.hold.error = None
    await hall.take(message)
    assert hall.world.hold.state().held
