"""api.spotify.com/v1: who may call, the account, the player, search and tracks.

Source: developer.spotify.com/documentation/web-api/reference and /references/changes (2026).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from companion.simulator.answers import Json, answer, origin, spotify_error
from companion.simulator.catalogue import BY_ID, BY_URI, EPISODE, Song
from companion.simulator.faults import FaultBox
from companion.simulator.people import SPOTIFY_PEOPLE
from companion.simulator.song_search import search
from companion.simulator.spotify_items import device, images, item, odd_item, playback, track
from companion.simulator.spotify_player import DEVICES, SpotifyPlayer
from companion.simulator.world import World
from companion.simulator.world_state import AccessGrant

Call: TypeAlias = Callable[[web.Request, AccessGrant], Awaitable[web.Response]]
Handler: TypeAlias = Callable[[web.Request], Awaitable[web.Response]]

_CURRENT: Final = "user-read-currently-playing"
_STATE: Final = "user-read-playback-state"
_MODIFY: Final = "user-modify-playback-state"
_BASE62: Final = re.compile(r"[0-9A-Za-z]{22}")
_ITEM_TYPES: Final = frozenset(["album", "artist", "playlist", "track", "show", "episode", "audiobook"])


class _Transfer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    device_ids: list[str]
    play: bool | None = None


class SpotifyApi:
    """The routes below `/spotify/v1`."""

    def __init__(self, *, world: World, player: SpotifyPlayer, faults: FaultBox) -> None:
        self._world = world
        self._player = player
        self._faults = faults
        self._queue_answers = 0

    def routes(self) -> list[web.RouteDef]:
        v1, player, guard = "/spotify/v1", "/spotify/v1/me/player", self._guard
        return [
            web.get(f"{v1}/me", guard(self._me)),
            web.get(player, guard(self._playback, _STATE)),
            web.put(player, guard(self._transfer, _MODIFY)),
            web.get(f"{player}/currently-playing", guard(self._currently_playing, _CURRENT)),
            web.get(f"{player}/queue", guard(self._queue, _CURRENT, _STATE)),
            web.post(f"{player}/queue", guard(self._enqueue, _MODIFY)),
            web.post(f"{player}/next", guard(self._next, _MODIFY)),
            web.get(f"{player}/devices", guard(self._devices, _STATE)),
            web.get(f"{v1}/search", guard(self._search)),
            web.get(f"{v1}/tracks/{{id}}", guard(self._track)),
            web.route("*", f"{v1}/{{rest:.*}}", guard(self._unknown)),
        ]

    def _guard(self, call: Call, *scopes: str) -> Handler:
        async def handler(request: web.Request) -> web.Response:
            grant = self._admit(request)
            if isinstance(grant, web.Response):
                return grant
            if not set(scopes) <= set(grant.scopes):
                return spotify_error(403, "Insufficient client scope")
            return await call(request, grant)

        return handler

    def _admit(self, request: web.Request) -> AccessGrant | web.Response:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            return spotify_error(401, "No token provided")
        if scheme.lower() != "bearer" or not token:
            return spotify_error(400, "Only valid bearer authentication supported")
        grant = self._world.state.spotify.access.get(token)
        if grant is None or grant.revoked:
            return spotify_error(401, "Invalid access token")
        if not grant.alive(self._world.now()):
            return spotify_error(401, "The access token expired")
        account = self._world.state.spotify.account
        if not account.owner_premium:
            # Plain text on purpose: this refusal is not JSON.
            text = "Active premium subscription required for the owner of the app."
            return web.Response(text=text, status=403)
        if not account.allow_listed:
            return spotify_error(403, "User not registered in the Developer Dashboard")
        return grant

    async def _me(self, request: web.Request, grant: AccessGrant) -> web.Response:
        person = SPOTIFY_PEOPLE[grant.user_id]
        return answer(
            {
                "account_id": person.account_id,
                "display_name": person.display_name,
                "external_urls": {"spotify": f"https://open.spotify.com/user/{person.id}"},
                "href": f"https://api.spotify.com/v1/users/{person.id}",
                "id": person.id,
                "images": images(origin(request), "profile", person.id)[1:],
                "type": "user",
                "uri": f"spotify:user:{person.id}",
            }
        )

    def _no_device(self) -> bool:
        return self._faults.take("no_device") is not None or self._player.state.device is None

    def _body(self, request: web.Request) -> Json | None:
        playing = self._player.now()
        if self._no_device() or playing.kind == "nothing":
            return None
        episodes = "episode" in request.query.get("additional_types", "").split(",")
        stamp = round(self._player.state.anchored_at.timestamp() * 1000)
        return playback(playing, self._player.state, origin(request), episodes=episodes, timestamp_ms=stamp)

    async def _currently_playing(self, request: web.Request, _grant: AccessGrant) -> web.Response:
        body = self._body(request)
        return web.Response(status=204) if body is None else answer(body)

    async def _playback(self, request: web.Request, _grant: AccessGrant) -> web.Response:
        body = self._body(request)
        state = self._player.state
        if body is None or state.device is None:
            return web.Response(status=204)
        head: Json = {
            "device": device(state.device, state),
            "shuffle_state": False,
            "smart_shuffle": False,
            "repeat_state": "off",
        }
        return answer(head | body)

    async def _queue(self, request: web.Request, _grant: AccessGrant) -> web.Response:
        playing = self._player.now()
        if self._no_device() or playing.kind == "nothing":
            return answer({"currently_playing": None, "queue": []})
        base = origin(request)
        current = item(playing, self._player.state, base, episodes=True)
        return answer(
            {"currently_playing": current, "queue": [self._queued(one, base) for one in self._player.upcoming()]}
        )

    def _queued(self, one: Song | str, base: str) -> Json | None:
        return odd_item(one, base) if isinstance(one, str) else track(one, base, self._player.length_ms(one))

    def _command_refused(self, request: web.Request) -> web.Response | None:
        if not self._world.state.spotify.account.premium:
            return spotify_error(403, "Player command failed: Premium required", reason="PREMIUM_REQUIRED")
        wanted = request.query.get("device_id")
        if wanted is not None and wanted not in [key for key, _, _ in DEVICES.values()]:
            return spotify_error(404, "Device not found")
        if self._no_device():
            return spotify_error(404, "Player command failed: No active device found", reason="NO_ACTIVE_DEVICE")
        return None

    async def _enqueue(self, request: web.Request, _grant: AccessGrant) -> web.Response:
        uri = request.query.get("uri", "")
        if not uri:
            return spotify_error(400, "Required parameter uri missing")
        if uri not in BY_URI and uri != f"spotify:episode:{EPISODE.id}":
            return spotify_error(400, f"Invalid track uri: {uri}")
        refusal = self._command_refused(request)
        if refusal is not None:
            return refusal
        self._player.enqueue(uri)
        return self._accepted()

    async def _next(self, request: web.Request, _grant: AccessGrant) -> web.Response:
        refusal = self._command_refused(request)
        if refusal is not None:
            return refusal
        self._player.skip()
        return self._accepted()

    def _accepted(self) -> web.Response:
        # Seen in practice in turns: 204, and 200 with a body that is text and not JSON.
        self._queue_answers += 1
        if self._queue_answers % 2:
            return web.Response(status=204)
        return web.Response(text=self._world.url_token("", 44), status=200)

    async def _devices(self, _request: web.Request, _grant: AccessGrant) -> web.Response:
        if self._no_device() and not self._player.state.listed:
            return answer({"devices": []})
        return answer({"devices": [device(name, self._player.state) for name in DEVICES]})

    async def _transfer(self, request: web.Request, _grant: AccessGrant) -> web.Response:
        try:
            body = _Transfer.model_validate_json(await request.read())
        except ValidationError:
            return spotify_error(400, "Malformed json")
        if len(body.device_ids) != 1:
            return spotify_error(400, "Exactly one device_id must be supplied")
        if not self._world.state.spotify.account.premium:
            return spotify_error(403, "Player command failed: Premium required", reason="PREMIUM_REQUIRED")
        name = next((key for key, value in DEVICES.items() if value[0] == body.device_ids[0]), None)
        if name is None or self._faults.take("no_device") is not None:
            return spotify_error(404, "Device not found")
        self._player.use_device(name, play=body.play or None)
        return web.Response(status=204)

    async def _search(self, request: web.Request, _grant: AccessGrant) -> web.Response:
        query = request.query
        kinds = query.get("type", "").split(",")
        limit, offset = query.get("limit", "5"), query.get("offset", "0")
        if not query.get("q", "").strip():
            return spotify_error(400, "No search query")
        if kinds == [""]:
            return spotify_error(400, "Missing parameter type")
        if not set(kinds) <= _ITEM_TYPES:
            return spotify_error(400, f"Bad search type field {query['type']}")
        if not limit.isdecimal() or int(limit) > 10:
            return spotify_error(400, "Invalid limit")
        if not offset.isdecimal() or int(offset) > 1000:
            return spotify_error(400, "Invalid offset")
        pages = {f"{kind}s": self._page(request, kind, int(limit), int(offset)) for kind in kinds}
        return answer(pages)

    def _page(self, request: web.Request, kind: str, limit: int, offset: int) -> Json:
        found = search(request.query["q"]) if kind == "track" else []
        href = f"{origin(request)}{request.path}"

        def link(start: int) -> str:
            return str(request.url.with_query({**request.query, "offset": str(start), "limit": str(limit)}))

        return {
            "href": f"{href}?{request.query_string}",
            "items": [
                track(song, origin(request), self._player.length_ms(song)) for song in found[offset : offset + limit]
            ],
            "limit": limit,
            "next": link(offset + limit) if limit and offset + limit < len(found) else None,
            "offset": offset,
            "previous": link(max(0, offset - limit)) if offset > 0 else None,
            "total": len(found),
        }

    async def _track(self, request: web.Request, _grant: AccessGrant) -> web.Response:
        key = request.match_info["id"]
        if _BASE62.fullmatch(key) is None:
            return spotify_error(400, "Invalid base62 id")
        song = BY_ID.get(key)
        if song is None:
            return spotify_error(404, "Resource not found")
        return answer(track(song, origin(request), self._player.length_ms(song)))

    async def _unknown(self, _request: web.Request, _grant: AccessGrant) -> web.Response:
        return spotify_error(404, "Service not found")
