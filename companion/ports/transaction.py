"""Transactions as the rest of the code sees them: a handle to pass along, nothing to look into."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Transaction(Protocol):
    """An open transaction. Only `runtime` makes one; only `runtime` and `objects` open it up."""

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Run `callback` once the commit stands; never when it was rolled back."""
        ...
