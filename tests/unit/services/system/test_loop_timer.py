"""`ports.timer.Timer` on the event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from companion.services.system.loop_timer import LoopTimer


@pytest_asyncio.fixture
async def timer() -> AsyncIterator[LoopTimer]:
    timer = LoopTimer()
    yield timer
    timer.close()


async def wait_for(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.002)


@pytest.fixture
def fired() -> list[str]:
    return []


async def test_calls_back_once(timer: LoopTimer, fired: list[str]) -> None:
    before = time.monotonic()
    timer.arm(0.02, lambda: fired.append("a"))
    await wait_for(lambda: bool(fired))
    assert time.monotonic() - before >= 0.015
    await asyncio.sleep(0.05)
    assert fired == ["a"]


async def test_a_new_arming_replaces_the_old(timer: LoopTimer, fired: list[str]) -> None:
    timer.arm(0.01, lambda: fired.append("old"))
    timer.arm(0.02, lambda: fired.append("new"))
    await wait_for(lambda: bool(fired))
    await asyncio.sleep(0.03)
    assert fired == ["new"]


async def test_can_be_armed_from_its_own_callback(timer: LoopTimer, fired: list[str]) -> None:
    def again() -> None:
        fired.append("x")
        if len(fired) < 3:
            timer.arm(0.0, again)

    timer.arm(0.0, again)
    await wait_for(lambda: len(fired) == 3)


async def test_disarmed_is_silent_and_can_be_armed_again(timer: LoopTimer, fired: list[str]) -> None:
    timer.arm(0.0, lambda: fired.append("old"))
    timer.disarm()
    await asyncio.sleep(0.02)
    assert fired == []
    timer.arm(0.0, lambda: fired.append("new"))
    await wait_for(lambda: fired == ["new"])


async def test_closed_is_silent_for_good(timer: LoopTimer, fired: list[str]) -> None:
    timer.arm(0.0, lambda: fired.append("armed before"))
    timer.close()
    timer.arm(0.0, lambda: fired.append("armed after"))
    await asyncio.sleep(0.03)
    assert fired == []


async def test_a_timeout_due_at_the_moment_of_closing_is_silent(timer: LoopTimer, fired: list[str]) -> None:
    timer.arm(0.0, lambda: fired.append("late"))
    time.sleep(0.005)  # due, and not yet served
    timer.close()
    await asyncio.sleep(0.02)
    assert fired == []
