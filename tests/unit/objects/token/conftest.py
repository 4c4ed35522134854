"""Stages for both logins."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from companion.objects.spotify_token.object import SpotifyToken
from tests.fakes.clock import FakeClock
from tests.unit.objects.token.stage import Stage


@pytest_asyncio.fixture
async def stage(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Stage]:
    """Twitch: refresh tokens are single use, living tokens are validated."""
    stage = Stage(tmp_path, clock)
    yield stage
    await stage.close()


@pytest_asyncio.fixture
async def spotify(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Stage]:
    """Spotify: the refresh token stays, nothing is validated."""
    stage = Stage(tmp_path, clock, SpotifyToken)
    yield stage
    await stage.close()
