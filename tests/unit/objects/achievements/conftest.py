"""A stage for the achievements."""

from __future__ import annotations

import pytest_asyncio

from tests.fakes.clock import FakeClock
from tests.fakes.runtime import Rigs
from tests.unit.objects.achievements.stage import Stage


@pytest_asyncio.fixture
async def stage(rigs: Rigs, clock: FakeClock) -> Stage:
    """The first start, off air."""
    return Stage(rigs, clock)
