"""A hall full of viewers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.fakes.clock import FakeClock
from tests.unit.chat.hall import Hall


@pytest_asyncio.fixture
async def hall(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Hall]:
    """All defaults, a lively queue, an open raffle."""
    hall = Hall(tmp_path, clock)
    yield hall
    await hall.close()
