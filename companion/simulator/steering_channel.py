"""`/sim/chat`, `/sim/raid` and so on: what people do in the channel.

| call | does |
|---|---|
| POST chat | any viewer writes a line, also in a shared chat or with bits |
| POST chat/flood | many lines at a pace |
| POST roles, ban, channel | who is what, who may not speak, affiliate or not |
| POST raid, follow, subscribe, gift, resubscribe, cheer | one of each, with everything Twitch sends for it |
"""

from __future__ import annotations

import asyncio

from aiohttp import web

from companion.kernel.tasks import TaskSupervisor
from companion.simulator import steering_channel_models as orders
from companion.simulator.answers import Json
from companion.simulator.channel_events import ChannelEvents
from companion.simulator.chat_room import ChatRoom, Line
from companion.simulator.crowd import Crowd, Viewer, user_fields
from companion.simulator.people import TwitchPerson
from companion.simulator.steering import RefusedError, order, seen
from companion.simulator.world import World


class ChannelSteering:
    """Viewers come into being when they are first named."""

    def __init__(
        self, *, world: World, crowd: Crowd, room: ChatRoom, events: ChannelEvents, tasks: TaskSupervisor
    ) -> None:
        self._world = world
        self._crowd = crowd
        self._room = room
        self._events = events
        self._tasks = tasks

    def routes(self) -> list[web.RouteDef]:
        return [
            order("chat", orders.Chat, self._chat),
            order("chat/flood", orders.ChatFlood, self._flood),
            order("roles", orders.SetRoles, self._roles),
            order("ban", orders.Ban, self._ban),
            order("channel", orders.ChannelOrder, self._channel),
            order("raid", orders.Raid, self._raid),
            order("follow", orders.Follow, self._follow),
            order("subscribe", orders.Subscribe, self._subscribe),
            order("gift", orders.Gift, self._gift),
            order("resubscribe", orders.Resubscribe, self._resubscribe),
            order("cheer", orders.Cheer, self._cheer),
        ]

    async def _chat(self, order: orders.Chat) -> Json:
        if order.reply_to is not None and not self._room.knows(order.reply_to):
            raise RefusedError(f"no chat line {order.reply_to}")
        sender = self._see(order.viewer)
        extra: Json = dict(order.fields)
        if order.bits is not None:
            extra["cheer"] = {"bits": order.bits}
        if order.message_id is not None:
            extra["message_id"] = order.message_id
        if order.source is not None:
            other = self._see(Viewer(login=order.source))
            source_badges = self._crowd.badges(sender.id)
            extra |= {**user_fields(other, "source_broadcaster_"), "source_message_id": self._world.uuid()}
            extra |= {"source_badges": source_badges, "is_source_only": False, "badges": []}
        line = Line(sender=sender, text=order.text, by="viewer", reply_to=order.reply_to, extra=extra)
        return {"message_id": await self._room.show(line), "viewer_id": sender.id}

    async def _flood(self, order: orders.ChatFlood) -> Json:
        if order.wait:
            return {"shown": await self._write(order)}
        self._tasks.spawn(self._write_later(order), name="chat flood")
        return {"shown": None}

    async def _write_later(self, order: orders.ChatFlood) -> None:
        await self._write(order)

    async def _write(self, order: orders.ChatFlood) -> int:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        for number in range(order.count):
            key = number % order.viewers
            sender = self._see(Viewer(login=f"chatguest{key}", name=f"ChatGuest{key}"))
            await self._room.show(Line(sender=sender, text=order.texts[number % len(order.texts)], by="viewer"))
            if order.per_second:
                await asyncio.sleep(max(0.0, begun + (number + 1) / order.per_second - loop.time()))
        return order.count

    async def _roles(self, order: orders.SetRoles) -> Json:
        who = self._see(order.viewer)
        self._crowd.set_roles(who.id, list(order.roles))
        return {"viewer_id": who.id}

    async def _ban(self, order: orders.Ban) -> Json:
        who = self._see(order.viewer)
        self._crowd.ban(who.id, order.seconds)
        return {"viewer_id": who.id}

    async def _channel(self, order: orders.ChannelOrder) -> Json:
        twitch = self._world.state.twitch
        twitch.broadcaster_types[twitch.streamer] = order.broadcaster_type
        self._world.commit()
        return {"broadcaster_type": order.broadcaster_type}

    async def _raid(self, order: orders.Raid) -> Json:
        return {"told": await self._events.raid(self._see(order.viewer), order.viewers)}

    async def _follow(self, order: orders.Follow) -> Json:
        return {"told": await self._events.follow(self._see(order.viewer))}

    async def _subscribe(self, order: orders.Subscribe) -> Json:
        return {"told": await self._events.subscribe(self._see(order.viewer), order.tier)}

    async def _gift(self, order: orders.Gift) -> Json:
        who = self._see(order.viewer) if order.viewer is not None else None
        return {"told": await self._events.gift(who, order.total, order.tier, order.cumulative_total)}

    async def _resubscribe(self, order: orders.Resubscribe) -> Json:
        who = self._see(order.viewer)
        return {"told": await self._events.resubscribe(who, order.tier, order.text, order.months, order.streak)}

    async def _cheer(self, order: orders.Cheer) -> Json:
        who = self._see(order.viewer) if order.viewer is not None else None
        return {"told": await self._events.cheer(who, order.bits, order.text)}

    def _see(self, viewer: Viewer) -> TwitchPerson:
        return seen(self._crowd, viewer)
