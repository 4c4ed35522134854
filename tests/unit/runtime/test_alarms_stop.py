"""Alarms during a stop: silent, with the timers that really run."""

from __future__ import annotations

import asyncio

from pytestqt.qtbot import QtBot

from companion.services.system.loop_timer import LoopTimer
from tests.fakes.runtime import Rig, Rigs
from tests.unit.runtime.owner import Owner, on_disk


async def repeat_every_millisecond(rig: Rig) -> Owner:
    """An alarm that sets itself anew, over a timer that really runs."""
    owner = Owner(rig)
    owner.act = lambda _: owner.set(0.001)
    rig.start()
    owner.set(0.001)
    async with asyncio.timeout(10):
        while len(owner.fired) < 5:
            await asyncio.sleep(0.001)
    return owner


async def stop_while_it_runs(rig: Rig) -> None:
    owner = await repeat_every_millisecond(rig)
    rig.alarms.disarm()
    rig.supervisor.close()
    assert await rig.supervisor.drain(1.0) == ()
    fired = len(owner.fired)
    await asyncio.sleep(0.02)
    assert len(owner.fired) == fired
    assert rig.supervisor.names() == ()
    assert on_disk(rig) == ["a"]


async def test_a_millisecond_alarm_running_through_stop_leaves_no_task(rigs: Rigs) -> None:
    await stop_while_it_runs(rigs(real=LoopTimer()))


async def test_the_qt_timer_is_silent_after_its_close(rigs: Rigs, qtbot: QtBot) -> None:
    from PySide6.QtCore import QCoreApplication
    from PySide6.QtTest import QTest

    from companion.services.qt.timer import QtTimer

    timer = QtTimer()
    rig = rigs(real=timer)
    owner = Owner(rig)
    owner.act = lambda _: owner.set(0.001)
    rig.start()
    owner.set(0.001)
    async with asyncio.timeout(10):
        while len(owner.fired) < 5:
            QCoreApplication.processEvents()
            await asyncio.sleep(0.001)
    QTest.qSleep(5)  # the timeout is due, perhaps queued already
    rig.alarms.disarm()
    fired = len(owner.fired)
    for _ in range(10):
        QCoreApplication.processEvents()
        await asyncio.sleep(0.002)
    assert len(owner.fired) == fired
    rig.supervisor.close()
    assert await rig.supervisor.drain(1.0) == ()
    assert on_disk(rig) == ["a"]
    timer.deleteLater()
