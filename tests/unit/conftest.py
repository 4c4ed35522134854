"""What the tests of several folders stand on: a runtime on a temporary file, and the stages of queue and raffle."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.fakes.clock import FakeClock
from tests.fakes.runtime import Rig, Rigs
from tests.unit.objects.song_queue.stage import Stage
from tests.unit.sagas.table import Table


@pytest_asyncio.fixture
async def rigs(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Rigs]:
    """Makes one run after the other on the same file."""
    rigs = Rigs(tmp_path / "companion.db", clock)
    yield rigs
    await rigs.close()


@pytest_asyncio.fixture
async def rig(rigs: Rigs) -> Rig:
    """The first run, not started."""
    return rigs()


@pytest_asyncio.fixture
async def stage(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Stage]:
    """The song queue's: live; Spotify plays something nobody asked for, and was looked at once."""
    stage = Stage(tmp_path, clock)
    await stage.look()
    yield stage
    await stage.close()


@pytest_asyncio.fixture
async def table(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Table]:
    """The raffle's: off air, the host not started."""
    table = Table(tmp_path, clock)
    yield table
    await table.close()
