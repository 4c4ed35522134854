"""Checkpoints beside the loop: a commit must not wait until the whole write-ahead log is in the file.

SQLite by itself makes a checkpoint within whichever commit brings the log to 1,000 pages; window and overlays then wait
for the copying and two syncs of the disk. Here the worker copies. What is written meanwhile is little, and copied by
the next transaction before it begins: only a log that is copied to its end begins anew (sqlite.org/wal.html).
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import TypeVar

from companion.storage.engine import fold_log, fold_rest

T = TypeVar("T")
EVERY_ROWS = 200
"""Changed rows between two checkpoints, 1 to 2 MiB of log: more at once makes the sync, and so a commit, wait."""


class Checkpoints:
    """The `Witness` of the engine whose database is at `path`: has `worker` fold its log every so often.

    `worker` must be shut down before the engine is disposed of. A checkpoint that cannot be made is logged and loses
    nothing: the log grows, to 64 MiB, and then SQLite tries it within a commit.
    """

    def __init__(self, *, path: Path, worker: Executor, logger: logging.Logger) -> None:
        self._path = path
        self._worker = worker
        self._logger = logger
        self._folded = 0
        self._running: Future[None] | None = None

    def before_commit(self, connection: sqlite3.Connection) -> None:
        """Begin a checkpoint when enough was written since the last."""
        if self._running is None and connection.total_changes - self._folded >= EVERY_ROWS:
            self._folded = connection.total_changes
            self._running = self._worker.submit(self._try, fold_log, self._path)

    def before_begin(self, connection: sqlite3.Connection) -> None:
        """Fold the little that was written while the worker folded."""
        if self._running is not None and self._running.done():
            self._running = None
            self._try(fold_rest, connection)

    def _try(self, fold: Callable[[T], None], where: T) -> None:
        try:
            fold(where)
        except sqlite3.Error as error:
            self._logger.warning("no checkpoint could be made, the write-ahead log grows: %s", error)
