"""`ports.timer.Timer` on a QTimer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from companion.services.qt.timer import QtTimer


@pytest.fixture
def timer(qtbot: QtBot) -> Iterator[QtTimer]:
    timer = QtTimer()
    yield timer
    timer.close()
    timer.deleteLater()


@pytest.fixture
def fired() -> list[str]:
    return []


def test_calls_back_once(timer: QtTimer, fired: list[str], qtbot: QtBot) -> None:
    timer.arm(0.01, lambda: fired.append("a"))
    qtbot.waitUntil(lambda: bool(fired))
    qtbot.wait(30)
    assert fired == ["a"]


def test_a_new_arming_replaces_the_old(timer: QtTimer, fired: list[str], qtbot: QtBot) -> None:
    timer.arm(0.0, lambda: fired.append("old"))
    timer.arm(0.02, lambda: fired.append("new"))
    qtbot.wait(10)
    assert fired == []
    qtbot.waitUntil(lambda: fired == ["new"])


def test_can_be_armed_from_its_own_callback(timer: QtTimer, fired: list[str], qtbot: QtBot) -> None:
    def again() -> None:
        fired.append("x")
        if len(fired) < 3:
            timer.arm(0.0, again)

    timer.arm(0.0, again)
    qtbot.waitUntil(lambda: len(fired) == 3)


def test_disarmed_is_silent_and_can_be_armed_again(timer: QtTimer, fired: list[str], qtbot: QtBot) -> None:
    timer.arm(0.0, lambda: fired.append("old"))
    timer.disarm()
    qtbot.wait(20)
    assert fired == []
    timer.arm(0.0, lambda: fired.append("new"))
    qtbot.waitUntil(lambda: fired == ["new"])


def test_closed_is_silent_for_good(timer: QtTimer, fired: list[str], qtbot: QtBot) -> None:
    timer.arm(0.0, lambda: fired.append("armed before"))
    timer.close()
    timer.arm(0.0, lambda: fired.append("armed after"))
    qtbot.wait(30)
    assert fired == []


@pytest.mark.parametrize("end", ["close", "disarm", "arm"])
def test_a_timeout_that_qt_had_already_queued_calls_nobody(timer: QtTimer, fired: list[str], end: str) -> None:
    timer.arm(3600.0, lambda: fired.append("old"))
    match end:
        case "close":
            timer.close()
        case "disarm":
            timer.disarm()
        case _:
            timer.arm(3600.0, lambda: fired.append("new"))
    timer._timer.timeout.emit()  # as Qt delivers what it had queued
    assert fired == []


@pytest.mark.parametrize(
    "delay, kind, milliseconds",
    [
        (0.0, Qt.TimerType.PreciseTimer, 0),
        (0.0004, Qt.TimerType.PreciseTimer, 0),
        (0.5, Qt.TimerType.PreciseTimer, 500),
        (1.0, Qt.TimerType.CoarseTimer, 1000),
        (3600.0, Qt.TimerType.CoarseTimer, 3_600_000),
    ],
)
def test_precise_where_it_shows(timer: QtTimer, delay: float, kind: Qt.TimerType, milliseconds: int) -> None:
    timer.arm(delay, lambda: None)
    assert timer._timer.timerType() == kind
    assert timer._timer.interval() == milliseconds
    assert timer._timer.isSingleShot()
