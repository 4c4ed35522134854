"""Helix with a server that answers what a test says."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from companion.services.http import HttpCaller
from companion.services.twitch.client import HelixClient
from tests.fakes.clock import FakeClock
from tests.fakes.twitch import FakeTokenSource
from tests.unit.services.twitch.wire import Server


@pytest.fixture
def server() -> Server:
    return Server()


@pytest_asyncio.fixture
async def http(server: Server) -> AsyncIterator[HttpCaller]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(server)) as client:
        yield HttpCaller(client=client)


@pytest.fixture
def helix(http: HttpCaller, clock: FakeClock) -> HelixClient:
    return HelixClient(
        http=http,
        helix_url="https://api.test/helix",
        tokens=FakeTokenSource(),
        clock=clock,
        logger=logging.getLogger("companion.test"),
    )
