"""Receipts for whoever has no table of its own."""

from __future__ import annotations

from companion.kernel.instant import Clock
from companion.ports.transaction import Transaction
from companion.runtime import outbox
from companion.runtime.transactions import Transactions, session_of


class StoredReceipts:
    """Implements `ports.receipts.Receipts` on the runtime's table."""

    def __init__(self, *, transactions: Transactions, clock: Clock) -> None:
        self._transactions = transactions
        self._clock = clock

    def claim(self, owner: str, id: str) -> bool:
        with self._transactions.begin() as tx:
            return self.claim_in(tx, owner, id)

    def claim_in(self, tx: Transaction, owner: str, id: str) -> bool:
        return outbox.claim_receipt(session_of(tx), owner, id, self._clock.now())
