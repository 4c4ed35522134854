"""`/helix/eventsub/subscriptions`: creating, listing, deleting, and every limit on them.

Source: dev.twitch.tv/docs/api/reference#create-eventsub-subscription and /docs/eventsub/handling-websocket-events;
bodies of refusals from github.com/twurple/twurple#616, twitchdev/issues#1094, TwitchPlaysPokemon/tpp-core#470,
joeyak/go-twitch-eventsub#4.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web
from pydantic import BaseModel, ValidationError

from companion.simulator.answers import Json, answer, helix_error
from companion.simulator.eventsub_hub import EventSubHub
from companion.simulator.eventsub_session import Session, Subscription
from companion.simulator.helix import HelixGate
from companion.simulator.people import TWITCH_PEOPLE
from companion.simulator.subscription_types import TYPES, condition_fits
from companion.simulator.twitch_grants import TwitchGrants
from companion.simulator.world import World
from companion.simulator.world_state import AccessGrant

_PATH: Final = "/twitch/helix/eventsub/subscriptions"
_MAX_CONNECTIONS: Final = 3
_MAX_ON_CONNECTION: Final = 300
_MAX_COST: Final = 10
_MAX_SAME: Final = 3
_PAGE: Final = 100


class _Transport(BaseModel):
    method: str
    session_id: str = ""


class _Create(BaseModel):
    type: str
    version: str
    condition: dict[str, str]
    transport: _Transport


class EventSubApi:
    """The three calls; the subscriptions themselves live in the hub."""

    def __init__(self, *, world: World, hub: EventSubHub, grants: TwitchGrants, gate: HelixGate) -> None:
        self._world = world
        self._hub = hub
        self._grants = grants
        self._gate = gate

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post(_PATH, self._gate.guard(self._create)),
            web.get(_PATH, self._gate.guard(self._list)),
            web.delete(_PATH, self._gate.guard(self._delete)),
        ]

    async def _create(self, request: web.Request, grant: AccessGrant) -> web.Response:
        if request.content_type != "application/json":
            return helix_error(400, "Content-Type must be application/json")
        try:
            body = _Create.model_validate_json(await request.read())
        except ValidationError as error:
            fields = ", ".join(".".join(str(part) for part in problem["loc"]) for problem in error.errors())
            return helix_error(400, f"The request body is not valid: {fields or 'body'}")
        refusal = self._malformed(body) or self._not_allowed(body, grant)
        if refusal is not None:
            return refusal
        session = self._hub.sessions.get(body.transport.session_id)
        if session is None or session.socket.closed:
            return helix_error(400, "websocket transport session does not exist or has already disconnected")
        refusal = self._limited(body, grant, session)
        if refusal is not None:
            return refusal
        return self._accept(body, grant, session)

    def _malformed(self, body: _Create) -> web.Response | None:
        known = TYPES.get(body.type)
        if known is None or known.version != body.version:
            status = 410 if body.type == "channel.follow" and body.version == "1" else 400
            return helix_error(status, "invalid subscription type and version")
        if body.transport.method != "websocket":
            return helix_error(400, "invalid transport and auth combination")
        if not body.transport.session_id:
            return helix_error(400, "missing session_id in transport")
        if not condition_fits(body.type, body.condition):
            return helix_error(400, "invalid condition")
        if not all(user in TWITCH_PEOPLE for key, user in body.condition.items() if key.endswith("user_id")):
            return helix_error(400, "invalid user in condition")
        return None

    def _not_allowed(self, body: _Create, grant: AccessGrant) -> web.Response | None:
        if TYPES[body.type].allowed(body.condition, grant):
            return None
        return helix_error(403, "subscription missing proper authorization")

    def _limited(self, body: _Create, grant: AccessGrant, session: Session) -> web.Response | None:
        owner = (grant.client_id, grant.user_id)
        if session.owner is not None and session.owner != owner:
            return helix_error(400, "websocket transport cannot have subscriptions created by different users")
        self._hub.reap_due()
        own = [s for s in self._of(grant) if s.status == "enabled"]
        same = [s for s in own if s.type == body.type and s.condition == body.condition]
        if any(s.session_id == session.id or s.session_id not in self._hub.sessions for s in same):
            return helix_error(409, "subscription already exists")
        if len(same) >= _MAX_SAME:
            return helix_error(429, "maximum subscriptions with type and condition exceeded")
        connections = {s.session_id for s in own}
        if session.id not in connections and len(connections) >= _MAX_CONNECTIONS:
            return helix_error(429, "number of websocket transports limit exceeded")
        if sum(s.session_id == session.id for s in own) >= _MAX_ON_CONNECTION:
            return helix_error(429, "number of subscriptions on websocket transport limit exceeded")
        if sum(s.cost for s in own) + self._cost(body, grant) > _MAX_COST:
            return helix_error(429, "subscription total cost limit exceeded")
        return None

    def _cost(self, body: _Create, grant: AccessGrant) -> int:
        users = [value for key, value in body.condition.items() if key.endswith("user_id")]
        return 0 if any(self._grants.has_authorised(grant.client_id, user) for user in users) else 1

    def _accept(self, body: _Create, grant: AccessGrant, session: Session) -> web.Response:
        subscription = Subscription(
            id=self._world.uuid(),
            client_id=grant.client_id,
            user_id=grant.user_id,
            type=body.type,
            version=body.version,
            condition=body.condition,
            cost=self._cost(body, grant),
            created_at=self._world.nano_timestamp(),
            session_id=session.id,
            connected_at=session.connected_at,
        )
        session.owner = (grant.client_id, grant.user_id)
        self._hub.subscriptions[subscription.id] = subscription
        return answer({"data": [subscription.in_helix()], **self._totals(grant)}, 202)

    async def _list(self, request: web.Request, grant: AccessGrant) -> web.Response:
        filters = [key for key in ("status", "type", "user_id", "subscription_id") if key in request.query]
        if len(filters) > 1:
            return helix_error(400, "The request may specify only one filter query parameter")
        after = request.query.get("after", "0")
        if not after.isdecimal():
            return helix_error(400, "The cursor specified in the after query parameter is not valid")
        found = self._of(grant)
        if filters:
            wanted = request.query[filters[0]]
            found = [s for s in found if _matches(s, filters[0], wanted)]
        start = int(after)
        pagination: Json = {"cursor": str(start + _PAGE)} if len(found) > start + _PAGE else {}
        page = [s.in_helix() for s in found[start : start + _PAGE]]
        return answer({"data": page, **self._totals(grant), "pagination": pagination})

    async def _delete(self, request: web.Request, grant: AccessGrant) -> web.Response:
        key = request.query.get("id", "")
        if not key:
            return helix_error(400, 'Missing required parameter "id"')
        subscription = self._hub.subscriptions.get(key)
        if subscription is None or (subscription.client_id, subscription.user_id) != (grant.client_id, grant.user_id):
            return helix_error(404, "subscription not found")
        del self._hub.subscriptions[key]
        return web.Response(status=204)

    def _of(self, grant: AccessGrant) -> list[Subscription]:
        owner = (grant.client_id, grant.user_id)
        return [s for s in self._hub.subscriptions.values() if (s.client_id, s.user_id) == owner]

    def _totals(self, grant: AccessGrant) -> Json:
        own = self._of(grant)
        cost = sum(s.cost for s in own if s.status == "enabled")
        return {"total": len(own), "total_cost": cost, "max_total_cost": _MAX_COST}


def _matches(subscription: Subscription, key: str, wanted: str) -> bool:
    match key:
        case "status":
            return subscription.status == wanted
        case "type":
            return subscription.type == wanted
        case "user_id":
            return wanted in subscription.condition.values()
        case _:
            return subscription.id == wanted
