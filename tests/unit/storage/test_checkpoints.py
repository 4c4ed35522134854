"""Checkpoints: made in the worker, never within a commit; the log begins anew; a failure is told and loses nothing."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session

from companion.runtime.tables import AlarmRow
from companion.storage.base import Base
from companion.storage.checkpoints import EVERY_ROWS, Checkpoints
from companion.storage.engine import open_engine
from tests.fakes.clock import START


class Worker(Executor):
    """Runs what it was given when it is told to."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []

    def submit(self, fn: Callable[..., Any], /, *args: object, **kwargs: object) -> Future[Any]:
        done: Future[Any] = Future()
        self.waiting.append(lambda: done.set_result(fn(*args, **kwargs)))
        return done

    def work(self) -> None:
        waiting, self.waiting = self.waiting, []
        for each in waiting:
            each()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "companion.db"


@pytest.fixture
def worker() -> Worker:
    return Worker()


@pytest.fixture
def checkpoints(path: Path, worker: Worker) -> Checkpoints:
    return Checkpoints(path=path, worker=worker, logger=logging.getLogger("companion.test"))


@pytest.fixture
def engine(path: Path, checkpoints: Checkpoints) -> Iterator[Engine]:
    engine = open_engine(path, checkpoints)
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


def write(engine: Engine, first: int, rows: int) -> None:
    with Session(engine) as session, session.begin():
        session.add_all(AlarmRow(owner="test", name=f"alarm {first + number}", due=START) for number in range(rows))


def log_of(path: Path) -> int:
    return path.with_name(path.name + "-wal").stat().st_size


def alone(path: Path, folder: Path) -> int:
    """How many alarms stand in the file itself, without its log."""
    copy = folder / "copy.db"
    copy.write_bytes(path.read_bytes())
    with closing(sqlite3.connect(copy)) as connection:
        return int(connection.execute("SELECT count(*) FROM alarms").fetchone()[0])


def test_after_so_many_rows_the_worker_folds_the_log(
    engine: Engine, worker: Worker, path: Path, tmp_path: Path
) -> None:
    write(engine, 0, EVERY_ROWS - 1)
    assert worker.waiting == []
    write(engine, EVERY_ROWS, 1)
    assert len(worker.waiting) == 1
    worker.work()
    assert alone(path, tmp_path) == EVERY_ROWS


def test_one_checkpoint_at_a_time(engine: Engine, worker: Worker) -> None:
    for number in range(5):
        write(engine, number * EVERY_ROWS, EVERY_ROWS)
    assert len(worker.waiting) == 1
    worker.work()
    write(engine, 5 * EVERY_ROWS, EVERY_ROWS)
    assert len(worker.waiting) == 1


def test_the_log_begins_anew_though_something_is_written_while_the_worker_folds(
    engine: Engine, worker: Worker, path: Path
) -> None:
    """What is written and deleted for a whole night takes the room of a few checkpoints."""
    sizes = []
    for _ in range(60):
        write(engine, 0, EVERY_ROWS)
        worker.work()
        write(engine, EVERY_ROWS, 1)
        with Session(engine) as session, session.begin():
            session.execute(delete(AlarmRow))
        sizes.append(log_of(path))
    assert max(sizes[4:]) <= max(sizes[:4])


def test_a_commit_makes_no_checkpoint_by_itself(engine: Engine, worker: Worker, path: Path, tmp_path: Path) -> None:
    for first in range(0, 4000, 10):
        write(engine, first, 10)
    assert worker.waiting
    assert log_of(path) > 1000 * 4096, "by itself SQLite would have made one within a commit"
    try:
        in_file = alone(path, tmp_path)
    except sqlite3.OperationalError:  # not even the tables are in the file
        in_file = 0
    assert in_file == 0


@pytest.mark.expected_logs("no checkpoint could be made")
def test_a_failure_is_told_and_the_next_one_is_tried(path: Path, worker: Worker) -> None:
    nowhere = Checkpoints(path=path / "none.db", worker=worker, logger=logging.getLogger("companion.test"))
    engine = open_engine(path, nowhere)
    Base.metadata.create_all(engine)
    for number in range(3):
        write(engine, number * EVERY_ROWS, EVERY_ROWS)
        assert len(worker.waiting) == 1
        worker.work()
    with Session(engine) as session, session.begin():
        assert session.scalar(select(func.count()).select_from(AlarmRow)) == 3 * EVERY_ROWS
    engine.dispose()
