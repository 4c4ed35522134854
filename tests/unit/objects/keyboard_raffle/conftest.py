"""A stage for the raffle."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.fakes.clock import FakeClock
from tests.unit.objects.keyboard_raffle.stage import Stage


@pytest_asyncio.fixture
async def stage(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Stage]:
    """No epoch yet, started."""
    stage = Stage(tmp_path, clock)
    yield stage
    await stage.close()
