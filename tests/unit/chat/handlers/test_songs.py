"""!song, !queue, !position."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from companion.ports.failures import NetworkDown
from companion.ports.song_queue import RequestState
from tests.fakes.show import ANN, BO, SARA, WILL, Field, request
from tests.unit.chat.hall import Hall


async def test_song_tells_what_plays_and_for_whom(hall: Hall) -> None:
    assert await hall.say("!song") == (
        "Ann: this is Lantern Season by The Paper Boats, Ines Vale, asked for by שרה_הקטנה."
    )


async def test_song_of_spotifys_own_choice(hall: Hall) -> None:
    playing = hall.queue.shown.now_playing
    assert playing is not None
    hall.queue.shown = replace(hall.queue.shown, now_playing=replace(playing, request=None))
    assert await hall.say("!song") == "Ann: this is Lantern Season by The Paper Boats, Ines Vale."
    hall.queue.shown = replace(hall.queue.shown, now_playing=replace(playing, is_playing=False))
    assert await hall.say("!song") == "Ann: Lantern Season by The Paper Boats, Ines Vale is paused."


async def test_no_song(hall: Hall) -> None:
    hall.empty_queue()
    assert await hall.say("!song") == "Ann: nothing plays right now."


@pytest.mark.parametrize("age, told", [(120, True), (121, False), (None, False)])
async def test_an_old_picture_is_not_told_as_the_present(hall: Hall, age: int | None, told: bool) -> None:
    hall.queue.shown = replace(
        hall.queue.shown,
        problem=NetworkDown("no answer"),
        seen_at=None if age is None else hall.clock.now() - timedelta(seconds=age),
    )
    reply = await hall.hear(hall.message("!song"))
    assert reply is not None
    assert ("cannot be seen" not in reply) is told


async def test_queue_tells_the_next_four_handed_over_ones_first(hall: Hall) -> None:
    long = "A Very Long Title About Weather, Trains, and the…"
    assert await hall.say("!queue") == (
        f"Ann: next: 1. {long} (Bo_Example); 2. Nine Windows (Ann); 3. Salt on the Stairs (Bo_Example); "
        f"4. {long} ({WILL.display_name})."
    )


async def test_queue_counts_what_it_does_not_tell(hall: Hall) -> None:
    for number in (4, 5):
        hall.queue.add(request(number, ANN))
    reply = await hall.say("!queue")
    assert reply is not None and reply.endswith("; and 2 more.")
    assert "5." not in reply


async def test_an_empty_queue_names_what_spotify_plays_next(hall: Hall) -> None:
    hall.queue.shown = replace(hall.queue.shown, requests=())
    assert await hall.say("!queue") == (
        "Ann: no requests are waiting; Spotify goes on with Tin Parade by Marrow & Pine."
    )
    hall.empty_queue()
    assert await hall.say("!queue") == "Ann: no requests are waiting."


@pytest.mark.parametrize(
    "state, position, wait, words",
    [
        ("waiting", 3, timedelta(minutes=12), "your song is number 3, in about 12 min: Nine Windows"),
        ("waiting", 3, None, "your song is number 3: Nine Windows"),
        ("waiting", 1, None, "your song is up next: Nine Windows"),
        ("handed_over", 1, timedelta(minutes=2), "your song is up next, in about 2 min: Nine Windows"),
        ("handed_over", 2, None, "your song is number 2: Nine Windows"),
        ("playing", None, None, "your song plays right now: Nine Windows"),
        ("approval", None, None, "your song waits for a yes from the streamer: Nine Windows"),
        ("undecided", None, None, "your song is being looked after: Nine Windows"),
    ],
)
async def test_position(
    hall: Hall, state: RequestState, position: int | None, wait: timedelta | None, words: str
) -> None:
    fields: dict[str, Field] = {"state": state, "position": position, "expected_wait": wait}
    hall.queue.shown = replace(hall.queue.shown, requests=(request(2, WILL), request(1, SARA, **fields)))
    reply = await hall.say("!position", SARA)
    assert reply == f"שרה_הקטנה: {words} by The Paper Boats."


async def test_position_without_a_song(hall: Hall) -> None:
    hall.empty_queue()
    assert await hall.say("!position", BO) == "Bo_Example: you have no song in the queue."
