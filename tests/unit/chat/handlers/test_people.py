"""!achievements, !stats."""

from __future__ import annotations

from dataclasses import replace

import pytest

from companion.kernel.result import Err
from companion.ports.achievements import Progress, ViewerCard
from companion.ports.failures import StorageFailed
from companion.ports.raffle import LeaderboardRow
from companion.ports.viewers import Viewer
from tests.fakes.clock import START
from tests.fakes.show import ANN, BO, make_definition
from tests.unit.chat.hall import Hall

FIRST = make_definition(1, name="Opening Track", enabled=True)
SECOND = make_definition(2, name="House Regular", enabled=True)
OFF = make_definition(3, enabled=False)


def card(viewer: Viewer, *progress: Progress) -> ViewerCard:
    return ViewerCard(viewer, sum(it.unlocked_at is not None for it in progress), 0, 0, progress)


@pytest.fixture
def cards(hall: Hall) -> Hall:
    unlocked = Progress(FIRST, 1, START)
    hall.world.achievements.cards = {
        ANN.user_id: card(ANN, Progress(SECOND, 10, START.replace(hour=1)), unlocked, Progress(OFF, 0, None)),
        BO.user_id: card(BO, Progress(FIRST, 0, None), Progress(SECOND, 0, None)),
    }
    return hall


async def test_ones_own_achievements(cards: Hall) -> None:
    reply = await cards.say("!achievements", ANN)
    assert reply == "Ann: you have 2 of 2 achievements, the newest is House Regular."
    assert await cards.say("!achievements", BO) == "Bo_Example: you have none of 2 achievements yet."


@pytest.mark.parametrize("name", ["ann", "@Ann", "ANN_EXAMPLE", "@ann and more"])
async def test_somebody_elses_achievements_by_any_spelling(cards: Hall, name: str) -> None:
    reply = await cards.say(f"!achievements {name}", BO)
    assert reply == "Bo_Example: Ann has 2 of 2 achievements, the newest is House Regular."


async def test_a_viewer_who_was_not_seen(cards: Hall) -> None:
    for command in ("!achievements", "!stats"):
        reply = await cards.say(f"{command} @no\u202ebody", BO)
        assert reply == "Bo_Example: nobody called nobody was here so far."


async def test_a_viewer_without_a_card(cards: Hall) -> None:
    assert await cards.say("!achievements", Viewer("999", "new", "New")) == "New: you have no achievement yet."


async def test_stats(hall: Hall) -> None:
    hall.world.raffle.rows = [LeaderboardRow(ANN, 40, 1, 3), LeaderboardRow(BO, 1, 1, None)]
    hall.queue.played = hall.queue.played[:1] or hall.world.queue.played[:12]
    assert await hall.say("!stats", ANN) == (
        "Ann: you have 3 songs played and 40 raffle rolls with 1 win, the closest miss by 3."
    )
    hall.queue.played = [next(song for song in hall.queue.played if song.viewer == each) for each in (ANN, BO)]
    assert await hall.say("!stats bo_example", ANN) == (
        "Ann: Bo_Example has 1 song played and 1 raffle roll with 1 win."
    )
    hall.world.raffle.rows = []
    assert await hall.say("!stats", ANN) == "Ann: you have 1 song played and no raffle roll so far."


async def test_what_cannot_be_read_comes_again(cards: Hall) -> None:
    full = StorageFailed("database or disk is full")
    for broken, text in (
        (cards.world.achievements, "!achievements"),
        (cards.queue, "!stats"),
        (cards.world.raffle, "!stats"),
    ):
        broken.error = full
        assert isinstance(await cards.take(replace(cards.message(text, ANN), role="moderator")), Err)
        broken.error = None
