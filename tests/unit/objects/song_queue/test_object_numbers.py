"""There is one number for a request, in chat, on pages, in the window and for scripts; and it means one song."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from companion.chat.handlers.handler import Call
from companion.chat.handlers.requests import RequestHandlers
from companion.chat.handlers.songs import SongHandlers
from companion.kernel.result import Ok, expect_ok
from companion.ports.chat_commands import Command
from companion.ports.song_queue import SongRequest
from companion.ports.viewers import Viewer
from companion.services.control.song_methods import song_methods
from companion.services.overlay.wire_topics import queue_data
from companion.ui.feature_words import request_row
from tests.fakes.chat import a_message
from tests.fakes.runtime import settle
from tests.unit.objects.song_queue.stage import ANN, Stage

NAMES = ("Playing", "Unclear", "Given", "Given Too", "Third", "Fourth", "Asking")
VIEWERS = {name: Viewer(str(50 + number), f"login{number}", name) for number, name in enumerate(NAMES)}
IN_LINE = {"Given": 1, "Given Too": 2, "Third": 3, "Fourth": 4}


class Receipts:
    """Everything is new."""

    def claim(self, owner: str, id: str) -> bool:
        return True


@dataclass
class Room:
    """A queue with a request of each kind, and everybody who tells its numbers."""

    stage: Stage
    runs: dict[str, str]
    said: dict[str, str]
    calls: int = 0

    def call(self, args: str = "", viewer: Viewer = ANN) -> Call:
        self.calls += 1
        message = a_message("", chat_id=f"call-{self.calls}", viewer=viewer, sent_at=self.stage.now())
        return Call(Command("x", "computed"), args, message)

    @property
    def songs(self) -> SongHandlers:
        return SongHandlers(queue=self.stage.queue, clock=self.stage.clock)

    async def remove(self, number: int) -> str:
        handlers = RequestHandlers(
            queue=self.stage.queue,
            start=lambda *_: Ok(None),
            receipts=Receipts(),  # type: ignore[arg-type]  # the part that is asked
            logger=logging.getLogger("companion.test"),
        )
        said = expect_ok(await handlers.remove(self.call(str(number))))
        assert said is not None
        await settle()
        return said.text

    def requests(self) -> Sequence[SongRequest]:
        return self.stage.queue.get_queue().requests

    async def script(self, method: str, **params: object) -> Any:  # noqa: ANN401 - of any method
        found = song_methods(self.stage.queue)[method]
        return expect_ok(await found.call(found.params.model_validate(params)))


async def a_room(stage: Stage) -> Room:
    room = Room(stage, {}, {})

    async def ask(name: str) -> str:
        room.runs[name] = await stage.redeem(len(room.runs) + 1, VIEWERS[name])
        room.said[name] = next((line for line in stage.voice.said if line.startswith(f"{name}, ")), "")
        return room.runs[name]

    await stage.set(hand_over="at_once")
    await ask("Playing")
    await stage.next_song()
    unclear = await ask("Unclear")
    with stage.rig.transactions.begin() as tx:
        stage.queue.steps.undecided_in(tx, unclear)
    await ask("Given")
    await ask("Given Too")
    stage.held = True
    await ask("Third")
    await ask("Fourth")
    await stage.set(needs_approval=True)
    await ask("Asking")
    assert [(one.viewer.display_name, one.state) for one in room.requests()] == [
        ("Given", "handed_over"),
        ("Given Too", "handed_over"),
        ("Unclear", "undecided"),
        ("Third", "waiting"),
        ("Fourth", "waiting"),
        ("Asking", "approval"),
    ]
    assert stage.now_for() == room.runs["Playing"]
    return room


async def test_everybody_tells_the_same_numbers(stage: Stage) -> None:
    room = await a_room(stage)
    confirmed = {name: re.search(r"number (\d+) in|(is next)", line) for name, line in room.said.items()}
    told = {name: int(found[1] or 1) for name, found in confirmed.items() if found is not None and name in IN_LINE}
    assert told == IN_LINE

    listed = expect_ok(await room.songs.queue(room.call()))
    assert listed is not None
    assert {name: int(number) for number, name in re.findall(r"(\d+)\. [^(]*\(([^)]*)\)", listed.text)} == IN_LINE

    standing = {name: expect_ok(await room.songs.position(room.call("", viewer))) for name, viewer in VIEWERS.items()}
    found = {name: re.search(r"number (\d+)|(up next)", said.text) for name, said in standing.items() if said}
    assert {name: int(one[1] or 1) for name, one in found.items() if one is not None} == IN_LINE

    page = queue_data(stage.queue.get_queue())
    assert {song.viewer_name: song.position for song in page.requests} == IN_LINE
    assert page.total == len(IN_LINE)

    rows = {one.viewer.display_name: request_row(one, stage.now()).lead for one in room.requests()}
    assert {name: int(lead) for name, lead in rows.items() if lead} == IN_LINE

    script = await room.script("song_queue.get_queue")
    assert {one.viewer.display_name: one.position for one in script.requests if one.position} == IN_LINE


@pytest.mark.parametrize("name", list(IN_LINE))
async def test_the_number_that_is_told_is_the_one_that_is_taken_out(stage: Stage, name: str) -> None:
    room = await a_room(stage)
    reply = await room.remove(IN_LINE[name])
    song = f"Song {list(NAMES).index(name) + 1} "
    assert song in reply
    if name.startswith("Given"):
        assert "stands in Spotify's queue already" in reply
        assert len(room.requests()) == 6
    else:
        assert f"taken out of {name}" in reply
        assert name not in {one.viewer.display_name for one in room.requests()}


@pytest.mark.parametrize("number", [0, 5])
async def test_nobody_has_another_number(stage: Stage, number: int) -> None:
    room = await a_room(stage)
    assert await room.remove(number) == f"there is no number {number} in the queue."


async def test_a_script_moves_by_the_same_numbers(stage: Stage) -> None:
    room = await a_room(stage)
    await room.script("song_queue.reorder", request_id=room.runs["Fourth"], position=3)
    numbers = {one.viewer.display_name: one.position for one in room.requests() if one.position}
    assert numbers == {"Given": 1, "Given Too": 2, "Fourth": 3, "Third": 4}


@pytest.mark.parametrize("now", [Viewer("2", "ann", "ANN"), Viewer("2", "annie", "\u200fAnnie")])
async def test_who_takes_a_song_back_is_known_under_every_name(stage: Stage, now: Viewer) -> None:
    await stage.redeem(1, VIEWERS["Given"])
    run = await stage.redeem(2, ANN)
    handlers = RequestHandlers(
        queue=stage.queue,
        start=lambda *_: Ok(None),
        receipts=Receipts(),  # type: ignore[arg-type]  # the part that is asked
        logger=logging.getLogger("companion.test"),
    )
    message = a_message("!wrongsong", chat_id="c", viewer=now, sent_at=stage.now())
    assert await handlers.wrongsong(Call(Command("x", "computed"), "", message)) == Ok(None)
    await settle()
    assert stage.ledger == [(run, "canceled")]
    assert stage.voice.said[-1] == "Ann: You took “Song 2” back. Your points are back."
