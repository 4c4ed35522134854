"""The commit of one ORM row through `Transactions.begin` against `sqlite3` alone.

Same pragmas, same statements, same disk: the one of the system's folder for temporary files.
"""

from __future__ import annotations

import logging
import sqlite3
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TypeAlias

from companion.kernel.instant import SystemClock
from companion.kernel.result import expect_ok
from companion.objects.stream_lifecycle import tables as _stream_tables  # noqa: F401 - maps its rows onto the metadata
from companion.objects.token.state import TokenState
from companion.objects.token.tables import TokenStateRow
from companion.runtime import tables as _runtime_tables  # noqa: F401 - maps its rows onto the metadata
from companion.runtime.transactions import Transactions
from companion.storage.base import Base
from companion.storage.engine import PRAGMAS, open_engine, open_reader
from companion.storage.prepare import prepare_database
from tests.benchmarks.sampling import median, milliseconds, percentile, quartiles, ratios
from tests.benchmarks.table import Row

Commit: TypeAlias = Callable[[int], None]
"""Writes this number into the row, and commits."""


def measure(*, quick: bool) -> list[Row]:
    """p50 and p99 of one commit: the medians of the rounds, and the quartiles of their ratios."""
    rounds, commits = (3, 20) if quick else (15, 200)
    ours: list[list[float]] = []
    theirs: list[list[float]] = []
    with tempfile.TemporaryDirectory(prefix="companion-bench-") as folder, ExitStack() as stack:
        through_orm = _orm(Path(folder) / "orm", stack)
        through_sqlite = _sqlite(Path(folder) / "sqlite", stack)
        for number in range(rounds + 1):
            our, their = _time(through_orm, commits), _time(through_sqlite, commits)
            if number:  # the first round warms up
                ours.append(our)
                theirs.append(their)
    return [_row(percent, ours, theirs) for percent in (50, 99)]


def _orm(folder: Path, stack: ExitStack) -> Commit:
    path = _prepared(folder)
    engine, reader, worker = open_engine(path), open_reader(path), ThreadPoolExecutor(max_workers=1)
    stack.callback(engine.dispose)
    stack.callback(reader.dispose)
    stack.callback(worker.shutdown)
    logger = logging.getLogger("companion.storage")
    transactions = Transactions(engine=engine, reader=reader, worker=worker, logger=logger)

    def commit(number: int) -> None:
        with transactions.begin() as tx:
            tx.session.merge(TokenStateRow.of("twitch", TokenState(phase="authorized", failures=number)))

    return commit


def _sqlite(folder: Path, stack: ExitStack) -> Commit:
    path = _prepared(folder)
    with ExitStack() as once:
        _orm(folder, once)(0)
    connection = sqlite3.connect(path, isolation_level=None)
    stack.callback(connection.close)
    for name, value in PRAGMAS:
        connection.execute(f"PRAGMA {name}={value}").close()

    def commit(number: int) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("SELECT * FROM token_state WHERE provider = 'twitch'").fetchone()
        connection.execute("UPDATE token_state SET failures = ? WHERE provider = 'twitch'", (number,))
        connection.execute("COMMIT")

    return commit


def _prepared(folder: Path) -> Path:
    """A database with all tables."""
    path = folder / "companion.db"
    expect_ok(prepare_database(path, backups=folder / "backups", metadata=Base.metadata, clock=SystemClock()))
    return path


def _time(commit: Commit, commits: int) -> list[float]:
    spent = []
    for number in range(commits):
        began = time.perf_counter()
        commit(number)
        spent.append(time.perf_counter() - began)
    return spent


def _row(percent: int, ours: list[list[float]], theirs: list[list[float]]) -> Row:
    our, their = [percentile(each, percent) for each in ours], [percentile(each, percent) for each in theirs]
    found = ratios(our, their)
    return Row(
        f"commit of one row, p{percent}",
        milliseconds(median(our)),
        f"{milliseconds(median(their))}: sqlite3",
        median(found),
        quartiles(found),
    )
