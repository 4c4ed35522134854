"""The checks of `tests/conftest.py` must be able to fail: each leak is planted in a small suite of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parents[2]

LEAKS = {
    "task still runs: .*forgotten": """
        import asyncio
        async def test_leaks():
            asyncio.get_running_loop().create_task(asyncio.sleep(60), name="forgotten")
    """,
    "thread still runs: forgotten": """
        import threading, time
        def test_leaks():
            threading.Thread(target=time.sleep, args=(1.5,), name="forgotten").start()
    """,
    "timer still active: .*QTimer": """
        from PySide6.QtCore import QTimer
        KEPT = []
        def test_leaks(qapp):
            timer = QTimer()
            timer.start(50)
            KEPT.append(timer)
    """,
    "socket still open: .*127.0.0.1": """
        import socket
        KEPT = []
        def test_leaks():
            KEPT.append(socket.create_server(("127.0.0.1", 0)))
    """,
    "unexpected log record: WARNING companion.area: look out": """
        import logging
        def test_leaks():
            logging.getLogger("companion.area").warning("look out")
    """,
    "never retrieved": """
        import asyncio
        async def test_leaks():
            async def fail(): raise ValueError
            asyncio.get_running_loop().create_task(fail())
            await asyncio.sleep(0.01)
    """,
}
CLEAN = """
    import asyncio, logging, pytest, threading
    from PySide6.QtCore import QTimer

    @pytest.mark.expected_logs("look out")
    def test_marked():
        logging.getLogger("companion.area").warning("look out")

    def test_declared(expected_logs, clock):
        expected_logs("^ERROR companion.area: fell")
        logging.getLogger("companion.area").error("fell over")

    async def test_task_that_ends():
        asyncio.get_running_loop().create_task(asyncio.sleep(0.05))

    def test_thread_that_ends():
        threading.Thread(target=lambda: None).start()

    def test_timer_that_stops(qapp):
        timer = QTimer()
        timer.start(50)
        timer.stop()
"""


def run(pytester: pytest.Pytester, **sources: str) -> pytest.RunResult:
    """The planted tests, in a process of their own with the real conftest and settings."""
    pytester.makepyfile(**sources)
    options = ("-c", ROOT / "pyproject.toml", "--rootdir", pytester.path, "--confcutdir", pytester.path)
    pytester.syspathinsert(ROOT)
    return pytester.runpytest_subprocess(*options, "-p", "tests.conftest", "-p", "no:cacheprovider", pytester.path)


def test_each_leak_fails_its_test(pytester: pytest.Pytester) -> None:
    sources = {f"test_planted_{number}": source for number, source in enumerate(LEAKS.values())}
    result = run(pytester, **sources)
    result.assert_outcomes(passed=len(LEAKS), errors=len(LEAKS))  # the test itself passes, its clearing up does not
    for number, message in enumerate(LEAKS):
        result.stdout.re_match_lines([".*ERROR at teardown of test_leaks.*", f".*{message}"])
        result.stdout.re_match_lines_random([f"ERROR .*test_planted_{number}.py::test_leaks.*"])


def test_clean_tests_pass(pytester: pytest.Pytester) -> None:
    run(pytester, test_planted=CLEAN).assert_outcomes(passed=5)
