"""Supervised tasks: kept, named, logged when they fail, refused and drained at stop."""

from __future__ import annotations

import asyncio
import gc
import logging

import pytest

from companion.kernel.tasks import TaskSupervisor

LOGGER = logging.getLogger("companion.test")


async def test_a_task_runs_and_is_forgotten() -> None:
    supervisor = TaskSupervisor(LOGGER)

    async def work() -> int:
        return 5

    task = supervisor.spawn(work(), name="work")
    assert task is not None
    assert supervisor.names() == ("work",)
    assert await task == 5
    await asyncio.sleep(0)
    assert supervisor.names() == ()


async def test_a_task_survives_the_garbage_collector() -> None:
    supervisor = TaskSupervisor(LOGGER)
    done = asyncio.Event()
    waiter: list[asyncio.Future[None]] = []

    async def work() -> None:
        waiter.append(asyncio.get_running_loop().create_future())
        await waiter[0]
        done.set()

    supervisor.spawn(work(), name="work")
    await asyncio.sleep(0)
    gc.collect()
    waiter[0].set_result(None)
    await asyncio.wait_for(done.wait(), 5)


@pytest.mark.expected_logs("task failed: broken")
async def test_a_crash_is_logged_at_once_and_told() -> None:
    told: list[tuple[str, BaseException]] = []
    supervisor = TaskSupervisor(LOGGER, lambda name, error: told.append((name, error)))

    async def broken() -> None:
        raise ValueError("bug")

    supervisor.spawn(broken(), name="broken")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert [(name, str(error)) for name, error in told] == [("broken", "bug")]
    assert supervisor.names() == ()


async def test_after_close_nothing_new_starts() -> None:
    supervisor = TaskSupervisor(LOGGER)
    ran: list[int] = []

    async def work() -> None:
        ran.append(1)

    supervisor.close()
    assert supervisor.spawn(work(), name="late") is None
    await asyncio.sleep(0)
    assert ran == []


async def test_drain_cancels_and_names_those_that_stay() -> None:
    supervisor = TaskSupervisor(LOGGER)
    release = asyncio.Event()

    async def obedient() -> None:
        await asyncio.Event().wait()

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await release.wait()

    first = supervisor.spawn(obedient(), name="obedient")
    second = supervisor.spawn(stubborn(), name="stubborn")
    assert first is not None and second is not None
    await asyncio.sleep(0)
    assert await supervisor.drain(0.01) == ("stubborn",)
    assert first.cancelled()
    release.set()
    with pytest.raises(asyncio.CancelledError):
        await second
    assert await supervisor.drain(0.01) == ()


async def test_drain_may_be_called_from_a_supervised_task() -> None:
    supervisor = TaskSupervisor(LOGGER)

    async def stop() -> tuple[str, ...]:
        return await supervisor.drain(0.01)

    task = supervisor.spawn(stop(), name="stop")
    assert task is not None
    assert await task == ()
