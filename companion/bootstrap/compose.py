"""The composition root: every object of a run, made once and handed what it needs."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import timedelta

from companion.application.feed import Feed
from companion.application.local_stream import LocalStream
from companion.application.twitch_watch import TwitchWatch
from companion.bootstrap.application import Made, make_application
from companion.bootstrap.evening import Evening, make_evening
from companion.bootstrap.evening_parts import Around, Changes
from companion.bootstrap.evening_reactions import EveningReacting
from companion.bootstrap.foundation import Foundation, Surroundings, lay_foundation
from companion.bootstrap.graph import Ears, Graph, Stream
from companion.bootstrap.logins import Logins, make_logins
from companion.bootstrap.options import DEFAULT_PORT, DEMO_PORT, Run
from companion.bootstrap.outside import Outside, reach_out
from companion.bootstrap.paths import resources_folder
from companion.bootstrap.reactions import Reacting
from companion.objects.playback.object import Playback
from companion.objects.stream_lifecycle.object import StreamLifecycle
from companion.objects.stream_lifecycle.rules import POLL
from companion.ports.events import NowPlayingChanged
from companion.runtime.transactions import StorageFailure
from companion.services.control.desk_methods import Desk
from companion.services.control.methods import ControlPorts, EveningPorts
from companion.services.control.socket import ControlSocket
from companion.services.images import Images
from companion.services.overlay.hub import OverlayHub
from companion.services.overlay.server import LocalServer, Route
from companion.services.system.launchers import TEMPLATE as LAUNCHER_TEMPLATE
from companion.services.system.launchers import Launchers
from companion.services.system.local_access import LocalAccess
from companion.services.twitch.eventsub import EventSubClient

DEMO_POLL = timedelta(seconds=3)
"""A demo is looked at for a minute: its viewers must move in that time."""


def compose(run: Run, around: Surroundings) -> Graph:
    """Make everything, start nothing. The database must be prepared before anything is started."""
    foundation = lay_foundation(run.paths, around)
    logins = make_logins(run, around, foundation)
    outside = reach_out(run, around, foundation, logins)
    stream = _stream(run, around, foundation, logins, outside)
    evening = _evening(around, foundation, logins, outside, stream)
    ears = _ears(run, around, foundation, outside=outside, stream=stream, evening=evening)
    access = LocalAccess(run.paths.data, clock=around.clock)
    control: list[ControlSocket] = []
    # The socket is made below: it needs the application, and that needs the server.
    route = Route(lambda connection: control[0].serve(connection))  # noqa: PLW0108 - control[0] does not exist yet
    server = _server(run, around, stream.hub, access, route)
    launchers = Launchers(folder=run.paths.waiting_pages, template=resources_folder() / "overlay" / LAUNCHER_TEMPLATE)
    images = Images(
        http=foundation.http, logger=logging.getLogger("companion.images"), also_from=run.addresses.image_origins
    )
    parts = Made(foundation, logins, stream, evening, ears, server, launchers)
    application = make_application(run, around, parts)
    graph = Graph(foundation, logins, stream, evening, ears, access, server, application, images)
    control.append(ControlSocket(ports=control_ports(graph, around), logger=logging.getLogger("companion.control")))
    foundation.trouble.show_in(application)
    _connect(graph, around, launchers, control[0])
    return graph


def _connect(graph: Graph, around: Surroundings, launchers: Launchers, control: ControlSocket) -> None:
    foundation, stream, logins = graph.foundation, graph.stream, graph.logins
    foundation.reactions.connect(
        Reacting(
            application=graph.application,
            twitch_token=logins.twitch,
            spotify_token=logins.spotify,
            bot_token=logins.bot,
            lifecycle=stream.lifecycle,
            local_stream=stream.local,
            playback=stream.playback,
            eventsub=graph.ears.eventsub,
            watch=graph.ears.watch,
            hub=stream.hub,
            server=graph.server,
            launchers=launchers,
            control=control,
            feed=stream.feed,
            bus=foundation.bus,
            alarms=foundation.alarms,
            evening=foundation.evening,
        )
    )
    foundation.evening.connect(
        EveningReacting(
            evening=graph.evening,
            lifecycle=stream.lifecycle,
            playback=stream.playback,
            hub=stream.hub,
            bus=foundation.bus,
            clock=around.clock,
            spotify_usable=lambda: logins.spotify.status().phase == "authorized",
        )
    )


def control_ports(graph: Graph, around: Surroundings) -> ControlPorts:
    """What scripts may reach of a running Companion."""
    objects = graph.evening.objects
    return ControlPorts(
        lifecycle=graph.stream.lifecycle,
        tokens=graph.logins.by_provider(),
        playback=graph.stream.playback,
        application=graph.application,
        overlay_urls=graph.server.urls,
        show_window=around.show_window,
        evening=EveningPorts(
            songs=objects.songs,
            raffle=objects.raffle,
            achievements=objects.achievements,
            commands=objects.commands,
            desk=Desk(
                sagas=objects.sagas,
                bus=graph.foundation.bus,
                inbox=graph.evening.inbox,
                hold=objects.hold,
                rewards=objects.rewards,
                raids=objects.raids,
            ),
        ),
    )


def _stream(run: Run, around: Surroundings, foundation: Foundation, logins: Logins, outside: Outside) -> Stream:
    hub = OverlayHub(epoch=around.ids(), clock=around.clock, logger=logging.getLogger("companion.overlay"))
    lifecycle = StreamLifecycle(
        runtime=foundation.runtime,
        twitch=outside.helix,
        spotify_token=logins.spotify,
        twitch_token=logins.twitch,
        bot_token=logins.bot,
        obs=hub,
        logger=logging.getLogger("companion.stream"),
        on_change=foundation.reactions.stream_changed,
        resume_window=timedelta(minutes=run.settings.stream.resume_window_minutes),
        poll_every=DEMO_POLL if run.options.demo else POLL,
    )
    local = LocalStream(lifecycle, outside.helix.client.twitch_time.local)
    return Stream(hub, lifecycle, local, _playback(around, foundation, outside), Feed())


def _evening(around: Surroundings, foundation: Foundation, logins: Logins, outside: Outside, stream: Stream) -> Evening:
    reactions = foundation.evening
    return make_evening(
        Around(
            foundation=foundation,
            surroundings=around,
            logins=logins,
            outside=outside,
            lifecycle=stream.lifecycle,
            local_stream=stream.local,
            playback=stream.playback,
            changes=Changes(
                songs=reactions.songs_changed,
                rewards=reactions.rewards_changed,
                raffle=reactions.raffle_changed,
                achievements=reactions.achievements_changed,
                picture=foundation.reactions.changed,
                notice=foundation.reactions.notice,
            ),
            note=lambda text: stream.feed.add_note(around.clock.now(), "settled_at_twitch", text),
        )
    )


def _ears(
    run: Run, around: Surroundings, foundation: Foundation, *, outside: Outside, stream: Stream, evening: Evening
) -> Ears:
    watch = TwitchWatch(
        inbox=evening.inbox,
        lifecycle=stream.lifecycle,
        find_missed=evening.catch_up.run,
        feed=stream.feed,
        clock=around.clock,
        on_connected=foundation.reactions.network_back,
        on_change=foundation.reactions.changed,
    )
    eventsub = EventSubClient(
        url=run.addresses.eventsub,
        api=outside.helix,
        receiver=watch,
        supervisor=around.supervisor,
        timer=around.make_timer(),
        clock=around.clock,
        random=around.random,
        logger=logging.getLogger("companion.eventsub"),
    )
    return Ears(watch, eventsub)


def _playback(around: Surroundings, foundation: Foundation, outside: Outside) -> Playback:
    def publish(event: NowPlayingChanged) -> None:
        # The picture itself is shown all the same: only the event is lost, and the notice says why.
        with suppress(StorageFailure), foundation.transactions.begin() as tx:
            foundation.bus.add(tx, event)

    return Playback(
        spotify=outside.spotify,
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
