"""One simulator: the parts put together and served on a loopback port."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from companion.kernel.instant import Clock
from companion.kernel.tasks import TaskSupervisor
from companion.simulator import images
from companion.simulator.cast import Cast
from companion.simulator.channel import Channel
from companion.simulator.counters import Counters
from companion.simulator.eventsub_api import EventSubApi
from companion.simulator.eventsub_hub import EventSubHub
from companion.simulator.eventsub_socket import EventSubSocket
from companion.simulator.fault_middleware import fault_middleware
from companion.simulator.faults import FaultBox
from companion.simulator.helix import Helix, HelixGate
from companion.simulator.ledger import Ledger
from companion.simulator.options import SimulatorOptions
from companion.simulator.rate_limit import RateLimits
from companion.simulator.scenario import start_scenario
from companion.simulator.socket_faults import SocketFaults
from companion.simulator.spotify_accounts import SpotifyAccounts
from companion.simulator.spotify_api import SpotifyApi
from companion.simulator.spotify_grants import SpotifyGrants
from companion.simulator.spotify_player import SpotifyPlayer
from companion.simulator.state_file import StateFile
from companion.simulator.steering import Steering
from companion.simulator.steering_spotify import SpotifySteering
from companion.simulator.stream_stage import StreamStage
from companion.simulator.twitch_grants import TwitchGrants
from companion.simulator.twitch_oauth import TwitchOAuth
from companion.simulator.world import World

HOST: Final = "127.0.0.1"


class Simulator:
    """A Twitch and a Spotify. `start`, use `base_url`, `stop`; both on the same running loop."""

    def __init__(self, *, directory: Path | None, clock: Clock, options: SimulatorOptions) -> None:
        file = StateFile(directory) if directory is not None else None
        self.options = options
        self.counters = Counters()
        self.faults = FaultBox(self.counters)
        self.world = World(file=file, clock=clock, seed=options.seed)
        self.twitch = TwitchGrants(self.world)
        self.spotify = SpotifyGrants(self.world)
        self.ledger = Ledger(directory, clock)
        self.player = SpotifyPlayer(self.world, self.ledger)
        self.tasks = TaskSupervisor(logging.getLogger("companion.simulator"))
        self.hub = EventSubHub(world=self.world, faults=self.faults, counters=self.counters, tasks=self.tasks)
        self.stage = StreamStage(world=self.world, hub=self.hub)
        self.channel = Channel(world=self.world, ledger=self.ledger, hub=self.hub, stage=self.stage, faults=self.faults)
        self._socket = EventSubSocket(
            world=self.world,
            hub=self.hub,
            faults=self.faults,
            counters=self.counters,
            tasks=self.tasks,
            options=options,
        )
        self.steering = Steering(
            world=self.world,
            stage=self.stage,
            hub=self.hub,
            twitch=self.twitch,
            spotify=self.spotify,
            faults=self.faults,
            socket_faults=SocketFaults(hub=self.hub, socket=self._socket, counters=self.counters),
            counters=self.counters,
        )
        self._clock = clock
        self._runner: web.AppRunner | None = None
        self.base_url = ""

    async def start(self) -> str:
        """Listen and start the scenario; the base URL. Raises `OSError` when the port is taken."""
        app = web.Application(middlewares=[_own_machine(), fault_middleware(self.faults, self.counters, self._clock)])
        app.add_routes(self._routes())
        # A handler goes on when its client leaves: what was asked still happens, as on a real server.
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, self.options.port)
        await site.start()
        port = self._runner.addresses[0][1]
        self.base_url = f"http://{HOST}:{port}"
        await start_scenario(self.options.scenario, Cast(self.world, self.stage, self.player, self.channel), self.tasks)
        return self.base_url

    async def stop(self) -> None:
        """Close sockets, cancel what runs, free the port. Safe to call twice."""
        self.tasks.close()
        await self._socket.close_all()
        await self.tasks.drain(2.0)
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        self.ledger.close()

    def _routes(self) -> list[web.RouteDef]:
        gate = HelixGate(grants=self.twitch, limits=RateLimits(points=self.options.helix_points, clock=self._clock))
        helix = Helix(world=self.world, gate=gate, crowd=self.channel.crowd)
        oauth = TwitchOAuth(
            world=self.world,
            grants=self.twitch,
            faults=self.faults,
            counters=self.counters,
            auto_approve=self.options.auto_approve,
        )
        accounts = SpotifyAccounts(
            world=self.world, grants=self.spotify, counters=self.counters, auto_approve=self.options.auto_approve
        )
        return [
            *oauth.routes(),
            *helix.routes(),
            *self.channel.helix_routes(gate),
            *EventSubApi(world=self.world, hub=self.hub, grants=self.twitch, gate=gate).routes(),
            *helix.last_routes(),
            *self._socket.routes(),
            *accounts.routes(),
            *SpotifyApi(world=self.world, player=self.player, faults=self.faults).routes(),
            *images.routes(),
            *self.steering.routes(),
            *self.channel.steering_routes(self.player, self.tasks),
            *SpotifySteering(world=self.world, player=self.player).routes(),
        ]


def _own_machine() -> Middleware:
    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        name = request.host.rsplit(":", 1)[0]
        if name not in (HOST, "localhost"):
            return web.Response(status=421, text="this simulator answers to 127.0.0.1 only")
        if request.path.startswith("/sim/") and "Origin" in request.headers:
            return web.Response(status=403, text="steering is not for web pages")
        return await handler(request)

    return middleware
