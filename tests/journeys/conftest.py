"""One browser for a module's journeys; processes of their own for each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser

from tests.helpers.chromium import chromium
from tests.helpers.companion import CompanionProcess
from tests.helpers.simulator import SimulatorProcess


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
