"""`/sim/spotify/...`: moving the player and the account."""

from __future__ import annotations

from aiohttp import web

from companion.simulator import steering_models as orders
from companion.simulator.answers import Json
from companion.simulator.catalogue import SONGS
from companion.simulator.spotify_player import SpotifyPlayer
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
            order("spotify/account", orders.Account, self._account),
            *(self._interruption(kind) for kind in kinds),
        ]

    def _interruption(self, kind: PlayKind) -> web.RouteDef:
        async def work(_order: orders.Order) -> Json:
            self._player.interrupt(kind)
            return self._now()

        return order(f"spotify/{kind}", orders.Order, work)

    async def _play(self, order: orders.Play) -> Json:
        index = order.track
        if isinstance(index, str):
            index = next((n for n, song in enumerate(SONGS) if index in (song.id, song.title)), None)
            if index is None:
                raise RefusedError(f"no song {order.track}")
        self._player.play(index, order.position_ms)
        return self._now()

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
        self._player.use_device(order.id)
        return self._now()

    async def _account(self, order: orders.Account) -> Json:
        account = self._world.state.spotify.account
        changes = order.model_dump(exclude_none=True)
        self._world.state.spotify.account = account.model_copy(update=changes)
        self._world.commit()
        return self._world.state.spotify.account.model_dump()

    def _now(self) -> Json:
        playing = self._player.now()
        return {
            "kind": playing.kind,
            "id": playing.song.id if playing.song is not None else None,
            "title": playing.song.title if playing.song is not None else None,
            "progress_ms": playing.progress_ms,
            "duration_ms": playing.duration_ms,
            "is_playing": playing.is_playing,
            "device": self._player.state.device,
        }
