"""The thread for calls that may wait for a person."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from functools import partial

import pytest

from companion.services.system.vault_worker import TookTooLong, VaultWorker


@pytest.fixture
def worker() -> Iterator[VaultWorker]:
    worker = VaultWorker(name="vault-test", time_limit=0.05)
    yield worker
    worker.close()


def ignore(_: object) -> None:
    """Nobody wants to know."""


async def eventually_works(worker: VaultWorker) -> None:
    async with asyncio.timeout(5):
        while True:
            try:
                assert await worker.call(lambda: 7, ended=ignore) == 7
            except TookTooLong:
                await asyncio.sleep(0.001)
            else:
                return


@pytest.mark.parametrize("given_up", [0, 1, 3])
async def test_calls_given_up_before_they_began_leave_nothing_stuck(worker: VaultWorker, given_up: int) -> None:
    """The first caller goes away, the next ones wait behind its call until their time is over."""
    go_on = threading.Event()
    began: list[int] = []
    first = asyncio.ensure_future(worker.call(go_on.wait, ended=ignore))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait({first})
    for number in range(given_up):
        with pytest.raises(TookTooLong):
            await worker.call(partial(began.append, number), ended=ignore)
    go_on.set()
    await eventually_works(worker)
    assert began == []
