"""The queue between the socket and the receiver: batches, their order, and what happens to a faulty one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from companion.kernel.tasks import TaskSupervisor
from companion.ports.twitch import Gap, StreamOffline
from companion.services.twitch.eventsub_commands import Deliver, ReportGap, ReportRevoked
from companion.services.twitch.eventsub_delivery import LARGEST_BATCH, Delivery
from tests.fakes.clock import START
from tests.fakes.twitch import FakeReceiver

LOGGER = logging.getLogger("companion.test")
GAP = Gap(None, START, "a test")


def told(number: int) -> StreamOffline:
    return StreamOffline(f"m{number}", START + timedelta(seconds=number))


class Rig:
    def __init__(self) -> None:
        self.receiver = FakeReceiver()
        self.delivery = Delivery(receiver=self.receiver, logger=LOGGER, limit=1000)
        self.supervisor = TaskSupervisor(LOGGER)
        self.supervisor.spawn(self.delivery.run(), name="delivery")

    def put(self, *numbers: int) -> None:
        for number in numbers:
            self.delivery.put(Deliver(told(number)))


@pytest_asyncio.fixture
async def rig() -> AsyncIterator[Rig]:
    rig = Rig()
    yield rig
    rig.supervisor.close()
    assert await rig.supervisor.drain(1) == ()


async def test_what_waits_is_handed_over_together(rig: Rig) -> None:
    rig.put(0, 1, 2)
    await rig.delivery.wait_until_idle()
    assert rig.receiver.told == [told(0), told(1), told(2)]
    assert rig.receiver.batches == [3]


async def test_what_comes_while_the_receiver_works_is_the_next_batch(rig: Rig) -> None:
    rig.receiver.may_go_on.clear()
    rig.put(0)
    await asyncio.sleep(0)
    rig.put(1, 2, 3)
    rig.receiver.may_go_on.set()
    await rig.delivery.wait_until_idle()
    assert rig.receiver.batches == [1, 3]
    assert rig.receiver.told == [told(number) for number in range(4)]


async def test_a_batch_ends_at_a_gap_and_at_a_revocation(rig: Rig) -> None:
    rig.put(0, 1)
    rig.delivery.put(ReportGap(GAP))
    rig.put(2)
    rig.delivery.put(ReportRevoked("channel.follow", "user_removed"))
    rig.delivery.put(ReportGap(GAP))
    rig.put(3, 4)
    await rig.delivery.wait_until_idle()
    assert rig.receiver.told == [
        *(told(0), told(1)),
        GAP,
        told(2),
        ("channel.follow", "user_removed"),
        GAP,
        *(told(3), told(4)),
    ]
    assert rig.receiver.batches == [2, 1, 2]


async def test_a_batch_is_bounded(rig: Rig) -> None:
    rig.put(*range(LARGEST_BATCH * 2 + 1))
    await rig.delivery.wait_until_idle()
    assert rig.receiver.batches == [LARGEST_BATCH, LARGEST_BATCH, 1]
    assert [one.message_id for one in rig.receiver.notifications if isinstance(one, StreamOffline)] == [
        f"m{number}" for number in range(LARGEST_BATCH * 2 + 1)
    ]


@pytest.mark.expected_logs("the receiver failed on Deliver \\(2\\)")
async def test_a_batch_that_fails_is_logged_and_the_next_one_comes(rig: Rig) -> None:
    rig.receiver.bug = RuntimeError("a bug")
    rig.put(0, 1)
    await rig.delivery.wait_until_idle()
    rig.put(2)
    await rig.delivery.wait_until_idle()
    assert rig.receiver.batches == [2, 1]
