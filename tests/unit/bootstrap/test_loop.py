"""Both loops end when the main coroutine does, and a quit is a wish; with real Qt, in child processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap

import pytest

from companion.bootstrap.loop import run_headless
from tests.helpers.children import ROOT

START = """
import asyncio, os, signal, sys, threading, time
from companion.bootstrap.loop import make_application, run_with_window, watch_quit_events, watch_signals
application = make_application("companion-test")
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-X", "dev", "-c", START + textwrap.dedent(code)],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def told(code: str) -> list[str]:
    done = run(code)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


def test_the_answer_of_main_is_the_answer_of_the_run() -> None:
    async def main() -> int:
        return 4

    assert run_headless(main) == 4


def test_the_process_ends_when_main_returns() -> None:
    assert told(
        """
        async def main():
            await asyncio.sleep(0)
            print("main")
            return 4
        print(run_with_window(application, main))
        """
    ) == ["main", "4"]


def test_tasks_left_over_are_cancelled_with_their_cleanup() -> None:
    assert told(
        """
        async def left():
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)
                print("cleaned")
        async def main():
            task = asyncio.ensure_future(left())
            await asyncio.sleep(0)
            return 0
        print(run_with_window(application, main))
        """
    ) == ["cleaned", "0"]


def test_a_quit_of_the_system_is_a_wish() -> None:
    """Neither `quit` by an event nor a last window that closes tears the loop down in mid-flight."""
    assert told(
        """
        from PySide6.QtCore import QCoreApplication, QEvent
        from PySide6.QtWidgets import QWidget
        async def main():
            stop = asyncio.Event()
            watcher = watch_quit_events(application, lambda: (print("asked"), stop.set()))
            window = QWidget()
            window.show()
            await asyncio.sleep(0.02)
            window.close()
            await asyncio.sleep(0.02)
            print("open")
            QCoreApplication.postEvent(application, QEvent(QEvent.Type.Quit))
            await stop.wait()
            await asyncio.sleep(0.02)
            print("cleaned")
            return 0
        print(run_with_window(application, main))
        """
    ) == ["open", "asked", "cleaned", "0"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_a_wish(number: signal.Signals) -> None:
    assert told(
        f"""
        async def main():
            stop = asyncio.Event()
            watch_signals(asyncio.get_running_loop(), stop.set)
            os.kill(os.getpid(), {int(number)})
            await stop.wait()
            await asyncio.sleep(0.01)
            print("cleaned")
            return 0
        print(run_with_window(application, main))
        """
    ) == ["cleaned", "0"]


def test_blocking_work_has_few_threads_of_our_own() -> None:
    assert told(
        """
        async def main():
            names = {await asyncio.to_thread(lambda: threading.current_thread().name) for _ in range(20)}
            print(all(name.startswith("companion-io") for name in names), len(names) <= 4)
            return 0
        print(run_with_window(application, main))
        """
    ) == ["True", "True", "0"]


def test_an_exception_of_main_is_not_lost() -> None:
    done = run(
        """
        async def main():
            raise RuntimeError("a bug")
        run_with_window(application, main)
        """
    )
    assert done.returncode == 1
    assert "a bug" in done.stderr
