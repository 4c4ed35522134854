"""`/helix/channel_points/custom_rewards/redemptions`: reading and settling what viewers bought.

Source: dev.twitch.tv/docs/api/reference#get-custom-reward-redemption, #update-redemption-status.
"""

from __future__ import annotations

from typing import Final, Literal

from aiohttp import web
from pydantic import BaseModel, ValidationError

from companion.simulator.answers import Json, answer, helix_error
from companion.simulator.crowd import Crowd
from companion.simulator.helix import HelixGate
from companion.simulator.points import Points
from companion.simulator.points_gate import PointsGate
from companion.simulator.reward_book import Redemption, Reward, RewardBook, Status
from companion.simulator.reward_json import redemption_json
from companion.simulator.world_state import AccessGrant

_PATH: Final = "/twitch/helix/channel_points/custom_rewards/redemptions"
_MOST: Final = 50
_DEFAULT: Final = "20"
_STATUSES: Final[dict[str, Status]] = {
    "UNFULFILLED": "UNFULFILLED",
    "FULFILLED": "FULFILLED",
    "CANCELED": "CANCELED",
}


class _Settle(BaseModel):
    status: Literal["FULFILLED", "CANCELED"]


class HelixRedemptions:
    """The two calls. Both are for the client id that made the reward."""

    def __init__(self, *, book: RewardBook, points: Points, crowd: Crowd, gate: HelixGate) -> None:
        self._book = book
        self._points = points
        self._crowd = crowd
        self._gate = gate
        self._allowed = PointsGate(book=book, crowd=crowd)

    def routes(self) -> list[web.RouteDef]:
        return [web.get(_PATH, self._gate.guard(self._list)), web.patch(_PATH, self._gate.guard(self._settle))]

    def _reward(self, request: web.Request, grant: AccessGrant, *, write: bool) -> Reward | web.Response:
        refusal = self._allowed.channel_refused(request, grant, write=write)
        if refusal is not None:
            return refusal
        return self._allowed.own_reward(request.query.get("reward_id", ""), "reward_id", grant)

    async def _list(self, request: web.Request, grant: AccessGrant) -> web.Response:
        reward = self._reward(request, grant, write=False)
        if isinstance(reward, web.Response):
            return reward
        query = request.query
        ids, status = query.getall("id", []), query.get("status")
        if len(ids) > _MOST:
            return helix_error(400, 'The parameter "id" was malformed: at most 50 may be given')
        if status is None and not ids:
            return helix_error(400, 'Missing required parameter "status"')
        if status is not None and status not in _STATUSES:
            return helix_error(400, "The value in the status query parameter is not valid")
        if query.get("sort", "OLDEST") not in ("OLDEST", "NEWEST"):
            return helix_error(400, "The value in the sort query parameter is not valid")
        if ids:
            return self._by_id(reward, ids)
        return self._page(request, self._book.of_reward(reward.id, _STATUSES[status or ""]))

    def _by_id(self, reward: Reward, ids: list[str]) -> web.Response:
        found = [one for key in ids if (one := self._book.redemptions.get(key)) and one.reward_id == reward.id]
        if not found:
            return helix_error(404, "No redemptions with the given IDs were found")
        return self._shown(found, {})

    def _page(self, request: web.Request, found: list[Redemption]) -> web.Response:
        first, after = request.query.get("first", _DEFAULT), request.query.get("after", "")
        if not first.isdecimal() or not 1 <= int(first) <= _MOST:
            return helix_error(400, 'The parameter "first" was malformed: the value must be between 1 and 50')
        if after and not after.isdecimal():
            return helix_error(400, "The cursor specified in the after query parameter is not valid")
        if request.query.get("sort", "OLDEST") == "NEWEST":
            rest = [one for one in reversed(found) if not after or one.nth < int(after)]
        else:
            rest = [one for one in found if not after or one.nth > int(after)]
        page = rest[: int(first)]
        # The cursor names the last one shown, so that settling between two pages skips nothing.
        return self._shown(page, {"cursor": str(page[-1].nth)} if len(rest) > len(page) else {})

    def _shown(self, found: list[Redemption], pagination: Json) -> web.Response:
        data = [redemption_json(one, self._crowd.known(one.broadcaster)) for one in found]
        return answer({"data": data, "pagination": pagination})

    async def _settle(self, request: web.Request, grant: AccessGrant) -> web.Response:
        reward = self._reward(request, grant, write=True)
        if isinstance(reward, web.Response):
            return reward
        ids = request.query.getall("id", [])
        if not ids:
            return helix_error(400, 'Missing required parameter "id"')
        if len(ids) > _MOST:
            return helix_error(400, 'The parameter "id" was malformed: at most 50 may be given')
        if request.content_type != "application/json":
            return helix_error(400, "Content-Type must be application/json")
        try:
            status = _Settle.model_validate_json(await request.read()).status
        except ValidationError:
            return helix_error(400, "The value in the status field is not valid")
        waiting = self._book.redemptions
        found = [one for key in dict.fromkeys(ids) if (one := waiting.get(key)) and one.reward_id == reward.id]
        open_ones = [one for one in found if one.status == "UNFULFILLED"]
        if not open_ones:
            return helix_error(404, "The redemptions were not found or their status is not UNFULFILLED")
        await self._points.settle(open_ones, status, f"app:{grant.client_id}")
        return self._shown(open_ones, {})
