"""`/helix/channel_points/custom_rewards`: making, listing, changing and deleting rewards.

Source: dev.twitch.tv/docs/api/reference#create-custom-rewards and the three that follow it.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web
from pydantic import ValidationError

from companion.simulator.answers import Json, answer, helix_error
from companion.simulator.crowd import Crowd
from companion.simulator.helix import HelixGate
from companion.simulator.points import Points
from companion.simulator.points_gate import PointsGate
from companion.simulator.reward_book import Reward, RewardBook
from companion.simulator.reward_json import RewardBody, limit_problem, reward_json
from companion.simulator.world import World
from companion.simulator.world_state import AccessGrant

_PATH: Final = "/twitch/helix/channel_points/custom_rewards"
_MOST: Final = 50


class HelixRewards:
    """The four calls. Only the client id that made a reward may change or delete it."""

    def __init__(self, *, world: World, book: RewardBook, points: Points, crowd: Crowd, gate: HelixGate) -> None:
        self._world = world
        self._book = book
        self._points = points
        self._crowd = crowd
        self._gate = gate
        self._allowed = PointsGate(book=book, crowd=crowd)

    def routes(self) -> list[web.RouteDef]:
        guard = self._gate.guard
        return [
            web.post(_PATH, guard(self._create)),
            web.get(_PATH, guard(self._list)),
            web.patch(_PATH, guard(self._update)),
            web.delete(_PATH, guard(self._delete)),
        ]

    async def _create(self, request: web.Request, grant: AccessGrant) -> web.Response:
        refusal = self._allowed.channel_refused(request, grant, write=True)
        if refusal is not None:
            return refusal
        body = await read_body(request)
        if isinstance(body, web.Response):
            return body
        if body.title is None or body.cost is None:
            return helix_error(400, f'Missing required parameter "{"cost" if body.title else "title"}"')
        # A new reward cannot begin paused: the key is not one of this call's.
        given = {key: value for key, value in body.given().items() if key != "is_paused"}
        reward = Reward.model_validate({**given, **self._fresh(grant)})
        problem = self._problem(reward)
        if problem is not None:
            return problem
        if len(self._book.of_channel(grant.user_id)) >= _MOST:
            return helix_error(400, "CREATE_CUSTOM_REWARD_TOO_MANY_REWARDS")
        self._book.create(reward)
        return self._shown([reward])

    async def _list(self, request: web.Request, grant: AccessGrant) -> web.Response:
        refusal = self._allowed.channel_refused(request, grant, write=False)
        if refusal is not None:
            return refusal
        ids = request.query.getall("id", [])
        if len(ids) > _MOST:
            return helix_error(400, 'The parameter "id" was malformed: at most 50 may be given')
        manageable = request.query.get("only_manageable_rewards", "false")
        if manageable not in ("true", "false"):
            return helix_error(400, 'The parameter "only_manageable_rewards" was malformed')
        found = [reward for reward in self._book.of_channel(grant.user_id) if not ids or reward.id in ids]
        if manageable == "true":
            found = [reward for reward in found if reward.owner == grant.client_id]
        if ids and not found:
            return helix_error(404, "Custom reward with the given ID was not found")
        return self._shown(found)

    async def _update(self, request: web.Request, grant: AccessGrant) -> web.Response:
        reward = self._target(request, grant)
        if isinstance(reward, web.Response):
            return reward
        body = await read_body(request)
        if isinstance(body, web.Response):
            return body
        if not body.given():
            return helix_error(400, "At least one field must be given")
        changed = reward.model_copy(update=body.given())
        problem = self._problem(changed)
        if problem is not None:
            return problem
        self._book.update(changed, grant.client_id)
        return self._shown([changed])

    async def _delete(self, request: web.Request, grant: AccessGrant) -> web.Response:
        reward = self._target(request, grant)
        if isinstance(reward, web.Response):
            return reward
        await self._points.delete(reward, grant.client_id)
        return web.Response(status=204)

    def _target(self, request: web.Request, grant: AccessGrant) -> Reward | web.Response:
        refusal = self._allowed.channel_refused(request, grant, write=True)
        if refusal is not None:
            return refusal
        return self._allowed.own_reward(request.query.get("id", ""), "id", grant)

    def _fresh(self, grant: AccessGrant) -> Json:
        return {"id": self._world.uuid(), "broadcaster": grant.user_id, "owner": grant.client_id}

    def _problem(self, reward: Reward) -> web.Response | None:
        others = [
            other.title.casefold() for other in self._book.of_channel(reward.broadcaster) if other.id != reward.id
        ]
        if reward.title.casefold() in others:
            return helix_error(400, "CREATE_CUSTOM_REWARD_DUPLICATE_REWARD")
        problem = limit_problem(reward)
        return helix_error(400, problem) if problem is not None else None

    def _shown(self, rewards: list[Reward]) -> web.Response:
        return answer({"data": [reward_json(one, self._crowd.known(one.broadcaster)) for one in rewards]})


async def read_body(request: web.Request) -> RewardBody | web.Response:
    """The body of a create or update, or the refusal of a wrong one."""
    if request.content_type != "application/json":
        return helix_error(400, "Content-Type must be application/json")
    try:
        return RewardBody.model_validate_json(await request.read())
    except ValidationError as error:
        fields = ", ".join(".".join(str(part) for part in problem["loc"]) for problem in error.errors())
        return helix_error(400, f"The request body is not valid: {fields or 'body'}")
