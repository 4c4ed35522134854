"""Transactions: whole or not at all, never nested, storage failures as one kind of exception."""

from __future__ import annotations

import asyncio
import threading

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.kernel.result import Err, Ok, Result
from companion.ports.failures import StorageFailed
from companion.runtime.durable_object import storage_to_result
from companion.runtime.tables import AlarmRow
from companion.runtime.transactions import StorageFailure, Transactions, session_of
from tests.fakes.clock import START
from tests.fakes.runtime import Rig, Rigs, fill_disk, free_disk

BIG = "x" * 20_000


def names(rig: Rig) -> list[str]:
    with rig.transactions.begin() as tx:
        return sorted(session_of(tx).scalars(select(AlarmRow.name)))


def add(rig: Rig, *wanted: str, fail: BaseException | None = None, told: list[str] | None = None) -> None:
    with rig.transactions.begin() as tx:
        tx.after_commit(lambda: told.append("committed") if told is not None else None)
        for name in wanted:
            session_of(tx).add(AlarmRow(owner="test", name=name, due=START))
            session_of(tx).flush()
        if fail is not None:
            raise fail


async def test_a_commit_stands_and_is_told_after_it_stands(rig: Rig) -> None:
    seen: list[list[str]] = []
    with rig.transactions.begin() as tx:
        session_of(tx).add(AlarmRow(owner="test", name="a", due=START))
        tx.after_commit(lambda: seen.append(names(rig)))
        assert seen == []
    assert seen == [["a"]]


@pytest.mark.parametrize("fail", [ValueError("bug"), asyncio.CancelledError()])
async def test_a_failure_rolls_back_all_and_tells_nobody(rig: Rig, fail: BaseException) -> None:
    told: list[str] = []
    with pytest.raises(type(fail)):
        add(rig, "a", "b", fail=fail, told=told)
    assert names(rig) == []
    assert told == []


def nest(rig: Rig) -> None:
    with rig.transactions.begin(), rig.transactions.begin():
        pass


async def test_a_second_begin_inside_the_first_is_refused(rig: Rig) -> None:
    with pytest.raises(RuntimeError, match="open already"):
        nest(rig)
    add(rig, "a")
    assert names(rig) == ["a"]


async def test_a_transaction_may_follow_in_the_callback_of_another(rig: Rig) -> None:
    with rig.transactions.begin() as tx:
        tx.after_commit(lambda: add(rig, "later"))
    assert names(rig) == ["later"]


@pytest.mark.expected_logs("what follows a commit failed through a bug")
async def test_a_bug_in_one_who_is_told_neither_undoes_the_commit_nor_leaves_the_others_untold(rig: Rig) -> None:
    told: list[str] = []

    def broken() -> None:
        raise ValueError("bug")

    with rig.transactions.begin() as tx:
        session_of(tx).add(AlarmRow(owner="test", name="a", due=START))
        tx.after_commit(broken)
        tx.after_commit(lambda: told.append("the other"))
    assert told == ["the other"]
    assert names(rig) == ["a"]


async def test_a_foreign_handle_is_refused() -> None:
    class Foreign:
        def after_commit(self, callback: object) -> None: ...

    with pytest.raises(TypeError):
        session_of(Foreign())


@pytest.mark.expected_logs("storage failed: database or disk is full")
async def test_a_full_disk_loses_nothing_and_is_told(rig: Rig) -> None:
    add(rig, "kept")
    fill_disk(rig)
    told: list[str] = []
    with pytest.raises(StorageFailure, match="full") as caught:
        add(rig, "small", *(BIG + str(number) for number in range(50)), told=told)
    assert caught.value.detail == "database or disk is full"
    assert rig.storage_failures == ["database or disk is full"]
    assert told == []
    assert names(rig) == ["kept"]
    free_disk(rig)
    assert rig.storage_recoveries == 0  # reading worked all the time: that proves nothing
    add(rig, "again")
    assert names(rig) == ["again", "kept"]
    add(rig, "more")
    assert rig.storage_recoveries == 1


@pytest.mark.expected_logs("storage failed")
async def test_a_broken_constraint_is_a_storage_failure_too(rig: Rig) -> None:
    add(rig, "a")
    with pytest.raises(StorageFailure, match="UNIQUE"):
        add(rig, "b", "a")
    assert names(rig) == ["a"]


@pytest.mark.expected_logs("storage failed")
async def test_a_public_method_answers_a_storage_failure(rig: Rig) -> None:
    @storage_to_result
    async def method(name: str) -> Result[str, int]:
        add(rig, name)
        return Ok(name)

    assert await method("a") == Ok("a")
    answer = await method("a")
    assert isinstance(answer, Err) and isinstance(answer.error, StorageFailed)
    assert "UNIQUE" in answer.error.detail


async def test_long_reads_run_in_the_worker_on_what_is_committed(rig: Rig) -> None:
    add(rig, *(str(number) for number in range(1200)))
    threads: set[int] = set()
    chunks: list[int] = []

    def work(session: Session) -> int:
        threads.add(threading.get_ident())
        rows = session.scalars(select(AlarmRow.name).execution_options(yield_per=500))
        chunks.extend(len(chunk) for chunk in rows.partitions())
        return sum(chunks)

    assert await rig.transactions.read_elsewhere(work) == 1200
    assert chunks == [500, 500, 200]
    assert threads and threading.get_ident() not in threads


async def test_a_long_read_does_not_wait_for_a_write_nor_see_it(rig: Rig) -> None:
    add(rig, "a")

    def count(session: Session) -> int:
        return len(session.scalars(select(AlarmRow.name)).all())

    with rig.transactions.begin() as tx:
        session_of(tx).add(AlarmRow(owner="test", name="b", due=START))
        session_of(tx).flush()
        reading = rig._worker.submit(lambda: count(Session(rig._reader)))
        assert reading.result(timeout=5) == 1
    assert await rig.transactions.read_elsewhere(count) == 2


@pytest.mark.expected_logs("storage failed")
async def test_another_thread_cannot_begin(rigs: Rigs, rig: Rig) -> None:
    caught: list[BaseException] = []

    def intrude(transactions: Transactions) -> None:
        try:
            with transactions.begin() as tx:
                session_of(tx).scalars(select(AlarmRow)).all()
        except AssertionError as error:
            caught.append(error)

    thread = threading.Thread(target=intrude, args=(rig.transactions,))
    thread.start()
    thread.join()
    assert len(caught) == 1
    assert names(rig) == []
