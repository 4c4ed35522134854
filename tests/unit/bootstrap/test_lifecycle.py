"""How often a quit must be asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from companion.bootstrap.lifecycle import SAME_WISH, Process
from companion.bootstrap.options import Options, Run, addresses
from companion.bootstrap.paths import Paths
from companion.bootstrap.settings import Settings
from companion.kernel.redacted import Scrubber
from tests.fakes.clock import FakeClock


@pytest.fixture
def process(tmp_path: Path, clock: FakeClock) -> Process:
    settings = Settings()
    run = Run(settings, Options(headless=True), addresses(settings, None), Paths(tmp_path))
    process = Process(run=run, scrubber=Scrubber(), window=False, child=None)
    process._clock = clock  # type: ignore[assignment]  # a clock that only tests move
    return process


def asked(process: Process) -> tuple[bool, bool]:
    return process._stop.is_set(), process._hurry.is_set()


def test_two_signals_in_a_row_are_one_wish(process: Process, clock: FakeClock) -> None:
    """A terminal signals the whole group, and so does the service manager that started it."""
    assert asked(process) == (False, False)
    process.request_quit()
    process.request_quit()
    clock.advance(SAME_WISH - 0.01)
    process.request_quit()
    assert asked(process) == (True, False)


def test_a_second_one_later_hurries(process: Process, clock: FakeClock) -> None:
    process.request_quit()
    clock.advance(SAME_WISH)
    process.request_quit()
    assert asked(process) == (True, True)


def test_repeating_at_once_does_not_move_the_first_one(process: Process, clock: FakeClock) -> None:
    for _ in range(3):
        process.request_quit()
        clock.advance(SAME_WISH / 2)
    assert asked(process) == (True, True)


def test_without_a_window_there_is_none_to_show(process: Process) -> None:
    assert process.bring_forward() is False
