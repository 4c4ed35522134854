"""A runtime on a temporary file, for every durable object."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.fakes.clock import FakeClock
from tests.fakes.runtime import Rig, Rigs


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
