"""What a test may have left behind: tasks, timers, threads, sockets, log records nobody expected."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import re
import socket
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

GRACE = 1.0
"""Seconds that something on its way out may still take."""

FILE_DESCRIPTORS = Path("/proc/self/fd")


@dataclass(frozen=True)
class Traces:
    """What there was before a test."""

    threads: frozenset[threading.Thread]
    sockets: frozenset[str]
    timers: frozenset[int]

    @classmethod
    def now(cls) -> Traces:
        """Remember what there is."""
        return cls(frozenset(threading.enumerate()), _open_sockets(), frozenset(_active_timers()))

    def left_behind(self) -> list[str]:
        """One line for each thing that came since and is still there."""
        return [*self._threads(), *self._timers(), *self._sockets()]

    def _threads(self) -> list[str]:
        newer = [thread for thread in threading.enumerate() if thread not in self.threads and not thread.daemon]
        for thread in newer:
            thread.join(GRACE)
        return [f"thread still runs: {thread.name}" for thread in newer if thread.is_alive()]

    def _timers(self) -> list[str]:
        if not _active_timers().keys() - self.timers:
            return []
        from PySide6.QtCore import QCoreApplication, QEvent

        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        gc.collect()
        return [f"timer still active: {text}" for key, text in _active_timers().items() if key not in self.timers]

    def _sockets(self) -> list[str]:
        if not _open_sockets() - self.sockets:
            return []
        gc.collect()
        inodes = _open_sockets() - self.sockets
        named = {str(os.fstat(it.fileno()).st_ino): repr(it) for it in _python_sockets()}
        return [f"socket still open: {named.get(inode, f'inode {inode}')}" for inode in sorted(inodes)]


def _open_sockets() -> frozenset[str]:
    """The inodes of this process' sockets; empty where the system does not list them."""
    found = set()
    try:
        descriptors = list(FILE_DESCRIPTORS.iterdir())
    except OSError:
        return frozenset()
    for descriptor in descriptors:
        try:
            target = str(descriptor.readlink())
        except OSError:  # the one that listed the folder is closed again
            continue
        if target.startswith("socket:["):
            found.add(target[8:-1])
    return frozenset(found)


def _python_sockets() -> list[socket.socket]:
    return [it for it in gc.get_objects() if isinstance(it, socket.socket) and it.fileno() >= 0]


def _active_timers() -> dict[int, str]:
    """Qt's active timers as far as Python knows them, by the identity of their wrapper."""
    if "PySide6.QtCore" not in sys.modules:
        return {}
    from PySide6.QtCore import QTimer
    from shiboken6 import Shiboken

    timers = [it for it in Shiboken.getAllValidWrappers() if isinstance(it, QTimer) and it.isActive()]
    return {id(it): f"{it!r} every {it.interval()} ms, parent {it.parent()!r}" for it in timers}


async def stray_tasks() -> list[str]:
    """The tasks of the running loop that do not end by themselves within the grace."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        _, others = await asyncio.wait(others, timeout=GRACE)
    return [f"task still runs: {task!r}" for task in others]


class LogWatch(logging.Handler):
    """Collects records of WARNING and above, and says which of them no pattern expects."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._records: list[str] = []
        self._patterns: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self._records.append(f"{record.levelname} {record.name}: {record.getMessage()}")

    def expect(self, *patterns: str) -> None:
        """Records matching one of the regular expressions are part of the test; with none given, all are."""
        self._patterns.extend(patterns or (".*",))

    def unexpected(self) -> list[str]:
        """One line for each record that nothing expects."""
        return [
            f"unexpected log record: {text}"
            for text in self._records
            if not any(re.search(pattern, text) for pattern in self._patterns)
        ]


class LoggingState:
    """The logging configuration before a test, to be put back after it."""

    LOGGERS = ("", "companion")

    def __init__(self) -> None:
        loggers = [logging.getLogger(name) for name in self.LOGGERS]
        self._before = [(it, it.level, it.propagate, it.disabled, list(it.handlers)) for it in loggers]

    def restore(self) -> None:
        """Put back levels and handlers; handlers that came since are closed."""
        for logger, level, propagate, disabled, handlers in self._before:
            for handler in [it for it in logger.handlers if it not in handlers]:
                logger.removeHandler(handler)
                handler.close()
            for handler in [it for it in handlers if it not in logger.handlers]:
                logger.addHandler(handler)
            logger.setLevel(level)
            logger.propagate, logger.disabled = propagate, disabled
