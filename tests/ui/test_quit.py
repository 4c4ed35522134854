"""Quitting asks what becomes of waiting requests, once, and only when somebody waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from companion.ports.failures import StorageFailed
from companion.ui.quit_dialog import QuitDialog
from tests.fakes.application import NOW, make_snapshot, offline_stream
from tests.fakes.show import EMPTY_QUEUE, make_run
from tests.ui.conftest import Desk, settle
from tests.ui.found import found

WINDOW = offline_stream(session_id="session-1", resume_until=NOW + timedelta(minutes=3))


def asked(desk: Desk) -> QuitDialog:
    desk.ui.tray.quit.trigger()
    dialog = found(desk.window, QuitDialog)
    assert dialog.isVisible()
    return dialog


def quits(desk: Desk) -> list[tuple[str, ...]]:
    return [call for call in desk.app.requests() if call[0] == "request_quit"]


@pytest.mark.parametrize(
    "snapshot", [make_snapshot(queue=EMPTY_QUEUE), make_snapshot(stream=offline_stream())], ids=["nobody", "over"]
)
def test_where_nobody_waits_it_is_done_at_once(desk: Desk, snapshot: object) -> None:
    desk.show(snapshot)  # type: ignore[arg-type]  # one of the two above
    desk.ui.tray.quit.trigger()
    settle()
    assert quits(desk) == [("request_quit",)]


def test_keeping_leaves_the_queue_and_the_session_alone(desk: Desk) -> None:
    desk.show(make_snapshot(stream=WINDOW))
    dialog = asked(desk)
    assert "request" in dialog.windowTitle()
    assert "before" in dialog.text
    dialog.keep.click()
    settle()
    assert quits(desk) == [("request_quit", "keep")]
    assert not any(call[0] == "remove" for call in desk.app.requests())


def test_giving_back_comes_before_the_quit(desk: Desk) -> None:
    desk.show(make_snapshot())
    dialog = asked(desk)
    assert "during this stream" in dialog.text
    dialog.back.click()
    settle()
    calls = [call[0] for call in desk.app.requests()]
    assert "remove" in calls and calls[-1] == "request_quit"
    assert quits(desk) == [("request_quit",)]


def test_a_refund_that_fails_keeps_companion_running(desk: Desk) -> None:
    desk.show(make_snapshot())
    desk.app.objects.queue.error = StorageFailed("disk I/O error")
    dialog = asked(desk)
    dialog.back.click()
    settle()
    assert dialog.isVisible() and dialog.answer.message is not None
    assert dialog.keep.isEnabled() and dialog.back.text() == "Give back and quit"
    assert quits(desk) == []


def test_points_that_are_not_back_yet_are_told_before_the_quit(desk: Desk) -> None:
    snapshot = make_snapshot()
    desk.show(snapshot)
    waiting = next(each for each in desk.app.objects.queue.shown.requests if each.state == "waiting")
    desk.app.objects.sagas.runs = [make_run(id=waiting.id, status="compensating")]
    dialog = asked(desk)
    dialog.back.click()
    settle()
    assert dialog.answer.message is not None and dialog.answer.message.title.startswith("1 request has not got")
    assert quits(desk) == []
    dialog.back.click()
    settle()
    assert quits(desk) == [("request_quit",)]


def test_staying_changes_nothing_and_a_second_quit_asks_no_second_time(desk: Desk) -> None:
    desk.show(make_snapshot())
    dialog = asked(desk)
    desk.window.sidebar.leave.click()
    settle()
    assert len(desk.window.findChildren(QuitDialog)) == 1
    dialog.stay.click()
    settle()
    assert desk.app.requests() == []
    assert asked(desk).isVisible()


def test_one_request_is_told_as_one(desk: Desk) -> None:
    queue = desk.app.snapshot().queue
    one = next(each for each in queue.requests if each.state == "waiting")
    desk.show(make_snapshot(queue=replace(queue, requests=(one,))))
    assert asked(desk).windowTitle() == "1 request waits"
