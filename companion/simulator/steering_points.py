"""`/sim/rewards`, `/sim/redemptions/...`, `/sim/ledger`: channel points as viewers and the streamer use them.

| call | does |
|---|---|
| POST rewards | make a reward in the dashboard, or as a client id |
| POST rewards/change | the streamer changes or deletes a reward |
| GET rewards | all rewards, with their owner |
| POST redemptions | one viewer redeems; 400 when Twitch would not let them |
| POST redemptions/burst | many at once, with duplicates |
| POST redemptions/settle | the streamer fulfils or refunds by hand |
| POST redemptions/forget | settled ones vanish, as after some days |
| GET ledger | `kind` (repeatable), `after` (a number), any other field as it stands in the entry |
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle, islice

from aiohttp import web

from companion.kernel.tasks import TaskSupervisor
from companion.simulator import steering_channel_models as orders
from companion.simulator.answers import Json, answer
from companion.simulator.crowd import Crowd, Viewer
from companion.simulator.eventsub_hub import EventSubHub
from companion.simulator.ledger import Ledger
from companion.simulator.points import NotRedeemableError, Points, Wish
from companion.simulator.reward_book import Redemption, Reward, RewardBook
from companion.simulator.reward_json import redemption_json
from companion.simulator.spotify_player import SpotifyPlayer
from companion.simulator.steering import RefusedError, order, seen
from companion.simulator.steering_models import Order
from companion.simulator.world import World


class PointsSteering:
    """Answers with ids, so that a test can follow what it began."""

    def __init__(
        self,
        *,
        world: World,
        book: RewardBook,
        points: Points,
        crowd: Crowd,
        hub: EventSubHub,
        ledger: Ledger,
        player: SpotifyPlayer,
        tasks: TaskSupervisor,
    ) -> None:
        self._world = world
        self._book = book
        self._points = points
        self._crowd = crowd
        self._hub = hub
        self._ledger = ledger
        self._player = player
        self._tasks = tasks

    def routes(self) -> list[web.RouteDef]:
        return [
            order("rewards", orders.MakeReward, self._make),
            order("rewards/change", orders.ChangeReward, self._change),
            web.get("/sim/rewards", self._list),
            order("redemptions", orders.Redeem, self._redeem),
            order("redemptions/burst", orders.Burst, self._burst),
            order("redemptions/settle", orders.SettleRedemption, self._settle),
            order("redemptions/forget", Order, self._forget),
            web.get("/sim/ledger", self._read_ledger),
        ]

    async def _make(self, order: orders.MakeReward) -> Json:
        fields = order.model_dump(exclude={"client_id"})
        reward = Reward.model_validate(
            {**fields, "id": self._world.uuid(), "owner": order.client_id, "broadcaster": self._crowd.streamer().id}
        )
        self._book.create(reward)
        return {"id": reward.id}

    async def _change(self, order: orders.ChangeReward) -> Json:
        reward = self._reward(order.id)
        if order.delete:
            return {"fulfilled": await self._points.delete(reward, "streamer")}
        changed = reward.model_copy(update=order.change.given())
        self._book.update(changed, "streamer")
        return changed.model_dump()

    async def _list(self, _request: web.Request) -> web.Response:
        return answer([reward.model_dump() for reward in self._book.rewards.values()])

    async def _redeem(self, order: orders.Redeem) -> Json:
        reward, wish = self._reward(order.reward), Wish(seen(self._crowd, order.viewer), order.text)
        try:
            self._points.check(reward, wish)
        except NotRedeemableError as error:
            raise RefusedError(str(error)) from error
        made = self._points.make(reward, [wish])[0]
        told = 0 if order.silent else await self._points.tell(made, "add")
        return {"id": made.id, "viewer_id": made.user_id, "told": told}

    async def _burst(self, order: orders.Burst) -> Json:
        people = [
            seen(self._crowd, Viewer(login=f"burstguest{n}", name=f"BurstGuest{n}"))
            for n in range(min(order.viewers, order.count))
        ]
        rewards = [self._reward(key) for key in order.reward]
        wishes = [
            Wish(who, text) for who, text in islice(zip(cycle(people), cycle(order.texts), strict=False), order.count)
        ]
        made: list[Redemption] = []
        for place, reward in enumerate(rewards):
            self._points.check(reward, wishes[0])
            made += self._points.make(reward, wishes[place :: len(rewards)])
        if order.silent:
            return {"made": len(made), "told": 0}
        if order.wait:
            return {"made": len(made), "told": await self._tell_all(made, order)}
        self._tasks.spawn(self._tell_later(made, order), name="redemption burst")
        return {"made": len(made), "told": None}

    async def _tell_later(self, made: Sequence[Redemption], order: orders.Burst) -> None:
        await self._tell_all(made, order)

    async def _tell_all(self, made: Sequence[Redemption], order: orders.Burst) -> int:
        random, told = self._world.random, 0
        again = sorted(random.choices(range(len(made)), k=order.duplicates))
        anew = sorted(random.choices(range(len(made)), k=order.repeats))
        for place, one in enumerate(made):
            told += await self._points.tell(one, "add")
            while again and again[0] == place:
                again.pop(0)
                told += await self._hub.resend()
            while anew and anew[0] == place:
                anew.pop(0)
                told += await self._points.tell(one, "add")
        return told

    async def _settle(self, order: orders.SettleRedemption) -> Json:
        one = self._book.redemptions.get(order.id)
        if one is None or one.status != "UNFULFILLED":
            raise RefusedError("no such redemption waits")
        await self._points.settle([one], order.status, "streamer")
        return redemption_json(one, self._crowd.known(one.broadcaster))

    async def _forget(self, _order: Order) -> Json:
        return {"forgotten": self._book.forget_settled()}

    async def _read_ledger(self, request: web.Request) -> web.Response:
        # Songs end by themselves: asking the player writes down what has ended meanwhile.
        self._player.now()
        after = request.query.get("after", "0")
        if not after.isdecimal():
            return answer({"error": "after must be a number"}, 400)
        fields = {key: value for key, value in request.query.items() if key not in ("kind", "after")}
        return answer(self._ledger.find(request.query.getall("kind", []), int(after), fields))

    def _reward(self, key: str) -> Reward:
        found = self._book.rewards.get(key)
        found = found or next((r for r in self._book.rewards.values() if r.title == key), None)
        if found is None:
            raise RefusedError(f"no reward {key}")
        return found
