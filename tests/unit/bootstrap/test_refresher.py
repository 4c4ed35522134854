"""Many changes, few repetitions, and never one left out."""

from __future__ import annotations

import asyncio
import logging

import pytest

from companion.bootstrap.refresher import Refresher
from companion.kernel.tasks import TaskSupervisor


async def test_asked_while_it_runs_it_runs_once_more() -> None:
    supervisor = TaskSupervisor(logging.getLogger("companion.test"))
    gate = asyncio.Event()
    runs: list[int] = []

    async def work() -> None:
        runs.append(len(runs))
        await gate.wait()

    refresher = Refresher(supervisor=supervisor, name="work", work=work)
    refresher.ask()
    await asyncio.sleep(0)
    for _ in range(5):
        refresher.ask()
    assert runs == [0]
    gate.set()
    for _ in range(5):
        await asyncio.sleep(0)
    assert runs == [0, 1]
    refresher.ask()
    await asyncio.sleep(0)
    assert runs == [0, 1, 2]
    await supervisor.drain(1.0)


@pytest.mark.expected_logs("task failed: work")
async def test_what_breaks_does_not_swallow_what_was_asked_meanwhile() -> None:
    supervisor = TaskSupervisor(logging.getLogger("companion.test"))
    gate = asyncio.Event()
    runs: list[int] = []

    async def work() -> None:
        runs.append(len(runs))
        await gate.wait()
        if len(runs) == 1:
            raise ValueError("bug")

    refresher = Refresher(supervisor=supervisor, name="work", work=work)
    refresher.ask()
    await asyncio.sleep(0)
    refresher.ask()
    gate.set()
    for _ in range(5):
        await asyncio.sleep(0)
    assert runs == [0, 1]
    refresher.ask()
    await asyncio.sleep(0)
    assert runs == [0, 1, 2]
    await supervisor.drain(1.0)


async def test_after_the_stop_nothing_runs_and_nothing_hangs() -> None:
    supervisor = TaskSupervisor(logging.getLogger("companion.test"))
    runs: list[int] = []

    async def work() -> None:
        runs.append(1)

    refresher = Refresher(supervisor=supervisor, name="work", work=work)
    supervisor.close()
    refresher.ask()
    refresher.ask()
    await asyncio.sleep(0)
    assert runs == []
