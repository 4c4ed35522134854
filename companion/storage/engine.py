"""The SQLite engine: one connection on the loop's thread, one read-only connection in a worker.

The only place with PRAGMA, BEGIN and VACUUM INTO; everything else speaks ORM or Core expressions.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar, cast

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry, NullPool, StaticPool

T = TypeVar("T")

BUSY_TIMEOUT_MS = 2000
"""Short, because the loop's thread (and with it the window) stands still while SQLite waits."""

PRAGMAS = (
    ("journal_mode", "WAL"),
    ("synchronous", "FULL"),
    ("foreign_keys", "ON"),
    ("busy_timeout", str(BUSY_TIMEOUT_MS)),
    ("temp_store", "MEMORY"),
    # A commit makes a checkpoint only when the log has grown to 64 MiB: see `storage.checkpoints`.
    ("wal_autocheckpoint", "16384"),
    ("journal_size_limit", str(8 * 1024 * 1024)),
)


class Witness(Protocol):
    """Sees the writing connection at the edges of its transactions. Must not raise."""

    def before_begin(self, connection: sqlite3.Connection) -> None:
        """No transaction is open."""
        ...

    def before_commit(self, connection: sqlite3.Connection) -> None:
        """All is written, and not committed yet."""
        ...


def open_engine(path: Path, witness: Witness | None = None) -> Engine:
    """The writing engine: one connection, bound to the calling thread; every BEGIN is IMMEDIATE.

    Another thread that begins a transaction gets an `AssertionError`: it would be a bug.
    """
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=str(path)),
        poolclass=StaticPool,
        connect_args={"isolation_level": None, "check_same_thread": False},
    )
    owner = threading.get_ident()

    @event.listens_for(engine, "connect")
    def _set_pragmas(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
        for name, value in PRAGMAS:
            connection.execute(f"PRAGMA {name}={value}").close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if threading.get_ident() != owner:
            raise AssertionError("the writing connection belongs to the loop's thread")
        if witness is not None:
            witness.before_begin(_driver(connection))
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    @event.listens_for(engine, "commit")
    def _commit(connection: Connection) -> None:
        if witness is not None:
            witness.before_commit(_driver(connection))

    return engine


def _driver(connection: Connection) -> sqlite3.Connection:
    return cast("sqlite3.Connection", connection.connection.driver_connection)


def open_reader(path: Path) -> Engine:
    """A read-only engine for the worker thread. Opens and closes its connection with each use."""
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=f"file:{_uri_path(path)}", query={"mode": "ro", "uri": "true"}),
        poolclass=NullPool,
        connect_args={"isolation_level": None, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _set_pragmas(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}").close()
        connection.execute("PRAGMA query_only=ON").close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def read_in(engine: Engine, work: Callable[[Session], T]) -> T:
    """Run `work` in one read transaction. Meant for the worker; fetch at most 500 rows at a time there."""
    with Session(engine) as session, session.begin():
        return work(session)


def integrity_problem(path: Path) -> str | None:
    """What SQLite finds wrong with the file, None when it is sound. Takes time: call it in the worker.

    Raises `sqlite3.OperationalError` when the file cannot be looked at (locked, no permission, a failing disk):
    that says nothing about its content.
    """
    try:
        connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000)
        try:
            rows = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(5)")]
        finally:
            connection.close()
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        return str(error)
    return None if rows == ["ok"] else "; ".join(rows)


def copy_database(source: Path, target: Path, *, cleanse: Callable[[Session], None] | None = None) -> None:
    """A compact, consistent copy (VACUUM INTO), complete on disk before it takes its name.

    `cleanse` removes from the copy what must not leave the database. It works on a first copy beside the source, which
    is then copied again: a deleted value would otherwise stand in free pages. Raises `OSError` or `sqlite3.Error`, a
    full disk among them; then no file named `target` is left.
    """
    partial = target.with_name(target.name + ".partial")
    if cleanse is None:
        _vacuum_into(source, partial)
    else:
        raw = source.with_name(source.name + ".copying")
        try:
            _vacuum_into(source, raw)
            _cleanse(raw, cleanse)
            _vacuum_into(raw, partial)
        finally:
            for suffix in ("", "-wal", "-shm"):
                raw.with_name(raw.name + suffix).unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    partial.replace(target)


def _cleanse(path: Path, cleanse: Callable[[Session], None]) -> None:
    engine = open_engine(path)
    try:
        with Session(engine) as session, session.begin():
            cleanse(session)
    except DBAPIError as error:
        raise sqlite3.OperationalError(str(error.orig)) from error
    finally:
        engine.dispose()


def _vacuum_into(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    connection = sqlite3.connect(source, timeout=BUSY_TIMEOUT_MS / 1000)
    try:
        connection.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.Error:
        target.unlink(missing_ok=True)
        raise
    finally:
        connection.close()


def enforce_later(connection: Connection) -> None:
    """Stop enforcing foreign keys on this connection, before a transaction that copies tables begins."""
    _driver(connection).execute("PRAGMA foreign_keys=OFF").close()


def check_foreign_keys(connection: Connection) -> None:
    """Raises `sqlite3.IntegrityError` when a row refers to one that does not exist; inside the transaction."""
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise sqlite3.IntegrityError(f"a row of {broken[0]} refers to a missing row of {broken[2]}")


def checkpoint(path: Path) -> None:
    """Fold the write-ahead log into the file (at stop, in the worker). Raises `sqlite3.Error`."""
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000)
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
    finally:
        connection.close()


def fold_log(path: Path) -> None:
    """Copy what stands in the write-ahead log into the file, beside a connection that goes on writing.

    Raises `sqlite3.Error`.
    """
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000)
    try:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").close()
    finally:
        connection.close()


def fold_rest(connection: sqlite3.Connection) -> None:
    """The same on the writing connection, between two transactions, for what was written meanwhile.

    Raises `sqlite3.Error`.
    """
    connection.execute("PRAGMA wal_checkpoint(PASSIVE)").close()


def _uri_path(path: Path) -> str:
    return path.resolve().as_posix().replace("%", "%25").replace("?", "%3f").replace("#", "%23")
