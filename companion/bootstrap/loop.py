"""The event loop: Qt's when there is a window, asyncio's own without. The only home of qasync.

Nobody calls `quit()`: it tears the loop down in mid-flight (qasync issues 55 and 32). The main coroutine
returns, and then the loop ends. A quit that the system asks for arrives as an event and is turned into a
request.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from companion.bootstrap.faults import install_loop_handler

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication


def run_headless(main: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """Run `main` on asyncio's own loop."""
    with asyncio.Runner() as runner:
        install_loop_handler(runner.get_loop())
        return runner.run(main())


def make_application(name: str) -> QApplication:
    """The `QApplication`, set so that closing a window never ends the process."""
    os.environ.setdefault("QT_API", "pyside6")
    from PySide6.QtCore import QCoreApplication
    from PySide6.QtWidgets import QApplication

    application = QApplication([name])
    application.setApplicationName("Companion")
    application.setApplicationDisplayName("Companion")
    application.setDesktopFileName("companion")
    application.setQuitOnLastWindowClosed(False)
    QCoreApplication.setQuitLockEnabled(False)
    return application


def run_with_window(application: QApplication, main: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """Run `main` on Qt's loop."""
    from qasync import QEventLoop

    with asyncio.Runner(loop_factory=lambda: QEventLoop(application)) as runner:
        # qasync's own would be ten Qt threads, started at the first name that is looked up.
        runner.get_loop().set_default_executor(ThreadPoolExecutor(max_workers=4, thread_name_prefix="companion-io"))
        install_loop_handler(runner.get_loop())
        return runner.run(main())


def watch_quit_events(application: QApplication, on_quit: Callable[[], None]) -> object:
    """Turn the system's quit event (log-out, Dock, ...) into a request. Keep the answer alive."""
    from PySide6.QtCore import QEvent, QObject

    class Filter(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
            if watched is application and event.type() == QEvent.Type.Quit:
                on_quit()
                return True
            return False

    watcher = Filter()
    application.installEventFilter(watcher)
    return watcher


def watch_signals(loop: asyncio.AbstractEventLoop, on_quit: Callable[[], None]) -> None:
    """SIGINT and SIGTERM ask to stop; a second one goes straight to the end."""
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, on_quit)
        except (NotImplementedError, RuntimeError):
            # Windows has no such handlers: the signal's own handler wakes the loop.
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(on_quit))
