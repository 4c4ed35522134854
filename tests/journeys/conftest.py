"""One browser for a module's journeys; processes of their own for each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.helpers.chromium import chromium
from tests.helpers.companion import CompanionProcess
from tests.helpers.simulator import SimulatorProcess
from tests.journeys.on_air import OnAir


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as launched:
        yield launched


@pytest_asyncio.fixture(loop_scope="module")
async def simulator(tmp_path: Path) -> AsyncIterator[SimulatorProcess]:
    process = SimulatorProcess(tmp_path / "simulator")
    await process.start()
    yield process
    process.kill()


@pytest_asyncio.fixture(loop_scope="module")
async def companion(simulator: SimulatorProcess, tmp_path: Path) -> AsyncIterator[CompanionProcess]:
    process = CompanionProcess(tmp_path, simulator=simulator.url)
    process.write_settings()
    yield process
    process.kill()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def on_air(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OnAir]:
    """One signed-in Companion for a module; each test brings its own stream and its own viewers."""
    evening = OnAir(tmp_path_factory.mktemp("evening"))
    try:
        await evening.start()
        yield evening
    finally:
        evening.kill()
