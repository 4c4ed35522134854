"""The desk, opened and closed around a test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.unit.services.overlay.desk import Desk, close_desk, make_desk, open_desk


@pytest_asyncio.fixture
async def desk() -> AsyncIterator[Desk]:
    opened = await open_desk(make_desk())
    yield opened
    await close_desk(opened)
