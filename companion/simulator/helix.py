"""api.twitch.tv/helix: who may call, and the read calls in use.

Source: dev.twitch.tv/docs/api/reference; bodies of refusals from threads about Helix's OAuth requirement of 2020.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from aiohttp import web

from companion.simulator.answers import Json, answer, helix_error, origin
from companion.simulator.crowd import Crowd
from companion.simulator.people import TWITCH_PEOPLE, TwitchPerson
from companion.simulator.rate_limit import RateLimits
from companion.simulator.twitch_grants import TwitchGrants
from companion.simulator.world import World, second_timestamp
from companion.simulator.world_state import AccessGrant

Call: TypeAlias = Callable[[web.Request, AccessGrant], Awaitable[web.Response]]
Handler: TypeAlias = Callable[[web.Request], Awaitable[web.Response]]


class HelixGate:
    """Checks token, client id and rate limit before any call, and writes the rate-limit headers."""

    def __init__(self, *, grants: TwitchGrants, limits: RateLimits) -> None:
        self._grants = grants
        self._limits = limits

    def guard(self, call: Call) -> Handler:
        """`call` behind the checks."""

        async def handler(request: web.Request) -> web.Response:
            grant = self._admit(request)
            if isinstance(grant, web.Response):
                return grant
            allowed, headers = self._limits.spend(grant.client_id, grant.user_id)
            if not allowed:
                return helix_error(429, "Too Many Requests", headers)
            response = await call(request, grant)
            response.headers.update(headers)
            return response

        return handler

    def _admit(self, request: web.Request) -> AccessGrant | web.Response:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        client_id = request.headers.get("Client-Id", "")
        if not token:
            return helix_error(401, "OAuth token is missing")
        if not client_id:
            return helix_error(401, "Client ID is missing")
        grant = self._grants.access(token) if scheme.lower() == "bearer" else None
        if grant is None:
            return helix_error(401, "Invalid OAuth token")
        if grant.client_id != client_id:
            return helix_error(401, "Client ID and OAuth token do not match")
        return grant


class Helix:
    """`GET /users`, `GET /streams`, `GET /channels`, and 404 for what is not there."""

    def __init__(self, *, world: World, gate: HelixGate, crowd: Crowd) -> None:
        self._world = world
        self._crowd = crowd
        self._gate = gate

    def routes(self) -> list[web.RouteDef]:
        guard = self._gate.guard
        return [
            web.get("/twitch/helix/users", guard(self._users)),
            web.get("/twitch/helix/streams", guard(self._streams)),
            web.get("/twitch/helix/channels", guard(self._channels)),
        ]

    def last_routes(self) -> list[web.RouteDef]:
        """The catch-all, to be added after every other Helix route."""
        return [web.route("*", "/twitch/helix/{rest:.*}", self._gate.guard(self._unknown))]

    async def _users(self, request: web.Request, grant: AccessGrant) -> web.Response:
        ids, logins = request.query.getall("id", []), request.query.getall("login", [])
        if len(ids) + len(logins) > 100:
            return helix_error(400, "The total number of IDs and logins must not be greater than 100")
        if not all(value.isdigit() for value in ids):
            return helix_error(400, "Invalid user ID")
        if not ids and not logins:
            ids = [grant.user_id]
        found = [*(self._crowd.find(key) for key in ids), *(self._crowd.by_login(login) for login in logins)]
        wanted = {person.id: person for person in found if person is not None}.values()
        return answer({"data": [self._user(person, request, grant) for person in wanted]})

    def _user(self, person: TwitchPerson, request: web.Request, grant: AccessGrant) -> Json:
        body: Json = {
            "id": person.id,
            "login": person.login,
            "display_name": person.display_name,
            "type": "",
            "broadcaster_type": self._crowd.broadcaster_type(person.id),
            "description": person.description,
            "profile_image_url": f"{origin(request)}/images/profile/{person.id}.png",
            "offline_image_url": "",
            "view_count": 0,
            "created_at": person.created_at,
        }
        if person.id == grant.user_id and "user:read:email" in grant.scopes:
            body["email"] = f"{person.login}@example.invalid"
        return body

    async def _streams(self, request: web.Request, _grant: AccessGrant) -> web.Response:
        query = request.query
        ids, logins = query.getall("user_id", []), query.getall("user_login", [])
        if len(ids) > 100 or len(logins) > 100:
            return helix_error(400, "The number of user IDs and logins must not be greater than 100 each")
        if not all(value.isdigit() for value in ids):
            return helix_error(400, "Invalid user ID")
        first = query.get("first", "20")
        if not first.isdecimal() or not 1 <= int(first) <= 100:
            return helix_error(400, 'The parameter "first" was malformed: the value must be between 1 and 100')
        if query.get("type", "live") not in ("all", "live"):
            return helix_error(400, 'The parameter "type" was malformed: the value must be one of "all", "live"')
        person = TWITCH_PEOPLE[self._world.state.twitch.streamer]
        games = query.getall("game_id", [])
        by_user = (not ids and not logins) or person.id in ids or person.login in [name.lower() for name in logins]
        by_game = not games or self._world.state.twitch.channel.game_id in games
        stream = self._stream(person) if by_user and by_game else None
        return answer({"data": [stream] if stream is not None else [], "pagination": {}})

    def _stream(self, person: TwitchPerson) -> Json | None:
        stream, channel = self._world.state.twitch.stream, self._world.state.twitch.channel
        if stream is None or not stream.in_helix(self._world.now()):
            return None
        return {
            "id": stream.stream_id,
            "user_id": person.id,
            "user_login": person.login,
            "user_name": person.display_name,
            "game_id": channel.game_id,
            "game_name": channel.game_name,
            "type": "live",
            "title": channel.title,
            "tags": list(channel.tags),
            "viewer_count": stream.viewer_count,
            "started_at": second_timestamp(stream.started_at),
            "language": channel.language,
            "thumbnail_url": f"https://example.invalid/previews/{person.login}-{{width}}x{{height}}.jpg",
            "tag_ids": [],
            "is_mature": False,
        }

    async def _channels(self, request: web.Request, _grant: AccessGrant) -> web.Response:
        ids = request.query.getall("broadcaster_id", [])
        if not ids:
            return helix_error(400, 'Missing required parameter "broadcaster_id"')
        if len(ids) > 100 or not all(value.isdigit() for value in ids):
            return helix_error(400, "The parameter broadcaster_id was invalid")
        state = self._world.state.twitch
        data: list[Json] = []
        for person in filter(None, map(self._crowd.find, ids)):
            own = person.id == state.streamer
            data.append(
                {
                    "broadcaster_id": person.id,
                    "broadcaster_login": person.login,
                    "broadcaster_name": person.display_name,
                    "broadcaster_language": state.channel.language,
                    "game_id": state.channel.game_id if own else "",
                    "game_name": state.channel.game_name if own else "",
                    "title": state.channel.title if own else "",
                    "delay": 0,
                    "tags": list(state.channel.tags) if own else [],
                    "content_classification_labels": [],
                    "is_branded_content": False,
                }
            )
        return answer({"data": data})

    async def _unknown(self, _request: web.Request, _grant: AccessGrant) -> web.Response:
        return helix_error(404, "")
