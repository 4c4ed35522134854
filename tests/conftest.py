"""What every test gets: a clock, one QApplication off the screen, and checks that it leaves nothing behind."""

from __future__ import annotations

import gc
import inspect
import itertools
import logging
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests import needs
from tests.fakes.clock import FakeClock
from tests.leaks import LoggingState, LogWatch, Traces, stray_tasks

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_API", "pyside6")
for _name in [name for name in os.environ if name.startswith(("COMPANION_TWITCH__", "COMPANION_SPOTIFY__"))]:
    del os.environ[_name]  # settings of the person who runs the tests


_finished = itertools.count(1)


def pytest_collection_finish() -> None:
    """Everything imported so far stays: the garbage collector need not look at it after each test."""
    gc.collect()
    gc.freeze()


def pytest_itemcollected(item: pytest.Item) -> None:
    """Have the loop of every coroutine test looked at before it is closed."""
    if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(inspect.unwrap(item.obj)):
        item.fixturenames.insert(0, "leaves_no_task")


@pytest_asyncio.fixture
async def leaves_no_task() -> AsyncIterator[None]:
    """Fails a test whose tasks outlive its fixtures, naming them."""
    yield
    if stray := await stray_tasks():
        pytest.fail("\n".join(stray), pytrace=False)


@pytest.fixture(autouse=True)
def log_watch(request: pytest.FixtureRequest) -> Iterator[LogWatch]:
    """Fails a test that leaves threads, timers or sockets behind, or logs a warning that it does not expect."""
    logging_state, watch, before = LoggingState(), LogWatch(), Traces.now()
    for marker in request.node.iter_markers("expected_logs"):
        watch.expect(*marker.args)
    logging.getLogger().addHandler(watch)
    yield watch
    gc.collect()  # what only garbage still holds: tasks with lost exceptions, sockets, files
    if next(_finished) % 25 == 0:
        gc.freeze()  # what has outlived 25 tests stays; without this each collection is slower than the one before
    logging_state.restore()
    if structlog := sys.modules.get("structlog"):
        structlog.reset_defaults()
    if problems := [*before.left_behind(), *watch.unexpected()]:
        pytest.fail("\n".join(problems), pytrace=False)


@pytest.fixture
def expected_logs(log_watch: LogWatch) -> Callable[..., None]:
    """Call with regular expressions: log records of WARNING and above that match are part of the test.

    They are searched in `LEVEL logger: message`. The marker of the same name does the same for a whole test.
    """
    return log_watch.expect


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands still on 1 January 2026 until moved."""
    return FakeClock()


@pytest.fixture(scope="session")
def qapp_args() -> list[str]:
    """The arguments of the one QApplication that pytest-qt makes."""
    return ["companion-tests"]


@pytest.fixture
def chromium_path() -> Path:
    """The browser's executable; without one the test is skipped (in CI: fails)."""
    return needs.chromium()


@pytest.fixture
def x_display() -> str:
    """`DISPLAY` for child processes with real windows; without one the test is skipped (in CI: fails)."""
    return needs.x_display()


@pytest.fixture
def secret_service() -> None:
    """Asks for an unlocked Secret Service of this run's own; without one the test is skipped (in CI: fails)."""
    needs.secret_service()
