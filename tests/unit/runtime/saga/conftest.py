"""A host that runs the test saga, on the rig of the runtime's tests."""

from __future__ import annotations

import pytest
import pytest_asyncio

from companion.runtime.saga.host import SagaHost
from tests.fakes.runtime import Rig
from tests.unit.runtime.saga.world import World, started


@pytest.fixture
def world() -> World:
    return World()


@pytest_asyncio.fixture
async def host(rig: Rig, world: World) -> SagaHost:
    host = started(rig, world)
    return host
