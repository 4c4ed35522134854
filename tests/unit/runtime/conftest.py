"""A runtime on a temporary file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.fakes.clock import FakeClock
from tests.fakes.runtime import Rig, Rigs
from tests.unit.runtime.owner import Owner


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


@pytest.fixture
def owner(rig: Rig) -> Owner:
    """Whose alarms these are; the rig is started."""
    rig.start()
    return Owner(rig)
