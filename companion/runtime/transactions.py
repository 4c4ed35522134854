"""Transactions on the loop's thread: synchronous, atomic for the whole process, never nested."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from companion.ports.transaction import Transaction
from companion.runtime.blocking import run_blocking
from companion.runtime.turns import Turns
from companion.storage.engine import read_in

T = TypeVar("T")
SLOW_TRANSACTION = 0.020
"""Seconds on the loop's thread after which a transaction is worth a log line."""


class StorageFailure(Exception):
    """SQLite could not write or read: the disk is full, the file is gone, ... `detail` is its own text.

    Raised out of a transaction that has been rolled back whole. A durable object's public method answers
    it with `Err(StorageFailed)`, see `runtime.durable_object.storage_to_result`.
    """

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class SqlTransaction:
    """What stands behind a `ports.Transaction`."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.callbacks: list[Callable[[], None]] = []

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Run `callback` once the commit stands; never when it was rolled back."""
        self.callbacks.append(callback)


def session_of(tx: Transaction) -> Session:
    """Open the opaque handle: for `runtime` and `objects` alone."""
    if not isinstance(tx, SqlTransaction):
        raise TypeError("not a transaction of this runtime")
    return tx.session


class Transactions:
    """Gives out transactions on the writing connection, and long reads in a worker."""

    def __init__(
        self,
        *,
        engine: Engine,
        reader: Engine,
        worker: Executor,
        logger: logging.Logger,
        on_failure: Callable[[str], None] | None = None,
        on_recovery: Callable[[], None] | None = None,
    ) -> None:
        self._engine = engine
        self._reader = reader
        self._worker = worker
        self._logger = logger
        self._on_failure = on_failure
        self._on_recovery = on_recovery
        self._failing_since_writes: int | None = None
        self._open: SqlTransaction | bool = False
        self._turns = Turns()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """For a short read that may be asked for within a transaction: joins the open one, else begins its own."""
        if isinstance(self._open, SqlTransaction):
            yield self._open.session
            return
        with self.begin() as tx:
            yield tx.session

    @contextmanager
    def begin(self) -> Iterator[SqlTransaction]:
        """One transaction: commits at the end, rolls back on any exception. No `await` inside.

        A second `begin` within the first is a `RuntimeError`, on purpose: methods that join take `tx`.
        Raises `StorageFailure` when SQLite fails.
        """
        if self._open:
            raise RuntimeError("a transaction is open already: pass it on, do not begin another")
        self._open = True
        started = time.perf_counter()
        try:
            with Session(self._engine, expire_on_commit=False) as session, session.begin():
                tx = self._open = SqlTransaction(session)
                yield tx
        except DBAPIError as error:
            detail = str(error.orig)
            self._logger.error("storage failed: %s", detail)
            self._failing_since_writes = self._writes()
            if self._on_failure is not None:
                self._on_failure(detail)
            raise StorageFailure(detail) from error
        finally:
            self._open = False
        spent = time.perf_counter() - started
        if spent > SLOW_TRANSACTION:
            self._logger.debug("slow transaction: %.0f ms", spent * 1000)
        self._notice_recovery()
        self._tell(tx.callbacks)

    def _tell(self, callbacks: list[Callable[[], None]]) -> None:
        """The commit stands: a bug in one who is told of it must neither undo that nor leave the others untold."""
        for callback in callbacks:
            try:
                callback()
            except Exception as bug:  # whatever broke, the others still have to hear of the commit
                self._logger.error("what follows a commit failed through a bug", exc_info=bug)

    def _notice_recovery(self) -> None:
        """A commit alone proves nothing: a full disk still reads. The first one that wrote ends the trouble."""
        if self._failing_since_writes is not None and self._writes() > self._failing_since_writes:
            self._failing_since_writes = None
            self._logger.info("storage works again")
            if self._on_recovery is not None:
                self._on_recovery()

    def _writes(self) -> int:
        """How many rows this connection has ever changed."""
        try:
            connection = self._engine.raw_connection()
        except DBAPIError:
            return 0  # not even to be opened
        try:
            return int(getattr(connection.driver_connection, "total_changes", 0))
        finally:
            connection.close()

    async def turn(self) -> None:
        """Between two transactions of work in the background: in each turn of the loop one such work goes on.

        Without it many works, each a few milliseconds long, would keep window and overlays waiting together.
        """
        await self._turns.take()

    async def read_elsewhere(self, work: Callable[[Session], T]) -> T:
        """Run a long read on the read-only connection in the worker; `work` fetches at most 500 rows at a time."""
        try:
            return await run_blocking(self._worker, lambda: read_in(self._reader, work))
        except DBAPIError as error:
            raise StorageFailure(str(error.orig)) from error
