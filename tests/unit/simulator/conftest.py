"""A running simulator and a client for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, DummyCookieJar

from companion.simulator.testing import RunningSimulator, running_simulator
from tests.fakes.clock import FakeClock
from tests.unit.simulator.helpers import Asker


@pytest.fixture
async def sim(tmp_path: Path, clock: FakeClock) -> AsyncIterator[RunningSimulator]:
    async with running_simulator(
        tmp_path, clock=clock, keepalive=0.2, unused_after=0.3, reconnect_grace=0.4
    ) as running:
        yield running


@pytest.fixture
async def asker(sim: RunningSimulator) -> AsyncIterator[Asker]:
    async with ClientSession(cookie_jar=DummyCookieJar()) as session:
        yield Asker(session, sim)
