"""Hold everything."""

from __future__ import annotations

import logging

import pytest

from companion.kernel.result import Err, Ok
from companion.objects.hold.object import Hold
from companion.ports.failures import StorageFailed
from companion.ports.hold import HoldState
from tests.fakes.clock import START
from tests.fakes.runtime import Rig, allow_writes, refuse_writes


def a_hold(rig: Rig) -> tuple[Hold, list[HoldState]]:
    hold = Hold(runtime=rig.runtime, logger=logging.getLogger("companion.test"))
    told: list[HoldState] = []
    hold.listen(told.append)
    return hold, told


async def test_a_hold_is_told_once_and_outlives_a_restart(rig: Rig) -> None:
    hold, told = a_hold(rig)
    assert not hold.state().held
    held = HoldState(held=True, since=START, by="Ann")
    assert await hold.set(held=True, by="Ann") == Ok(held)
    assert await hold.set(held=True, by="Bea") == Ok(held)
    assert told == [held]

    again, _ = a_hold(rig)
    assert again.load() is None
    assert again.state() == held
    rig.clock.advance(60)
    await again.set(held=False, by="the window")
    assert not again.state().held


@pytest.mark.expected_logs("storage failed")
async def test_silence_comes_even_when_it_cannot_be_stored(rig: Rig) -> None:
    hold, told = a_hold(rig)
    refuse_writes(rig)
    answer = await hold.set(held=True, by="Ann")
    allow_writes(rig)
    assert isinstance(answer, Err) and isinstance(answer.error, StorageFailed)
    assert hold.state().held and len(told) == 1


@pytest.mark.expected_logs("storage failed")
@pytest.mark.parametrize("held", [True, False])
async def test_asked_again_it_is_stored(rig: Rig, held: bool) -> None:
    """The disk was full, then there was room: what is in force now is in force after a restart as well."""
    hold, told = a_hold(rig)
    if not held:
        await hold.set(held=True, by="Ann")
    refuse_writes(rig)
    first = await hold.set(held=held, by="Ann")
    again = await hold.set(held=held, by="Ann")
    allow_writes(rig)
    assert isinstance(first, Err) and isinstance(again, Err)
    assert await hold.set(held=held, by="Bea") == Ok(hold.state())
    assert told[-1].by == "Ann"
    after, _ = a_hold(rig)
    after.load()
    assert after.state() == hold.state() and after.state().held == held


@pytest.mark.expected_logs("storage failed", "tried again later")
async def test_what_could_not_be_stored_is_stored_by_itself(rig: Rig) -> None:
    hold, _ = a_hold(rig)
    rig.start()
    refuse_writes(rig)
    assert isinstance(await hold.set(held=True, by="Ann"), Err)
    await rig.pass_time(31)
    allow_writes(rig)
    await rig.pass_time(61)
    after, _ = a_hold(rig)
    after.load()
    assert after.state().held
