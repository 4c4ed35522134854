"""Copies without what must not leave the database."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from companion.runtime.tables import AlarmRow
from companion.storage.base import Base
from companion.storage.engine import copy_database, open_engine
from companion.storage.prepare import back_up
from tests.fakes.clock import START

SECRET = "a-secret-that-stays-here"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "companion.db"
    engine = open_engine(path)
    Base.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        session.add_all([AlarmRow(owner="test", name=name, due=START) for name in (SECRET, "kept")])
    engine.dispose()
    return path


def forget(session: Session) -> None:
    session.execute(delete(AlarmRow).where(AlarmRow.name == SECRET))


def test_a_backup_holds_no_byte_of_what_was_taken_out(database: Path, tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    plain = back_up(database, tmp_path / "backups", START, label="plain")
    cleansed = back_up(database, tmp_path / "backups", START, cleanse=forget)

    assert SECRET.encode() in plain.read_bytes()
    assert SECRET.encode() not in cleansed.read_bytes()
    assert b"kept" in cleansed.read_bytes()
    assert SECRET.encode() in database.read_bytes()  # the database itself is not touched
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backups", "companion.db"]


def test_nothing_is_left_behind_when_it_cannot_be_taken_out(database: Path, tmp_path: Path) -> None:
    def broken(session: Session) -> None:
        session.execute(text("DELETE FROM not_there"))

    with pytest.raises(sqlite3.OperationalError):
        copy_database(database, tmp_path / "copy.db", cleanse=broken)

    assert [path.name for path in tmp_path.iterdir()] == ["companion.db"]
