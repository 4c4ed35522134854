"""A step of a run that breaks takes its writes back, and what the queue remembers follows what is stored."""

from __future__ import annotations

from dataclasses import replace

from companion.objects.song_queue import store
from tests.unit.objects.song_queue.stage import Stage


async def test_what_is_remembered_follows_also_after_a_savepoint_was_rolled_back(stage: Stage) -> None:
    run = await stage.redeem(1)
    memory = stage.queue._memory

    def broken() -> None:
        with tx.session.begin_nested():
            memory.touch(tx)
            raise LookupError

    with stage.rig.transactions.begin() as tx:
        told = len(tx.callbacks)
        try:
            broken()
        except LookupError:
            del tx.callbacks[told:]
        entry = store.find(tx.session, run)
        assert entry is not None
        store.put(tx.session, replace(entry, note="as it is stored"))
        memory.touch(tx)
    assert [one.note for one in memory.entries] == ["as it is stored"]
