"""A catalogue on a real database, restarted at will."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.fakes.clock import FakeClock
from tests.unit.objects.chat_commands.shop import Shop


@pytest_asyncio.fixture
async def shop(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Shop]:
    """Empty, with no defaults."""
    shop = Shop(tmp_path, clock)
    yield shop
    await shop.close()
