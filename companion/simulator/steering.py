"""`/sim/...`: how tests and the demo move the world. JSON in, JSON out; no web page may call it.

| call | does |
|---|---|
| GET ready, state, counters, faults | look; DELETE faults disarms everything |
| POST reset | forget everything but the number of starts, the ledger included |
| POST faults | arm a fault, or do it at once to the open sockets (`faults.Fault`) |
| POST settings | lifetimes of tokens, who is signed in, redirect URIs |
| POST login/twitch, login/spotify, approve, deny | ready logins, and the buttons of the activate page |
| POST stream/online, stream/offline, viewers | the stream |
| POST eventsub/notify, eventsub/resend, eventsub/reap | any event; the newest again; notice dead sockets |
| POST twitch/disconnect, twitch/expire, spotify/disconnect, spotify/expire | tokens die |

More calls: rewards, redemptions and the ledger in `steering_points`; chat, raids and alerts in `steering_channel`;
the player, its queue, its speed and short links in `steering_spotify`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Container
from typing import TypeAlias, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from companion.simulator import steering_models as orders
from companion.simulator.answers import Json, answer
from companion.simulator.counters import Counters
from companion.simulator.crowd import Crowd, Viewer
from companion.simulator.eventsub_hub import EventSubHub
from companion.simulator.faults import Fault, FaultBox
from companion.simulator.people import SPOTIFY_PEOPLE, TWITCH_PEOPLE, TwitchPerson
from companion.simulator.socket_faults import SocketFaults
from companion.simulator.spotify_grants import SpotifyGrants
from companion.simulator.stream_stage import StreamStage
from companion.simulator.twitch_grants import TwitchGrants
from companion.simulator.world import World

M = TypeVar("M", bound=BaseModel)
Handler: TypeAlias = Callable[[web.Request], Awaitable[web.Response]]


class RefusedError(Exception):
    """A steering call that cannot be done; its text is the answer's `error`."""


def order(path: str, model: type[M], work: Callable[[M], Awaitable[Json]]) -> web.RouteDef:
    """`POST /sim/<path>` with a body of `model`. 400 with a reason for a wrong body or a `RefusedError`."""

    async def handler(request: web.Request) -> web.Response:
        try:
            return answer(await work(model.model_validate_json(await request.read() or b"{}")))
        except ValidationError as error:
            return answer({"error": str(error)}, 400)
        except RefusedError as error:
            return answer({"error": str(error)}, 400)

    return web.post(f"/sim/{path}", handler)


def seen(crowd: Crowd, viewer: Viewer) -> TwitchPerson:
    """The account of a viewer in an order."""
    try:
        return crowd.see(viewer)
    except ValueError as error:
        raise RefusedError(str(error)) from error


class Steering:
    """The steering calls for the world as a whole and for Twitch."""

    def __init__(
        self,
        *,
        world: World,
        stage: StreamStage,
        hub: EventSubHub,
        twitch: TwitchGrants,
        spotify: SpotifyGrants,
        faults: FaultBox,
        socket_faults: SocketFaults,
        counters: Counters,
    ) -> None:
        self._world = world
        self._stage = stage
        self._hub = hub
        self._twitch = twitch
        self._spotify = spotify
        self._faults = faults
        self._socket_faults = socket_faults
        self._counters = counters

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/sim/ready", self._ready),
            web.get("/sim/state", self._state),
            web.get("/sim/counters", self._count),
            web.get("/sim/faults", self._list_faults),
            web.delete("/sim/faults", self._clear_faults),
            order("reset", orders.Order, self._reset),
            order("faults", Fault, self.fault),
            order("settings", orders.Settings, self._settings),
            order("login/twitch", orders.Login, self._login_twitch),
            order("login/spotify", orders.Login, self._login_spotify),
            order("approve", orders.Decision, self._approve),
            order("deny", orders.Decision, self._deny),
            order("stream/online", orders.Online, self._online),
            order("stream/offline", orders.Offline, self._offline),
            order("viewers", orders.Viewers, self._viewers),
            order("eventsub/notify", orders.Notify, self._notify),
            order("eventsub/resend", orders.Order, self._resend),
            order("eventsub/reap", orders.Order, self._reap),
            order("twitch/disconnect", orders.Order, self._twitch_disconnect),
            order("twitch/expire", orders.Order, self._twitch_expire),
            order("spotify/disconnect", orders.Order, self._spotify_disconnect),
            order("spotify/expire", orders.Order, self._spotify_expire),
        ]

    async def fault(self, fault: Fault) -> Json:
        """Arm a fault, or carry it out when it acts at once."""
        if fault.acts_at_once:
            return {"hit": await self._socket_faults.act(fault)}
        self._faults.arm(fault)
        return {"armed": fault.name}

    async def _ready(self, _request: web.Request) -> web.Response:
        return answer({"ready": True})

    async def _state(self, _request: web.Request) -> web.Response:
        """What a test may look at; tokens are left out."""
        twitch, spotify = self._world.state.twitch, self._world.state.spotify
        hidden = {"device_codes", "access", "refresh", "codes"}
        return answer(
            {
                "starts": self._world.state.starts,
                "twitch": twitch.model_dump(mode="json", exclude=hidden),
                "spotify": spotify.model_dump(mode="json", exclude=hidden),
                "sessions": [{"id": s.id, "owner": s.owner} for s in self._hub.sessions.values()],
                "subscriptions": [s.in_helix() for s in self._hub.subscriptions.values()],
            }
        )

    async def _count(self, _request: web.Request) -> web.Response:
        return answer(self._counters.all())

    async def _list_faults(self, _request: web.Request) -> web.Response:
        return answer([fault.model_dump() for fault in self._faults.armed()])

    async def _clear_faults(self, _request: web.Request) -> web.Response:
        self._faults.clear()
        return answer({"armed": None})

    async def _reset(self, _order: orders.Order) -> Json:
        self._world.reset()
        self._hub.clear()
        self._faults.clear()
        self._counters.clear()
        return {"reset": True}

    async def _settings(self, order: orders.Settings) -> Json:
        twitch, spotify = self._world.state.twitch, self._world.state.spotify
        _known(order.twitch_signed_in, TWITCH_PEOPLE)
        _known(order.spotify_signed_in, SPOTIFY_PEOPLE)
        twitch.token_seconds = order.twitch_token_seconds or twitch.token_seconds
        twitch.signed_in = order.twitch_signed_in or twitch.signed_in
        spotify.token_seconds = order.spotify_token_seconds or spotify.token_seconds
        spotify.signed_in = order.spotify_signed_in or spotify.signed_in
        if order.spotify_rotates is not None:
            spotify.rotates = order.spotify_rotates
        if order.spotify_redirect_uris is not None:
            spotify.redirect_uris = order.spotify_redirect_uris
        self._world.commit()
        return {"set": sorted(order.model_fields_set)}

    async def _login_twitch(self, order: orders.Login) -> Json:
        user = _known(order.user_id, TWITCH_PEOPLE) or self._world.state.twitch.signed_in
        grant = self._twitch.issue(
            order.client_id, user, order.scopes, expires_in=order.expires_in, lifetime=order.lifetime
        )
        return grant.twitch_json()

    async def _login_spotify(self, order: orders.Login) -> Json:
        user = _known(order.user_id, SPOTIFY_PEOPLE) or self._world.state.spotify.signed_in
        grant = self._spotify.issue(
            order.client_id,
            user,
            order.scopes,
            expires_in=order.expires_in,
            lifetime=order.lifetime,
            authorized_at=order.authorized_at,
        )
        return grant.spotify_json()

    async def _approve(self, order: orders.Decision) -> Json:
        return self._decide(order, approve=True)

    async def _deny(self, order: orders.Decision) -> Json:
        return self._decide(order, approve=False)

    def _decide(self, order: orders.Decision, *, approve: bool) -> Json:
        code = order.device_code or order.user_code or ""
        user = _known(order.user_id, TWITCH_PEOPLE)
        if not self._twitch.decide(code, approve=approve, user_id=user):
            raise RefusedError("no device code with that name is waiting")
        return {"decided": "approved" if approve else "denied"}

    async def _online(self, order: orders.Online) -> Json:
        stream = await self._stage.go_online(
            stream_id=order.stream_id,
            started_at=order.started_at,
            title=order.title,
            viewers=order.viewers,
            helix_lag=order.helix_lag,
            silent=order.silent,
        )
        return stream.model_dump(mode="json")

    async def _offline(self, order: orders.Offline) -> Json:
        return {"ended": await self._stage.go_offline(helix_lag=order.helix_lag, silent=order.silent)}

    async def _viewers(self, order: orders.Viewers) -> Json:
        if not self._stage.set_viewers(order.count):
            raise RefusedError("nothing is live")
        return {"count": order.count}

    async def _notify(self, order: orders.Notify) -> Json:
        return {"told": await self._hub.notify(order.type, order.event)}

    async def _resend(self, _order: orders.Order) -> Json:
        return {"told": await self._hub.resend()}

    async def _reap(self, _order: orders.Order) -> Json:
        return {"ended": self._hub.reap()}

    async def _twitch_disconnect(self, _order: orders.Order) -> Json:
        self._twitch.disconnect()
        return {"revoked": await self._hub.revoke("authorization_revoked")}

    async def _twitch_expire(self, _order: orders.Order) -> Json:
        self._twitch.expire()
        return {"expired": True}

    async def _spotify_disconnect(self, _order: orders.Order) -> Json:
        self._spotify.disconnect()
        return {"revoked": True}

    async def _spotify_expire(self, _order: orders.Order) -> Json:
        self._spotify.expire()
        return {"expired": True}


def _known(name: str | None, people: Container[str]) -> str | None:
    if name is not None and name not in people:
        raise RefusedError(f"no account {name}")
    return name
