from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest_asyncio

from companion.services.http import HttpCaller
from companion.simulator.testing import RunningSimulator, running_simulator


@pytest_asyncio.fixture
async def sim() -> AsyncIterator[RunningSimulator]:
    """A simulated Twitch in a hurry: a keepalive every two seconds, two seconds of grace for a reconnect."""
    async with running_simulator(keepalive=2.0, unused_after=1.5, reconnect_grace=2.0) as running:
        yield running


@pytest_asyncio.fixture
async def http() -> AsyncIterator[HttpCaller]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield HttpCaller(client=client, time_limit=1.0)
