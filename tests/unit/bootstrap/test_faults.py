"""What nobody caught reaches the log, scrubbed; tried in child processes, whose hooks nobody else needs."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SECRET = "planted-secret-value-0001"
START = """
import asyncio, gc, logging, os, sys, threading
from pathlib import Path
from companion.bootstrap.faults import install_fault_handlers, install_loop_handler, install_qt_handler
from companion.bootstrap.logging import configure_logging
from companion.kernel.redacted import Redacted, Scrubber

SECRET = os.environ["PLANTED"]
folder = Path(sys.argv[1])
scrubber = Scrubber()
scrubber.learn(Redacted(SECRET))
configure_logging(folder=folder, level="debug", scrubber=scrubber)
install_fault_handlers(folder / "crash.log")

class Broken(Exception):
    pass

def breaks(*_):
    raise Broken(SECRET)
"""


def run(code: str, folder: Path) -> tuple[list[dict[str, str]], subprocess.CompletedProcess[str]]:
    """The log lines above debug, and how the child ended."""
    done = subprocess.run(
        [sys.executable, "-c", START + textwrap.dedent(code), str(folder)],
        cwd=ROOT,
        env={"PLANTED": SECRET, "QT_QPA_PLATFORM": "offscreen", "PATH": "", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    written = (folder / "companion.log").read_text("utf-8")
    crash = folder / "crash.log"
    for text in (written, done.stderr, done.stdout, crash.read_text("utf-8") if crash.is_file() else ""):
        assert SECRET not in text
    lines = [json.loads(line) for line in written.splitlines()]
    return [line for line in lines if line["level"] != "debug"], done


@pytest.mark.parametrize(
    "code, told",
    [
        ("breaks()", "uncaught exception"),
        ("t = threading.Thread(target=breaks); t.start(); t.join()", "uncaught exception in a thread"),
        ("class It:\n    __del__ = breaks\nit = It()\ndel it; gc.collect()", "could not be raised"),
        (
            """
            async def main():
                loop = asyncio.get_running_loop()
                install_loop_handler(loop)
                loop.call_soon(breaks)
                await asyncio.sleep(0)
                await asyncio.sleep(0)
            asyncio.run(main())
            """,
            "event loop: ",
        ),
        (
            """
            async def main():
                install_loop_handler(asyncio.get_running_loop())
                async def lost():
                    breaks()
                task = asyncio.ensure_future(lost())
                await asyncio.wait({task})
                del task
                gc.collect()
            asyncio.run(main())
            """,
            "event loop: Task exception was never retrieved",
        ),
        (
            """
            from PySide6.QtCore import QCoreApplication, QTimer
            install_qt_handler()
            app = QCoreApplication([])
            QTimer.singleShot(0, breaks)
            QTimer.singleShot(10, app.quit)
            app.exec()
            """,
            "uncaught exception",
        ),
    ],
    ids=["main", "thread", "finalizer", "loop", "task", "slot"],
)
def test_it_is_logged_once_with_its_traceback(code: str, told: str, tmp_path: Path) -> None:
    lines, done = run(code, tmp_path)
    (line,) = [line for line in lines if line["logger"] == "companion.faults"]
    assert told in line["event"]
    assert "in breaks" in line["exception"] and "Broken: [redacted]" in line["exception"]
    assert "Broken" in done.stderr  # told on the terminal too


@pytest.mark.parametrize("call, level", [("qDebug", "debug"), ("qWarning", "warning"), ("qCritical", "error")])
def test_messages_of_qt_are_logged(call: str, level: str, tmp_path: Path) -> None:
    run(f'from PySide6.QtCore import {call}\ninstall_qt_handler()\n{call}("QObject: " + SECRET)', tmp_path)
    lines = [json.loads(line) for line in (tmp_path / "companion.log").read_text("utf-8").splitlines()]
    (line,) = [line for line in lines if line["logger"] == "companion.faults"]
    assert (line["level"], line["event"]) == (level, "Qt: QObject: [redacted]")


def test_leaving_a_thread_is_no_fault(tmp_path: Path) -> None:
    lines, done = run("t = threading.Thread(target=sys.exit); t.start(); t.join()", tmp_path)
    assert (lines, done.returncode) == ([], 0)


def test_a_native_crash_leaves_the_stacks_of_all_threads(tmp_path: Path) -> None:
    code = """
    def holds_a_secret(value):
        import faulthandler
        faulthandler._sigabrt()
    holds_a_secret(SECRET)
    """
    _, done = run(code, tmp_path)
    assert done.returncode != 0
    crash = (tmp_path / "crash.log").read_text("utf-8")
    assert "holds_a_secret" in crash


def test_a_crash_file_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    lines, done = run('install_fault_handlers(folder / "companion.log" / "crash.log")\nbreaks()', tmp_path)
    assert [line["event"].partition(":")[0] for line in lines] == [
        "no crash file can be written",
        "uncaught exception",
    ]
    assert done.returncode == 1
