"""The whole graph with a simulator outside."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from companion.simulator.testing import RunningSimulator, running_simulator
from tests.unit.bootstrap.rewards import make_rewards
from tests.unit.bootstrap.rig import Rig, running


@pytest_asyncio.fixture
async def simulator() -> AsyncIterator[RunningSimulator]:
    async with running_simulator(keepalive=5.0) as simulator:
        yield simulator


@pytest_asyncio.fixture
async def rig(tmp_path: Path, simulator: RunningSimulator) -> AsyncIterator[Rig]:
    """Started, signed in nowhere."""
    async with running(tmp_path, simulator=simulator.base_url) as rig:
        yield rig


@pytest_asyncio.fixture
async def rewards_made(rig: Rig) -> None:
    """The rig is signed in to Twitch, with both rewards; the song reward does not wait for Spotify."""
    rig.graph.application.set_started()
    await rig.sign_in("twitch")
    await make_rewards(rig, pause_when_unable=False)
