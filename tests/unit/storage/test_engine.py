"""The engine: pragmas really set, one thread, transactions that are whole or not at all."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError
from sqlalchemy.orm import Session

from companion.runtime.tables import AlarmRow, OutboxDeliveryRow
from companion.storage.base import Base, MalformedStored
from companion.storage.engine import (
    checkpoint,
    copy_database,
    integrity_problem,
    open_engine,
    open_reader,
    read_in,
)
from tests.fakes.clock import START


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a database.db"


@pytest.fixture
def engine(path: Path) -> Iterator[Engine]:
    engine = open_engine(path)
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


def alarm(name: str = "a", due: datetime = START) -> AlarmRow:
    return AlarmRow(owner="test", name=name, due=due)


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 2000), ("temp_store", 2)],
)
def test_pragmas_are_really_set(engine: Engine, pragma: str, value: object) -> None:
    with engine.begin() as connection:
        assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one() == value


def test_foreign_keys_are_enforced(engine: Engine) -> None:
    orphan = OutboxDeliveryRow(event_id="none", receiver="r", state="pending", attempts=0, due=START)
    with pytest.raises(IntegrityError, match="FOREIGN KEY"), Session(engine) as session, session.begin():
        session.add(orphan)


def test_a_transaction_is_immediate(engine: Engine, path: Path) -> None:
    with (
        engine.begin(),
        closing(sqlite3.connect(path, timeout=0)) as other,
        pytest.raises(sqlite3.OperationalError, match="lock"),
    ):
        other.execute("BEGIN IMMEDIATE")


def test_another_thread_is_a_loud_bug(engine: Engine) -> None:
    caught: list[BaseException] = []

    def intrude() -> None:
        try:
            with engine.begin():
                pass
        except AssertionError as error:
            caught.append(error)

    thread = threading.Thread(target=intrude)
    thread.start()
    thread.join()
    assert "loop's thread" in str(caught[0])
    with engine.begin() as connection:  # and the owner goes on
        connection.execute(text("SELECT 1"))


def test_a_failure_rolls_back_the_whole_transaction(engine: Engine) -> None:
    def fail_in_the_middle() -> None:
        with Session(engine) as session, session.begin():
            session.add(alarm())
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_in_the_middle()
    with Session(engine) as session:
        assert session.scalars(select(AlarmRow)).all() == []


@pytest.mark.parametrize("name", ["with space.db", "what?.db", "a#b.db", "100%25.db", "ünï.db"])
def test_any_file_name_is_the_file_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    engine, reader = open_engine(path), open_reader(path)
    Base.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        session.add(alarm())
    assert read_in(reader, lambda session: len(session.scalars(select(AlarmRow)).all())) == 1
    engine.dispose()
    assert [it.name for it in tmp_path.iterdir()] == [name]


def test_instants_rest_as_fixed_width_utc_text(engine: Engine) -> None:
    east = timezone(timedelta(hours=5, minutes=30))
    with Session(engine) as session, session.begin():
        session.add(alarm(due=datetime(2026, 1, 1, 5, 30, tzinfo=east)))
    with engine.begin() as connection:
        assert connection.execute(text("SELECT due FROM alarms")).scalar_one() == "2026-01-01T00:00:00.000000Z"
    with Session(engine) as session:
        assert session.scalars(select(AlarmRow.due)).one() == START
        assert session.scalars(select(AlarmRow.due)).one().tzinfo is UTC


def test_a_naive_time_never_reaches_the_file(engine: Engine) -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001  # the point of the test
    with Session(engine) as session:
        session.add(alarm(due=naive))
        with pytest.raises(StatementError, match="offset"):
            session.flush()


def test_the_order_of_texts_is_the_order_of_times_in_queries(engine: Engine) -> None:
    dues = [START + timedelta(seconds=seconds, microseconds=micro) for seconds in (9, 10, 100) for micro in (0, 5, 50)]
    west = timezone(timedelta(hours=-8))
    with Session(engine) as session, session.begin():
        session.add_all(alarm(str(number), due.astimezone(west)) for number, due in enumerate(reversed(dues)))
    with Session(engine) as session:
        assert list(session.scalars(select(AlarmRow.due).order_by(AlarmRow.due))) == dues


@pytest.mark.parametrize("rubbish", ["soon", "", "2026-01-01T00:00:00", "1767225600", "9999-12-31T23:59:59-14:00"])
def test_a_stored_text_that_is_no_instant_is_named(engine: Engine, rubbish: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO alarms VALUES ('o', 'n', :due)"), {"due": rubbish})
    with Session(engine) as session, pytest.raises(MalformedStored, match="not an instant"):
        session.scalars(select(AlarmRow)).all()


def test_the_reader_sees_commits_and_cannot_write(engine: Engine, path: Path) -> None:
    reader = open_reader(path)
    with Session(engine) as session, session.begin():
        session.add(alarm())
    assert read_in(reader, lambda session: session.scalars(select(AlarmRow.name)).all()) == ["a"]
    with pytest.raises(OperationalError, match="readonly"):
        read_in(reader, lambda session: session.execute(insert(AlarmRow).values(owner="x", name="y", due=START)))


def test_a_sound_file_has_no_problem(engine: Engine, path: Path) -> None:
    assert integrity_problem(path) is None


def test_damage_is_told(engine: Engine, path: Path) -> None:
    with Session(engine) as session, session.begin():
        session.add_all(alarm(str(number)) for number in range(2000))
    engine.dispose()
    content = bytearray(path.read_bytes())
    content[8192 : 8192 + 4096 * 4] = b"\xff" * (4096 * 4)
    path.write_bytes(content)
    assert integrity_problem(path)
    path.write_bytes(b"this was never a database, whatever its name says" * 100)
    assert "not a database" in (integrity_problem(path) or "")


def test_a_file_that_cannot_be_looked_at_is_not_called_damaged(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        integrity_problem(tmp_path)  # a folder stands in for every file that cannot be opened


def test_a_copy_is_whole_and_compact(engine: Engine, path: Path, tmp_path: Path) -> None:
    with Session(engine) as session, session.begin():
        session.add(alarm())
    target = tmp_path / "it's a copy.db"
    copy_database(path, target)
    assert integrity_problem(target) is None
    with closing(sqlite3.connect(target)) as copy:
        assert copy.execute("SELECT name FROM alarms").fetchall() == [("a",)]
    assert not list(tmp_path.glob("*.partial"))


def test_a_copy_that_fails_leaves_no_file_of_its_name(tmp_path: Path) -> None:
    source, target = tmp_path / "broken.db", tmp_path / "copy.db"
    source.write_bytes(b"not a database at all, whatever it says" * 50)
    with pytest.raises(sqlite3.DatabaseError):
        copy_database(source, target)
    assert [it.name for it in tmp_path.iterdir()] == ["broken.db"]


def test_a_checkpoint_empties_the_log(engine: Engine, path: Path) -> None:
    with Session(engine) as session, session.begin():
        session.add(alarm())
    log = path.with_name(path.name + "-wal")
    assert log.stat().st_size > 0
    checkpoint(path)
    assert log.stat().st_size == 0
