"""A user interface on a fake application, closed after each test."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from companion.application.snapshots import AppSnapshot
from companion.ui.app_ui import UserInterface
from companion.ui.main_window import MainWindow
from tests.fakes.application import FakeApplication, SynchronousSupervisor
from tests.fakes.clock import FakeClock

RESOURCES = Path(__file__).parents[2] / "resources"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The offscreen platform complains of what it need not do: smallest sizes, raising a window, grabbing keys."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(
                pytest.mark.qt_log_ignore(r"does not support (propagateSizeHints\(\)|raise\(\)|grabbing)", extend=True)
            )


async def no_pictures(address: str) -> bytes | None:
    """A loader that has nothing."""
    return None


class Desk:
    """A fake application, the user interface on it, and what a person at it does."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.app = FakeApplication()
        self.ui = UserInterface(
            app=self.app,
            supervisor=SynchronousSupervisor(logging.getLogger("tests.ui")),
            clock=clock,
            load_image=no_pictures,
            resources=RESOURCES,
        )

    @property
    def window(self) -> MainWindow:
        assert self.ui.window is not None
        return self.ui.window

    def show(self, snapshot: AppSnapshot, page: str | None = None) -> None:
        """Hand out a picture and look at a page."""
        self.app.show(snapshot)
        settle()
        self.ui.show_window(page)
        settle()


def settle() -> None:
    """Deliver what is queued: snapshots, answers, layouts, deletions."""
    for _ in range(4):
        QCoreApplication.sendPostedEvents()
        QApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def make_desk(qapp: QApplication, clock: FakeClock) -> Iterator[Callable[[], Desk]]:
    """Desks that are not started yet."""
    desks: list[Desk] = []

    def make() -> Desk:
        desks.append(Desk(clock))
        return desks[-1]

    yield make
    for desk in desks:
        desk.ui.close()
        # Qt holds what is connected to a signal for as long as there is the sender: without this no desk ever goes.
        desk.ui.tray.deleteLater()
        desk.ui.deleteLater()
    settle()


@pytest.fixture
def desk(make_desk: Callable[[], Desk]) -> Desk:
    """A started user interface that shows a live stream."""
    desk = make_desk()
    desk.ui.start()
    settle()
    return desk
