"""Opening the database at start: sound, at the right revision, copied before it is changed.

A damaged file is set aside, never deleted, and the newest sound backup takes its place.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from sqlalchemy import MetaData
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from companion.kernel.instant import Clock, Instant
from companion.kernel.result import Err, Ok, Result
from companion.storage.engine import copy_database, integrity_problem, open_engine
from companion.storage.migrate import HEAD, KNOWN, current_revision, upgrade

KEEP_BACKUPS = 7
_log = logging.getLogger("companion.storage")


@dataclass(frozen=True, slots=True)
class NewerDatabase:
    """A newer Companion wrote this file; `revision` is what it stands at. It was not touched."""

    revision: str


@dataclass(frozen=True, slots=True)
class CannotPrepare:
    """The file system refused (full, read-only, no permission); `detail` is its own text. Nothing is lost."""

    detail: str


PrepareError: TypeAlias = NewerDatabase | CannotPrepare


@dataclass(frozen=True, slots=True)
class Prepared:
    """The database is ready. `set_aside` names the damaged file that was put away, `restored` the backup used."""

    set_aside: Path | None = None
    problem: str | None = None
    restored: Path | None = None
    migrated_from: str | None = None


def prepare_database(
    path: Path,
    *,
    backups: Path,
    metadata: MetaData,
    clock: Clock,
    cleanse: Callable[[Session], None] | None = None,
) -> Result[Prepared, PrepareError]:
    """Check, mend, copy and migrate `path` (created when absent). Blocking: call it before the loop needs it.

    `cleanse`: what is taken out of the copy that is made before a migration, see `copy_database`.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        backups.mkdir(parents=True, exist_ok=True)
        prepared = Prepared()
        _finish_restoring(path)
        problem = integrity_problem(path) if path.exists() else None
        if problem is not None:
            prepared = _set_aside(path, backups, problem, clock.now())
        return _bring_up(path, backups, metadata, clock.now(), prepared, cleanse=cleanse)
    except (OSError, sqlite3.Error, DBAPIError) as error:
        _log.error("the database cannot be prepared: %s", error)
        return Err(CannotPrepare(str(error)))


def back_up(
    path: Path,
    backups: Path,
    at: Instant,
    *,
    label: str = "daily",
    cleanse: Callable[[Session], None] | None = None,
) -> Path:
    """Copy the database into `backups`, keep the newest few. Raises `OSError` or `sqlite3.Error`.

    `cleanse`: what is taken out of the copy, see `copy_database`.
    """
    target = backups / f"companion-{_stamp(at)}-{label}.db"
    copy_database(path, target, cleanse=cleanse)
    for old in list_backups(backups)[KEEP_BACKUPS:]:
        old.unlink(missing_ok=True)
    return target


def list_backups(backups: Path) -> list[Path]:
    """Backups, newest first (their names carry the time)."""
    return sorted(backups.glob("companion-*.db"), reverse=True)


def _set_aside(path: Path, backups: Path, problem: str, at: Instant) -> Prepared:
    # The backup is copied first: a full disk then leaves everything as it is, and the next start tries again.
    restoring = path.with_name(path.name + ".restoring")
    restored = _copy_newest_sound(backups, restoring)
    target = path.with_name(f"{path.name}.damaged-{_stamp(at)}")
    for suffix in ("-wal", "-shm", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.replace(target.with_name(target.name + suffix))
    _log.error("the database was damaged and is set aside as %s: %s", target.name, problem)
    if restored is not None:
        restoring.replace(path)
    return Prepared(set_aside=target, problem=problem, restored=restored)


def _copy_newest_sound(backups: Path, target: Path) -> Path | None:
    for backup in list_backups(backups):
        try:
            problem = integrity_problem(backup)
        except sqlite3.OperationalError as error:
            problem = str(error)
        if problem is None:
            copy_database(backup, target)
            return backup
        _log.warning("the backup %s is of no use: %s", backup.name, problem)
    return None


def _finish_restoring(path: Path) -> None:
    """A kill between the two renames left the copy of the backup beside the place it was meant for."""
    restoring = path.with_name(path.name + ".restoring")
    if restoring.exists() and not path.exists():
        restoring.replace(path)


def _bring_up(
    path: Path,
    backups: Path,
    metadata: MetaData,
    at: Instant,
    prepared: Prepared,
    *,
    cleanse: Callable[[Session], None] | None,
) -> Result[Prepared, PrepareError]:
    fresh = not path.exists()
    engine = open_engine(path)
    try:
        revision = current_revision(engine)
    finally:
        engine.dispose()
    if revision == HEAD:
        return Ok(prepared)
    if revision is not None and revision not in KNOWN:
        return Err(NewerDatabase(revision))
    if not fresh and revision is not None:
        back_up(path, backups, at, label=f"before-{HEAD}", cleanse=cleanse)
    upgrade(path, metadata)
    return Ok(
        Prepared(
            set_aside=prepared.set_aside,
            problem=prepared.problem,
            restored=prepared.restored,
            migrated_from=revision,
        )
    )


def _stamp(at: Instant) -> str:
    return at.strftime("%Y%m%dT%H%M%SZ")
