"""`/sim/spotify/...`: moving the player and the account; `/spotify/link/...`: where short links lead.

| call | does |
|---|---|
| POST play, pause, skip, seek, device, private | what a person does with the player |
| POST nothing, ad, episode, local, unknown | play something that is no song |
| POST queue | a person adds songs, an episode, a local file, an ad or a thing with fields missing to the queue |
| POST unqueue | a person empties the queue, or takes one song out |
| POST speed | songs are so many times shorter |
| POST link | a short link, to a song or to anywhere |
| POST account | Premium, the owner's Premium, allow-listed |
"""

from __future__ import annotations

from aiohttp import web

from companion.simulator import steering_models as orders
from companion.simulator.answers import Json
from companion.simulator.catalogue import LIBRARY, SONGS, Song
from companion.simulator.spotify_player import ODD_URIS, SpotifyPlayer, describe
from companion.simulator.steering import RefusedError, order
from companion.simulator.world import World
from companion.simulator.world_state import PlayKind


class SpotifySteering:
    """Every command answers with the player as it then stands."""

    def __init__(self, *, world: World, player: SpotifyPlayer) -> None:
        self._world = world
        self._player = player

    def routes(self) -> list[web.RouteDef]:
        kinds: tuple[PlayKind, ...] = ("nothing", "ad", "episode", "local", "unknown")
        return [
            order("spotify/play", orders.Play, self._play),
            order("spotify/pause", orders.Order, self._pause),
            order("spotify/skip", orders.Order, self._skip),
            order("spotify/seek", orders.Seek, self._seek),
            order("spotify/private", orders.Switch, self._private),
            order("spotify/device", orders.Device, self._device),
            order("spotify/queue", orders.Enqueue, self._enqueue),
            order("spotify/unqueue", orders.Unqueue, self._unqueue),
            order("spotify/speed", orders.Speed, self._speed),
            order("spotify/link", orders.Link, self._link),
            web.get("/spotify/link/{code}", self._follow_link),
            order("spotify/account", orders.Account, self._account),
            *(self._interruption(kind) for kind in kinds),
        ]

    def _interruption(self, kind: PlayKind) -> web.RouteDef:
        async def work(_order: orders.Order) -> Json:
            self._player.interrupt(kind)
            return self._now()

        return order(f"spotify/{kind}", orders.Order, work)

    async def _play(self, order: orders.Play) -> Json:
        if order.follow is not None:
            self._player.follow_with(order.follow)
        if isinstance(order.track, str):
            song = _song(order.track)
            if song in SONGS:
                self._player.play(SONGS.index(song), order.position_ms)
            else:
                self._player.play_song(song.uri, order.position_ms)
        else:
            self._player.play(order.track, order.position_ms)
        return self._now()

    async def _enqueue(self, order: orders.Enqueue) -> Json:
        odd = {kind: uri for uri, kind in ODD_URIS.items()}
        uris = [
            next((uri for kind, uri in odd.items() if kind == name), None) or _song(name).uri for name in order.items
        ]
        nths = [self._player.enqueue(uri, by="person") for uri in uris]
        return {**self._now(), "nths": nths}

    async def _unqueue(self, order: orders.Unqueue) -> Json:
        gone = self._player.drop_queued(_song(order.song).uri if order.song is not None else None)
        return {**self._now(), "gone": gone}

    async def _speed(self, order: orders.Speed) -> Json:
        self._player.set_speed(order.times)
        return self._now()

    async def _link(self, order: orders.Link) -> Json:
        code = order.code or self._world.url_token("", 11).replace("-", "x").replace("_", "y")
        if (order.song is None) == (order.address is None):
            raise RefusedError("a link leads to a song or to an address")
        target = order.address or f"https://open.spotify.com/track/{_song(order.song or '').id}?si=0a1b2c3d"
        self._world.state.spotify.links[code] = target
        self._world.commit()
        return {"code": code, "path": f"/spotify/link/{code}", "address": target}

    async def _follow_link(self, request: web.Request) -> web.Response:
        target = self._world.state.spotify.links.get(request.match_info["code"])
        if target is None:
            return web.Response(status=404, text="No such link.")
        return web.Response(status=302, headers={"Location": target})

    async def _pause(self, _order: orders.Order) -> Json:
        self._player.pause()
        return self._now()

    async def _skip(self, _order: orders.Order) -> Json:
        self._player.skip()
        return self._now()

    async def _seek(self, order: orders.Seek) -> Json:
        self._player.seek(order.position_ms)
        return self._now()

    async def _private(self, order: orders.Switch) -> Json:
        self._player.set_private(order.on)
        return self._now()

    async def _device(self, order: orders.Device) -> Json:
        self._player.use_device(order.id, listed=order.listed)
        return self._now()

    async def _account(self, order: orders.Account) -> Json:
        account = self._world.state.spotify.account
        changes = order.model_dump(exclude_none=True)
        self._world.state.spotify.account = account.model_copy(update=changes)
        self._world.commit()
        return self._world.state.spotify.account.model_dump()

    def _now(self) -> Json:
        return describe(self._player.now(), self._player.state)


def _song(name: str) -> Song:
    found = next((song for song in LIBRARY if name in (song.id, song.uri, song.title)), None)
    if found is None:
        raise RefusedError(f"no song {name}")
    return found
