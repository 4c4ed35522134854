"""A process that dies by SIGKILL at its n-th write: before or after a commit, before or after a write to the vault."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path

from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session

from companion.kernel.redacted import Redacted
from companion.kernel.result import Ok, Result
from companion.ports.vault import VaultError, VaultItem, VaultStatus

_WRITES = re.compile(r"\s*(INSERT INTO|UPDATE|DELETE FROM|CREATE TABLE)\s+\"?(\w+)", re.IGNORECASE)


class Deaths:
    """Counts the points at which this process may die, names each in `trace`, and dies at number `die_at`.

    What is before `begin` is not counted, nor are commits that touch no table of `watched` (None: all count).
    """

    def __init__(self, *, die_at: int | None, trace: Path, watched: frozenset[str] | None = None) -> None:
        self._die_at = die_at
        self._trace = trace
        self._watched = watched
        self._begun = False
        self._count = 0
        self._tables: list[str] = []

    def begin(self) -> None:
        """From now on this process is mortal."""
        self._begun = True

    def point(self, label: str) -> None:
        """Maybe the last line that this process runs. Labels reach the disk first."""
        if not self._begun:
            return
        self._count += 1
        with self._trace.open("a", encoding="utf-8") as trace:
            trace.write(label + "\n")
        if self._count == self._die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch_commits(self) -> None:
        """Every transaction of this process that writes is two points. Those that only read are none."""
        event.listen(Engine, "before_cursor_execute", self._statement)
        event.listen(Engine, "commit", self._before_commit)
        event.listen(Engine, "begin", self._connection_begun)
        event.listen(Session, "after_commit", self._after_commit)

    def _statement(self, _connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if found := _WRITES.match(statement):
            self._tables.append(found[2])

    def _before_commit(self, _: Connection) -> None:
        if self._counts():
            self.point(f"before commit of {self._names()}")

    def _after_commit(self, session: Session) -> None:
        if session.in_nested_transaction():
            return  # a savepoint: nothing has reached the disk yet
        if self._counts():
            label = f"after commit of {self._names()}"
            self._tables.clear()
            self.point(label)

    def _counts(self) -> bool:
        return bool(self._tables) and (self._watched is None or not self._watched.isdisjoint(self._tables))

    def _connection_begun(self, _: Connection) -> None:
        self._tables.clear()  # a commit that no session made, a migration's, has nobody to tell that it is done

    def _names(self) -> str:
        return " ".join(dict.fromkeys(self._tables))


class FileVault:
    """Implements `ports.vault.Vault` in one file that outlives a kill, as a keyring's daemon does."""

    def __init__(self, file: Path, deaths: Deaths) -> None:
        self._file = file
        self._deaths = deaths
        self._items: dict[str, str] = json.loads(file.read_text("utf-8")) if file.exists() else {}

    async def read(self, item: VaultItem) -> Result[Redacted | None, VaultError]:
        found = self._items.get(item)
        return Ok(None if found is None else Redacted(found))

    async def write(self, item: VaultItem, secret: Redacted) -> Result[None, VaultError]:
        self._deaths.point(f"before vault write of {item}")
        self._items[item] = secret.reveal()
        self._save()
        self._deaths.point(f"after vault write of {item}")
        return Ok(None)

    async def delete(self, item: VaultItem) -> Result[None, VaultError]:
        if self._items.pop(item, None) is not None:
            self._save()
        return Ok(None)

    async def probe(self) -> Result[None, VaultError]:
        return Ok(None)

    def status(self) -> VaultStatus:
        return VaultStatus(backend="a file", error=None, asked=True)

    def _save(self) -> None:
        partial = self._file.with_suffix(".partial")
        partial.write_text(json.dumps(self._items), "utf-8")
        partial.replace(self._file)
