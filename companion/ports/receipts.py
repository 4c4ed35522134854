"""Receipts: records that something was handled, so that its repetition does nothing."""

from __future__ import annotations

from typing import Protocol

from companion.ports.transaction import Transaction


class Receipts(Protocol):
    """Kept for 30 days. Both methods raise `StorageFailure` of the runtime when the database cannot be written."""

    def claim(self, owner: str, id: str) -> bool:
        """Note, in a transaction of its own, that `owner` handles `id` now; False when it already did."""
        ...

    def claim_in(self, tx: Transaction, owner: str, id: str) -> bool:
        """The same as part of `tx`."""
        ...
