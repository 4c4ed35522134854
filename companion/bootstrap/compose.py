"""The composition root: every object of a run, made once and handed what it needs."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from companion.application.companion import CompanionApplication, Parts
from companion.application.features import SPOTIFY_SCOPES, twitch_scopes
from companion.application.feed import Feed
from companion.application.sign_in import SignInFlow
from companion.application.stream_watch import StreamWatch
from companion.bootstrap.foundation import Foundation, Surroundings, lay_foundation
from companion.bootstrap.options import DEFAULT_PORT, DEMO_PORT, Run
from companion.bootstrap.paths import resources_folder
from companion.bootstrap.reactions import Reacting
from companion.bootstrap.settings import SettingsFile
from companion.objects.playback.object import Playback
from companion.objects.spotify_token.object import SpotifyToken
from companion.objects.stream_lifecycle.object import StreamLifecycle
from companion.objects.stream_lifecycle.rules import POLL
from companion.objects.token.object import TokenTools
from companion.objects.twitch_token.object import TwitchToken
from companion.ports.events import NowPlayingChanged
from companion.ports.tokens import AuthorizationServer, Login, Provider
from companion.runtime.transactions import StorageFailure
from companion.services.control.methods import ControlPorts
from companion.services.control.socket import ControlSocket
from companion.services.images import Images
from companion.services.overlay.hub import OverlayHub
from companion.services.overlay.server import LocalServer, Route
from companion.services.spotify.auth import SpotifyAuth
from companion.services.spotify.player import SpotifyService
from companion.services.system.launchers import TEMPLATE as LAUNCHER_TEMPLATE
from companion.services.system.launchers import Launchers
from companion.services.system.local_access import LocalAccess
from companion.services.twitch.auth import TwitchAuth
from companion.services.twitch.eventsub import EventSubClient
from companion.services.twitch.helix import TwitchService

DEMO_POLL = timedelta(seconds=3)
"""A demo is looked at for a minute: its viewers must move in that time."""


@dataclass(frozen=True, slots=True)
class Logins:
    """Both providers' OAuth ends and token objects."""

    twitch_auth: TwitchAuth
    spotify_auth: SpotifyAuth
    twitch: TwitchToken
    spotify: SpotifyToken
    scopes: dict[Provider, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Stream:
    """What knows of the stream and of what plays."""

    hub: OverlayHub
    lifecycle: StreamLifecycle
    playback: Playback
    eventsub: EventSubClient
    watch: StreamWatch
    feed: Feed


@dataclass(frozen=True, slots=True)
class Graph:
    """The objects that the life of the process deals with; the rest hangs on them."""

    foundation: Foundation
    logins: Logins
    stream: Stream
    access: LocalAccess
    server: LocalServer
    application: CompanionApplication
    images: Images


def compose(run: Run, around: Surroundings) -> Graph:
    """Make everything, start nothing. The database must be prepared before anything is started."""
    foundation = lay_foundation(run.paths, around)
    logins = _logins(run, around, foundation)
    stream = _stream(run, around, foundation, logins)
    access = LocalAccess(run.paths.data, clock=around.clock)
    control: list[ControlSocket] = []
    # The socket is made below: it needs the application, and that needs the server.
    route = Route(lambda connection: control[0].serve(connection))  # noqa: PLW0108 - control[0] does not exist yet
    server = _server(run, around, stream.hub, access, route)
    launchers = Launchers(folder=run.paths.waiting_pages, template=resources_folder() / "overlay" / LAUNCHER_TEMPLATE)
    application = _application(
        run, around, foundation, logins=logins, stream=stream, server=server, launchers=launchers
    )
    control.append(_control(around, logins, stream, server, application))
    foundation.trouble.show_in(application)
    foundation.reactions.connect(
        Reacting(
            application=application,
            twitch_token=logins.twitch,
            spotify_token=logins.spotify,
            lifecycle=stream.lifecycle,
            playback=stream.playback,
            eventsub=stream.eventsub,
            watch=stream.watch,
            hub=stream.hub,
            server=server,
            launchers=launchers,
            control=control[0],
            feed=stream.feed,
            bus=foundation.bus,
            alarms=foundation.alarms,
        )
    )
    images = Images(
        http=foundation.http, logger=logging.getLogger("companion.images"), also_from=run.addresses.image_origins
    )
    return Graph(foundation, logins, stream, access, server, application, images)


def _control(
    around: Surroundings, logins: Logins, stream: Stream, server: LocalServer, application: CompanionApplication
) -> ControlSocket:
    ports = ControlPorts(
        lifecycle=stream.lifecycle,
        tokens={"twitch": logins.twitch, "spotify": logins.spotify},
        playback=stream.playback,
        application=application,
        overlay_urls=server.urls,
        show_window=around.show_window,
    )
    return ControlSocket(ports=ports, logger=logging.getLogger("companion.control"))


def _logins(run: Run, around: Surroundings, foundation: Foundation) -> Logins:
    twitch_auth = TwitchAuth(
        http=foundation.http,
        id_url=run.addresses.twitch_id,
        helix_url=run.addresses.helix,
        clock=around.clock,
        logger=logging.getLogger("companion.twitch"),
    )
    spotify_auth = SpotifyAuth(
        http=foundation.http,
        accounts_url=run.addresses.spotify_accounts,
        api_url=run.addresses.spotify_api,
        clock=around.clock,
        logger=logging.getLogger("companion.spotify"),
    )
    scopes: dict[Provider, frozenset[str]] = {
        "twitch": twitch_scopes(run.settings.twitch.features),
        "spotify": SPOTIFY_SCOPES,
    }

    def tools(provider: Provider, server: AuthorizationServer) -> TokenTools:
        return TokenTools(
            server=server,
            vault=around.vault,
            supervisor=around.supervisor,
            scrubber=around.scrubber,
            logger=logging.getLogger(f"companion.{provider}"),
            needed_scopes=scopes[provider],
            on_change=foundation.reactions.login_changed,
        )

    return Logins(
        twitch_auth,
        spotify_auth,
        TwitchToken(runtime=foundation.runtime, tools=tools("twitch", twitch_auth)),
        SpotifyToken(runtime=foundation.runtime, tools=tools("spotify", spotify_auth)),
        scopes,
    )


def _stream(run: Run, around: Surroundings, foundation: Foundation, logins: Logins) -> Stream:
    hub = OverlayHub(epoch=around.ids(), clock=around.clock, logger=logging.getLogger("companion.overlay"))
    helix = TwitchService(
        http=foundation.http,
        helix_url=run.addresses.helix,
        tokens=logins.twitch,
        broadcaster_id=lambda: account.user_id if (account := logins.twitch.status().account) else None,
        clock=around.clock,
        logger=logging.getLogger("companion.twitch"),
    )
    lifecycle = StreamLifecycle(
        runtime=foundation.runtime,
        twitch=helix,
        spotify_token=logins.spotify,
        twitch_token=logins.twitch,
        obs=hub,
        logger=logging.getLogger("companion.stream"),
        on_change=foundation.reactions.stream_changed,
        resume_window=timedelta(minutes=run.settings.stream.resume_window_minutes),
        poll_every=DEMO_POLL if run.options.demo else POLL,
    )
    feed = Feed()
    watch = StreamWatch(
        lifecycle=lifecycle,
        feed=feed,
        clock=around.clock,
        logger=logging.getLogger("companion.eventsub"),
        on_connected=foundation.reactions.network_back,
        on_change=foundation.reactions.changed,
    )
    eventsub = _eventsub(run, around, helix, watch)
    return Stream(hub, lifecycle, _playback(run, around, foundation, logins), eventsub, watch, feed)


def _eventsub(run: Run, around: Surroundings, api: TwitchService, watch: StreamWatch) -> EventSubClient:
    return EventSubClient(
        url=run.addresses.eventsub,
        api=api,
        receiver=watch,
        supervisor=around.supervisor,
        timer=around.make_timer(),
        clock=around.clock,
        random=around.random,
        logger=logging.getLogger("companion.eventsub"),
    )


def _playback(run: Run, around: Surroundings, foundation: Foundation, logins: Logins) -> Playback:
    def publish(event: NowPlayingChanged) -> None:
        # The picture itself is shown all the same: only the event is lost, and the notice says why.
        with suppress(StorageFailure), foundation.transactions.begin() as tx:
            foundation.bus.add(tx, event)

    return Playback(
        spotify=SpotifyService(
            http=foundation.http,
            api_url=run.addresses.spotify_api,
            tokens=logins.spotify,
            clock=around.clock,
            logger=logging.getLogger("companion.spotify"),
        ),
        clock=around.clock,
        timer=around.make_timer(),
        supervisor=around.supervisor,
        publish=publish,
        on_change=foundation.reactions.playback_changed,
        ids=around.ids,
    )


def _server(run: Run, around: Surroundings, hub: OverlayHub, access: LocalAccess, control: Route) -> LocalServer:
    overlay = run.settings.overlay
    return LocalServer(
        hub=hub,
        access=access,
        resources=resources_folder() / "overlay",
        websocket_routes={"/control": control},
        tasks=around.supervisor,
        clock=around.clock,
        logger=logging.getLogger("companion.overlay"),
        port=run.options.port if run.options.port is not None else overlay.port,
        default_port=DEMO_PORT if run.options.rehearses else DEFAULT_PORT,
        host=overlay.bind,
        allowed_hosts=overlay.allowed_hosts,
        image_origins=run.addresses.image_origins,
    )


def _application(
    run: Run,
    around: Surroundings,
    foundation: Foundation,
    *,
    logins: Logins,
    stream: Stream,
    server: LocalServer,
    launchers: Launchers,
) -> CompanionApplication:
    tokens: dict[Provider, Login] = {"twitch": logins.twitch, "spotify": logins.spotify}
    client_ids = SettingsFile(run.paths.settings, run.settings)
    sign_in = SignInFlow(
        twitch=logins.twitch_auth,
        spotify=logins.spotify_auth,
        logins=tokens,
        client_ids=client_ids,
        scopes=logins.scopes,
        supervisor=around.supervisor,
        clock=around.clock,
        sleep=asyncio.sleep,
        on_change=foundation.reactions.changed,
    )
    parts = Parts(
        lifecycle=stream.lifecycle,
        playback=stream.playback,
        logins=tokens,
        eventsub=stream.eventsub,
        vault=around.vault,
        overlays=server,
        client_ids=client_ids,
        sign_in=sign_in,
        feed=stream.feed,
        open_address=around.open_address,
        waiting_files=launchers.paths,
    )
    return CompanionApplication(parts=parts, clock=around.clock, demo=run.options.demo, on_quit=around.request_quit)
