"""A simulated Spotify on loopback, and Companion's services in front of it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import cast

import httpx
import pytest_asyncio

from companion.services.http import HttpCaller
from companion.services.spotify.auth import SpotifyAuth
from companion.services.spotify.player import SpotifyService
from companion.simulator.testing import SPOTIFY_CLIENT_ID, RunningSimulator, running_simulator
from tests.fakes.clock import FakeClock
from tests.fakes.spotify import FakeTokens

SCOPES = frozenset({"user-read-currently-playing", "user-read-playback-state", "user-modify-playback-state"})


@dataclass
class Spotify:
    """One test's Spotify: the simulator with its steering, and the parts under test."""

    sim: RunningSimulator
    client: httpx.AsyncClient
    caller: HttpCaller
    clock: FakeClock
    auth: SpotifyAuth

    def token(self, *, expires_in: int | None = None) -> str:
        return self.sim.login_spotify(scopes=sorted(SCOPES), expires_in=expires_in).access_token

    def refresh_token(self) -> str:
        token = self.sim.login_spotify(scopes=sorted(SCOPES)).refresh_token
        assert token is not None
        return token

    def service(self, tokens: FakeTokens | None = None, *, time_limit: float = 5.0) -> SpotifyService:
        return SpotifyService(
            http=HttpCaller(client=self.client, time_limit=time_limit),
            api_url=self.sim.api_url,
            tokens=tokens or FakeTokens(self.token()),
            clock=self.clock,
            logger=logging.getLogger("companion.test"),
            short_link_url=f"{self.sim.base_url}/spotify/link",
        )

    async def steer(self, path: str, **order: object) -> dict[str, object]:
        """What `POST /sim/...` answers."""
        answer = await self.client.post(f"{self.sim.base_url}/sim/{path}", json=order)
        assert answer.status_code == 200, answer.text
        return cast("dict[str, object]", answer.json())


@pytest_asyncio.fixture
async def spotify(clock: FakeClock) -> AsyncIterator[Spotify]:
    async with running_simulator(clock=clock) as sim, httpx.AsyncClient() as client:
        caller = HttpCaller(client=client, time_limit=5.0)
        auth = SpotifyAuth(
            http=caller,
            accounts_url=sim.accounts_url,
            api_url=sim.api_url,
            clock=clock,
            logger=logging.getLogger("companion.test"),
        )
        yield Spotify(sim, client, caller, clock, auth)


__all__ = ["SCOPES", "SPOTIFY_CLIENT_ID", "Spotify"]
