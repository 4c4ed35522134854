"""Opening the database at start: checked, mended from a backup, copied, migrated; a newer one left alone."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.bootstrap.tables import METADATA
from companion.kernel.result import Err, Ok, expect_ok
from companion.runtime.tables import AlarmRow
from companion.storage import migrate, prepare
from companion.storage.engine import open_engine
from companion.storage.prepare import (
    KEEP_BACKUPS,
    CannotPrepare,
    NewerDatabase,
    Prepared,
    back_up,
    list_backups,
    prepare_database,
)
from tests.fakes.clock import START, FakeClock


class Place:
    """A data folder; each `prepare` is one start."""

    def __init__(self, folder: Path, clock: FakeClock) -> None:
        self.path = folder / "data" / "companion.db"
        self.backups = folder / "data" / "backups"
        self._clock = clock

    def prepare(self) -> Ok[Prepared] | Err[NewerDatabase | CannotPrepare]:
        return prepare_database(self.path, backups=self.backups, metadata=METADATA, clock=self._clock)

    def ready(self) -> Prepared:
        return expect_ok(self.prepare())

    def remember(self, name: str) -> None:
        engine = open_engine(self.path)
        with Session(engine) as session, session.begin():
            session.add(AlarmRow(owner="test", name=name, due=START))
        engine.dispose()

    def remembered(self) -> list[str]:
        engine = open_engine(self.path)
        with Session(engine) as session:
            names = list(session.scalars(select(AlarmRow.name).order_by(AlarmRow.name)))
        engine.dispose()
        return names

    def stamp(self, revision: str) -> None:
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))

    def damage(self) -> bytes:
        content = bytearray(self.path.read_bytes())
        content[100:4096] = b"\xff" * 3996
        self.path.write_bytes(content)
        return bytes(content)

    def files(self) -> set[str]:
        return {it.name for it in self.path.parent.iterdir() if it.is_file()}


@pytest.fixture
def place(tmp_path: Path, clock: FakeClock) -> Place:
    return Place(tmp_path, clock)


@pytest.fixture
def next_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that knows one revision more than this one."""
    monkeypatch.setattr(prepare, "HEAD", "9999")
    monkeypatch.setattr(prepare, "KNOWN", (*migrate.KNOWN, "9999"))


def test_an_empty_folder_gets_a_database_at_the_newest_revision(place: Place) -> None:
    assert place.ready() == Prepared()
    engine = open_engine(place.path)
    assert migrate.current_revision(engine) == migrate.HEAD
    engine.dispose()
    assert place.remembered() == []
    assert list_backups(place.backups) == []


def test_what_was_stored_is_there_at_the_next_start(place: Place) -> None:
    place.ready()
    place.remember("a")
    assert place.ready() == Prepared()
    assert place.remembered() == ["a"]


def test_the_newest_revision_is_the_one_the_program_names() -> None:
    script = ScriptDirectory.from_config(migrate._config())
    assert script.get_heads() == [migrate.HEAD]
    assert [it.revision for it in reversed(list(script.walk_revisions()))] == list(migrate.KNOWN)


def test_models_and_migrations_describe_the_same_tables(place: Place) -> None:
    place.ready()
    engine = open_engine(place.path)
    with engine.begin() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True, "render_as_batch": True}
        )
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


def test_models_and_migrations_have_the_same_checks_keys_and_indexes(place: Place, tmp_path: Path) -> None:
    """alembic does not compare constraints of SQLite; the statements themselves do."""
    place.ready()
    engine = open_engine(tmp_path / "by-models.db")
    METADATA.create_all(engine)
    engine.dispose()

    def statements(path: Path) -> dict[str, str]:
        with closing(sqlite3.connect(path)) as connection:
            rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
        return {
            name: "".join(sorted(part.strip() for part in " ".join(sql.split()).replace(",", "\n").splitlines()))
            for name, sql in rows
            if name != "alembic_version"
        }

    assert statements(place.path) == statements(tmp_path / "by-models.db")


def test_a_database_of_a_newer_companion_is_refused_and_left_alone(place: Place) -> None:
    place.ready()
    place.remember("a")
    place.stamp("0099")
    before, files = place.path.read_bytes(), place.files()
    assert place.prepare() == Err(NewerDatabase("0099"))
    assert place.path.read_bytes() == before
    assert place.files() == files
    assert list_backups(place.backups) == []


@pytest.mark.usefixtures("next_version")
def test_a_copy_is_made_before_a_migration(place: Place) -> None:
    place.ready()
    place.remember("a")
    prepared = place.ready()
    assert prepared.migrated_from == migrate.HEAD
    (copy,) = list_backups(place.backups)
    assert "before-9999" in copy.name
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(migrate.HEAD,)]
        assert connection.execute("SELECT name FROM alarms").fetchall() == [("a",)]


@pytest.mark.usefixtures("next_version")
@pytest.mark.expected_logs("cannot be prepared")
def test_without_a_copy_nothing_is_migrated(place: Place, clock: FakeClock) -> None:
    place.ready()
    place.remember("a")
    stamp = clock.now().strftime("%Y%m%dT%H%M%SZ")
    (place.backups / f"companion-{stamp}-before-9999.db.partial").mkdir()  # in the copy's way
    before = place.path.read_bytes()
    assert isinstance(place.prepare(), Err)
    assert place.path.read_bytes() == before


@pytest.mark.expected_logs("was damaged and is set aside")
def test_a_damaged_file_is_set_aside_and_the_newest_sound_backup_takes_its_place(
    place: Place, clock: FakeClock
) -> None:
    place.ready()
    place.remember("a")
    back_up(place.path, place.backups, clock.now())
    clock.advance(timedelta(days=1))
    place.remember("b")
    sound = back_up(place.path, place.backups, clock.now())
    clock.advance(timedelta(days=1))
    place.remember("lost")
    damaged = place.damage()
    prepared = place.ready()
    assert prepared.restored == sound
    assert prepared.problem
    assert prepared.set_aside is not None and prepared.set_aside.read_bytes() == damaged
    assert place.remembered() == ["a", "b"]
    assert sound.exists()
    assert place.ready() == Prepared()


@pytest.mark.expected_logs("was damaged and is set aside", "is of no use")
def test_a_damaged_backup_is_passed_over(place: Place, clock: FakeClock) -> None:
    place.ready()
    place.remember("a")
    sound = back_up(place.path, place.backups, clock.now())
    (place.backups / "companion-20270101T000000Z-daily.db").write_bytes(b"no database, though it has the name" * 99)
    (place.backups / "companion-20270102T000000Z-daily.db").mkdir()
    place.damage()
    assert place.ready().restored == sound
    assert place.remembered() == ["a"]


@pytest.mark.expected_logs("was damaged and is set aside")
def test_without_a_backup_a_damaged_file_is_kept_beside_an_empty_database(place: Place) -> None:
    place.ready()
    place.remember("a")
    content = place.damage()
    prepared = place.ready()
    assert prepared.set_aside is not None and prepared.set_aside.read_bytes() == content
    assert prepared.restored is None
    assert place.remembered() == []


@pytest.mark.expected_logs("cannot be prepared")
def test_a_restoring_that_fails_moves_nothing(place: Place, clock: FakeClock) -> None:
    place.ready()
    back_up(place.path, place.backups, clock.now())
    content = place.damage()
    blocker = place.path.with_name(place.path.name + ".restoring.partial")
    blocker.mkdir()  # stands for a full disk
    assert isinstance(place.prepare(), Err)
    assert place.path.read_bytes() == content
    assert not any("damaged" in name for name in place.files())


def test_a_restoring_cut_off_between_its_renames_is_finished(place: Place) -> None:
    place.ready()
    place.remember("a")
    place.path.rename(place.path.with_name(place.path.name + ".restoring"))
    place.ready()
    assert place.remembered() == ["a"]


@pytest.mark.expected_logs("cannot be prepared")
def test_a_file_that_another_program_holds_is_not_taken_for_damaged(place: Place) -> None:
    place.ready()
    place.remember("a")
    with closing(sqlite3.connect(place.path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    with closing(sqlite3.connect(place.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        result = place.prepare()
        other.execute("ROLLBACK")
    assert isinstance(result, Err) and isinstance(result.error, CannotPrepare)
    assert "lock" in result.error.detail
    assert place.remembered() == ["a"]


@pytest.mark.expected_logs("cannot be prepared")
def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, clock: FakeClock) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    result = Place(tmp_path, clock).prepare()
    assert isinstance(result, Err) and isinstance(result.error, CannotPrepare)


def test_the_newest_backups_are_kept(place: Place, clock: FakeClock) -> None:
    place.ready()
    made = []
    for _ in range(KEEP_BACKUPS + 3):
        clock.advance(timedelta(days=1))
        made.append(back_up(place.path, place.backups, clock.now()))
    assert list_backups(place.backups) == list(reversed(made))[:KEEP_BACKUPS]


def test_a_migration_that_fails_changes_nothing(place: Place) -> None:
    place.path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(place.path)) as connection, connection:
        connection.execute("CREATE TABLE viewer_snapshots (note TEXT)")  # in the way of the last table
    with pytest.raises(Exception, match="viewer_snapshots"):
        migrate.upgrade(place.path, METADATA)
    with closing(sqlite3.connect(place.path)) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master")]
    assert names == ["viewer_snapshots"]


def test_rows_that_refer_to_nothing_are_found_after_a_migration(place: Place) -> None:
    place.ready()
    with closing(sqlite3.connect(place.path)) as connection, connection:
        connection.execute("INSERT INTO outbox_deliveries VALUES ('none', 'r', 'pending', 0, '2026', NULL)")
    with pytest.raises(sqlite3.IntegrityError, match="outbox_deliveries"):
        migrate.upgrade(place.path, METADATA)
