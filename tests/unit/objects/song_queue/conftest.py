"""A stage for the song queue."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.fakes.clock import FakeClock
from tests.unit.objects.song_queue.stage import Stage


@pytest_asyncio.fixture
async def stage(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Stage]:
    """Live; Spotify plays something nobody asked for, and was looked at once."""
    stage = Stage(tmp_path, clock)
    await stage.look()
    yield stage
    await stage.close()
