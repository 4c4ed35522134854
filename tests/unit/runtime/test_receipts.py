"""Receipts: the second claim is refused, a rolled-back one was never made."""

from __future__ import annotations

from contextlib import suppress

from companion.runtime.receipts import StoredReceipts
from tests.fakes.runtime import Rig, Rigs


async def test_claimed_once_over_all_runs(rig: Rig, rigs: Rigs) -> None:
    receipts = StoredReceipts(transactions=rig.transactions, clock=rig.clock)
    assert receipts.claim("chat-reply", "c1")
    assert not receipts.claim("chat-reply", "c1")
    assert receipts.claim("chat-reply", "c2") and receipts.claim("another", "c1")
    again = StoredReceipts(transactions=rigs().transactions, clock=rig.clock)
    assert not again.claim("chat-reply", "c1")


async def test_a_rolled_back_claim_was_never_made(rig: Rig) -> None:
    receipts = StoredReceipts(transactions=rig.transactions, clock=rig.clock)
    with suppress(ValueError), rig.transactions.begin() as tx:
        assert receipts.claim_in(tx, "chat-reply", "c1")
        raise ValueError("a bug")
    assert receipts.claim("chat-reply", "c1")
