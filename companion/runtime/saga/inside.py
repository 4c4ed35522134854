"""Running a step of ours inside the journal's transaction, so that a bug in it takes only itself back."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError

from companion.runtime.transactions import SqlTransaction, StorageFailure

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Bug:
    """A step raised what it never should; `reason` holds the type alone, for messages may hold anything."""

    reason: str

    @staticmethod
    def of(error: BaseException) -> Bug:
        """The bug that shows as `error`."""
        return Bug(f"a fault in Companion ({type(error).__name__}); its log has the details")


def in_savepoint(tx: SqlTransaction, work: Callable[[], T], logger: logging.Logger, what: str) -> T | Bug:
    """What `work` answers, or the bug it stopped at; then nothing of it stays, callbacks included."""
    told = len(tx.callbacks)
    try:
        with tx.session.begin_nested():
            return work()
    except Exception as error:
        if isinstance(error, StorageFailure) or (
            isinstance(error, DBAPIError) and not isinstance(error, IntegrityError)
        ):
            raise
        del tx.callbacks[told:]
        logger.error("%s failed through a bug", what, exc_info=error)
        return Bug.of(error)
