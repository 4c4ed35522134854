"""The streamer's channel: its people, points, chat and alerts, put together."""

from __future__ import annotations

from aiohttp import web

from companion.kernel.tasks import TaskSupervisor
from companion.simulator.channel_events import ChannelEvents
from companion.simulator.chat_room import ChatRoom
from companion.simulator.crowd import Crowd
from companion.simulator.eventsub_hub import EventSubHub
from companion.simulator.faults import FaultBox
from companion.simulator.helix import HelixGate
from companion.simulator.helix_chat import HelixChat
from companion.simulator.helix_redemptions import HelixRedemptions
from companion.simulator.helix_rewards import HelixRewards
from companion.simulator.ledger import Ledger
from companion.simulator.points import Points
from companion.simulator.reward_book import RewardBook
from companion.simulator.shoutouts import ShoutoutDesk
from companion.simulator.spotify_player import SpotifyPlayer
from companion.simulator.steering_channel import ChannelSteering
from companion.simulator.steering_points import PointsSteering
from companion.simulator.stream_stage import StreamStage
from companion.simulator.world import World


class Channel:
    """Everything in it is forgotten together when the world is reset."""

    def __init__(self, *, world: World, ledger: Ledger, hub: EventSubHub, stage: StreamStage, faults: FaultBox) -> None:
        self._world = world
        self._ledger = ledger
        self._hub = hub
        self.crowd = Crowd(world, ledger)
        self.book = RewardBook(ledger)
        self.points = Points(world=world, book=self.book, crowd=self.crowd, hub=hub, stage=stage)
        self.room = ChatRoom(world=world, ledger=ledger, crowd=self.crowd, hub=hub, faults=faults)
        self.shoutouts = ShoutoutDesk(world=world, ledger=ledger, crowd=self.crowd, hub=hub, stage=stage)
        self.events = ChannelEvents(world=world, crowd=self.crowd, hub=hub, room=self.room)
        world.on_reset(self._forget)

    def _forget(self) -> None:
        for part in (self._ledger, self.crowd, self.book, self.room, self.shoutouts):
            part.clear()

    def helix_routes(self, gate: HelixGate) -> list[web.RouteDef]:
        """What applications call."""
        world, book, points, crowd = self._world, self.book, self.points, self.crowd
        return [
            *HelixRewards(world=world, book=book, points=points, crowd=crowd, gate=gate).routes(),
            *HelixRedemptions(book=book, points=points, crowd=crowd, gate=gate).routes(),
            *HelixChat(room=self.room, shoutouts=self.shoutouts, crowd=crowd, gate=gate).routes(),
        ]

    def steering_routes(self, player: SpotifyPlayer, tasks: TaskSupervisor) -> list[web.RouteDef]:
        """What tests and the demo call."""
        return [
            *PointsSteering(
                world=self._world,
                book=self.book,
                points=self.points,
                crowd=self.crowd,
                hub=self._hub,
                ledger=self._ledger,
                player=player,
                tasks=tasks,
            ).routes(),
            *ChannelSteering(
                world=self._world, crowd=self.crowd, room=self.room, events=self.events, tasks=tasks
            ).routes(),
        ]
