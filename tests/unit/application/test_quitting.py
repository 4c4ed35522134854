"""Points of waiting requests go back before a quit, and nobody waits for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest

from companion.application.quitting import LOOK_EVERY, PATIENCE, QuitActions, session_open
from companion.kernel.result import Err, Ok
from companion.ports.failures import StorageFailed
from companion.ports.sagas import RunStatus
from companion.ports.song_queue import CannotWithdraw
from tests.fakes.application import NOW, live_stream, offline_stream
from tests.fakes.objects import FakeObjects
from tests.fakes.show import ANN, BO, make_objects, make_queue, make_run, request
from tests.fakes.sign_in import Sleeper


class Desk:
    def __init__(self) -> None:
        self.objects: FakeObjects = make_objects()
        self.objects.queue.shown = make_queue(
            requests=(
                request(1, ANN),
                request(2, BO, state="approval", position=None),
                request(3, BO, state="handed_over", position=None),
            )
        )
        self.objects.sagas.runs = []
        self.sleeper = Sleeper(lambda _: None)
        self.drawn = 0
        self.quitting = QuitActions(
            queue=self.objects.queue, sagas=self.objects.sagas, sleep=self.sleeper, changed=self._changed
        )

    def _changed(self) -> None:
        self.drawn += 1

    def removed(self) -> list[str]:
        return [call[1] for call in self.objects.queue.asked if call[0] == "remove"]


async def test_what_waits_is_taken_out_and_what_spotify_has_stays() -> None:
    desk = Desk()
    first, second, _ = desk.objects.queue.shown.requests
    assert await desk.quitting.give_back() == Ok(0)
    assert desk.removed() == [first.id, second.id]
    assert desk.sleeper.slept == []
    assert desk.drawn == 1


@pytest.mark.parametrize(
    ("status", "left"), [("completed", 0), ("failed", 0), ("compensation_failed", 0), ("compensating", 1)]
)
async def test_it_waits_for_the_refunds_but_not_for_ever(status: RunStatus, left: int) -> None:
    desk = Desk()
    first = desk.objects.queue.shown.requests[0]
    desk.objects.sagas.runs = [make_run(id=first.id, status=status), make_run(2, status="running")]
    assert await desk.quitting.give_back() == Ok(left)
    assert desk.sleeper.slept == [LOOK_EVERY] * (PATIENCE if left else 0)


async def test_one_that_went_to_spotify_meanwhile_stops_nothing() -> None:
    desk = Desk()
    desk.objects.queue.error = CannotWithdraw("1")
    assert await desk.quitting.give_back() == Ok(0)
    assert len(desk.removed()) == 2


async def test_a_disk_that_fails_is_said() -> None:
    desk = Desk()
    desk.objects.queue.error = StorageFailed("disk I/O error")
    answer = await desk.quitting.give_back()
    assert isinstance(answer, Err) and "database" in answer.error.title
    assert len(desk.removed()) == 1


def test_a_session_is_open_while_live_and_while_it_may_still_come_back() -> None:
    assert session_open(live_stream())
    assert session_open(offline_stream(resume_until=NOW + timedelta(minutes=3)))
    assert not session_open(offline_stream())
