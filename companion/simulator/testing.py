"""A simulator on the current loop, for tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from companion.kernel.instant import Clock, Instant, SystemClock
from companion.simulator.answers import Json
from companion.simulator.channel import Channel
from companion.simulator.counters import Counters
from companion.simulator.eventsub_hub import EventSubHub
from companion.simulator.faults import Fault, FaultBox
from companion.simulator.grants import TokenGrant
from companion.simulator.ledger import Ledger
from companion.simulator.options import ScenarioName, SimulatorOptions
from companion.simulator.server import Simulator
from companion.simulator.spotify_player import SpotifyPlayer
from companion.simulator.stream_stage import StreamStage
from companion.simulator.world import World
from companion.simulator.world_state import Stream

PUBLIC_CLIENT_ID = "sim000000000000000000000000001"
CONFIDENTIAL_CLIENT_ID = "conf00000000000000000000000001"
SPOTIFY_CLIENT_ID = "0123456789abcdef0123456789abcdef"


class RunningSimulator:
    """What a test gets: the addresses, the live parts, and shortcuts for the usual moves."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    @property
    def base_url(self) -> str:
        return self._simulator.base_url

    @property
    def id_url(self) -> str:
        return f"{self.base_url}/twitch/oauth2"

    @property
    def helix_url(self) -> str:
        return f"{self.base_url}/twitch/helix"

    @property
    def eventsub_url(self) -> str:
        return f"{self.base_url.replace('http', 'ws', 1)}/twitch/eventsub/ws"

    @property
    def accounts_url(self) -> str:
        return f"{self.base_url}/spotify/accounts"

    @property
    def api_url(self) -> str:
        return f"{self.base_url}/spotify/v1"

    @property
    def world(self) -> World:
        return self._simulator.world

    @property
    def faults(self) -> FaultBox:
        return self._simulator.faults

    @property
    def counters(self) -> Counters:
        return self._simulator.counters

    @property
    def hub(self) -> EventSubHub:
        return self._simulator.hub

    @property
    def ledger(self) -> Ledger:
        return self._simulator.ledger

    @property
    def channel(self) -> Channel:
        return self._simulator.channel

    @property
    def stage(self) -> StreamStage:
        return self._simulator.stage

    @property
    def player(self) -> SpotifyPlayer:
        return self._simulator.player

    def login_twitch(
        self,
        *,
        client_id: str = PUBLIC_CLIENT_ID,
        scopes: list[str] | None = None,
        user_id: str | None = None,
        expires_in: int | None = None,
        lifetime: int | None = None,
    ) -> TokenGrant:
        """A ready login. `expires_in` (s) is for this access token, `lifetime` (s) for those refreshing gives."""
        user = user_id or self.world.state.twitch.signed_in
        return self._simulator.twitch.issue(client_id, user, scopes or [], expires_in=expires_in, lifetime=lifetime)

    def login_spotify(
        self,
        *,
        client_id: str = SPOTIFY_CLIENT_ID,
        scopes: list[str] | None = None,
        user_id: str | None = None,
        expires_in: int | None = None,
        lifetime: int | None = None,
        authorized_at: Instant | None = None,
    ) -> TokenGrant:
        """A ready login; the refresh token dies 180 days after `authorized_at` (default: now)."""
        user = user_id or self.world.state.spotify.signed_in
        return self._simulator.spotify.issue(
            client_id, user, scopes or [], expires_in=expires_in, lifetime=lifetime, authorized_at=authorized_at
        )

    def approve(self, code: str, *, user_id: str | None = None) -> bool:
        """Press Authorize for a device code or user code; `False` when none such waits."""
        return self._simulator.twitch.decide(code, approve=True, user_id=user_id)

    def deny(self, code: str) -> bool:
        """Press Deny."""
        return self._simulator.twitch.decide(code, approve=False)

    async def go_online(
        self,
        *,
        stream_id: str | None = None,
        started_at: Instant | None = None,
        title: str | None = None,
        viewers: int = 87,
        helix_lag: float = 0.0,
        silent: bool = False,
    ) -> Stream:
        """Start a stream; see `StreamStage.go_online`."""
        return await self.stage.go_online(
            stream_id=stream_id,
            started_at=started_at,
            title=title,
            viewers=viewers,
            helix_lag=helix_lag,
            silent=silent,
        )

    async def go_offline(self, *, helix_lag: float = 0.0, silent: bool = False) -> bool:
        """End the stream; see `StreamStage.go_offline`."""
        return await self.stage.go_offline(helix_lag=helix_lag, silent=silent)

    def set_viewers(self, count: int) -> bool:
        """Say how many watch; `False` when nothing is live."""
        return self.stage.set_viewers(count)

    async def notify(self, name: str, event: Json) -> int:
        """Send any EventSub event; how many sockets took it."""
        return await self.hub.notify(name, event)

    async def resend(self) -> int:
        """Send the newest notification again with the same message id."""
        return await self.hub.resend()

    async def fault(self, name: str, **fields: object) -> Json:
        """Order a fault; the fields are those of `POST /sim/faults`."""
        return await self._simulator.steering.fault(Fault.model_validate({"name": name, **fields}))

    def clear_faults(self) -> None:
        """Disarm everything."""
        self.faults.clear()

    def count(self, name: str) -> int:
        """A counter; names in `counters.Counters`."""
        return self.counters.get(name)


@asynccontextmanager
async def running_simulator(
    state_dir: Path | None = None,
    *,
    clock: Clock | None = None,
    port: int = 0,
    scenario: ScenarioName = "none",
    auto_approve: bool = False,
    seed: int = 1,
    keepalive: float | None = None,
    unused_after: float = 10.0,
    reconnect_grace: float = 30.0,
    helix_points: int = 800,
) -> AsyncIterator[RunningSimulator]:
    """Run a simulator on this loop until the block ends. Without `state_dir` the world is in memory only."""
    options = SimulatorOptions(
        port=port,
        scenario=scenario,
        auto_approve=auto_approve,
        seed=seed,
        keepalive=keepalive,
        unused_after=unused_after,
        reconnect_grace=reconnect_grace,
        helix_points=helix_points,
    )
    simulator = Simulator(directory=state_dir, clock=clock or SystemClock(), options=options)
    await simulator.start()
    try:
        yield RunningSimulator(simulator)
    finally:
        await simulator.stop()
