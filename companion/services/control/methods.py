"""The explicit list of what the control socket can do. What is not here cannot be called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from companion.application.window import Application
from companion.kernel.result import Err, Ok, Result
from companion.ports.achievements import AchievementsPort
from companion.ports.chat_commands import ChatCommandsPort
from companion.ports.playback import PlaybackPort
from companion.ports.raffle import KeyboardRafflePort
from companion.ports.song_queue import SongQueuePort
from companion.ports.stream import StreamLifecyclePort, ViewerHistory
from companion.ports.tokens import Provider, TokenSource
from companion.services.control.command_methods import command_methods
from companion.services.control.desk_methods import Desk, desk_methods
from companion.services.control.method import method, under
from companion.services.control.params import (
    GetViewerHistory,
    GetViewerSeries,
    OfProvider,
    OnStreamOffline,
    OnStreamOnline,
    Quit,
    RecordViewerCount,
    SwitchFeature,
)
from companion.services.control.raffle_methods import achievement_methods, raffle_methods
from companion.services.control.rpc import Method, NoParams
from companion.services.control.sign_in_view import sign_in_view
from companion.services.control.song_methods import song_methods

_LONG = 1000
"""Points that become JSON within about ten milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EveningPorts:
    """What happens on an evening: songs, raffle, achievements, commands, and the desk that keeps it in order."""

    songs: SongQueuePort
    raffle: KeyboardRafflePort
    achievements: AchievementsPort
    commands: ChatCommandsPort
    desk: Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlPorts:
    """What the methods work on. `overlay_urls`: page name -> address; `show_window`: False where there is none."""

    lifecycle: StreamLifecyclePort
    tokens: Mapping[Provider, TokenSource]
    playback: PlaybackPort
    application: Application
    overlay_urls: Callable[[], Mapping[str, str]]
    show_window: Callable[[], bool]
    evening: EveningPorts | None
    """None for a command that runs alone: it signs in or out, and keeps no evening."""


def control_methods(ports: ControlPorts) -> dict[str, Method]:
    """Every method but those that belong to one connection (`events.*`, `changes.*`, `rpc.methods`)."""
    return {
        **_lifecycle(ports.lifecycle),
        **_reads(ports),
        **_sign_in(ports.application),
        **_features(ports.application),
        **_actions(ports),
        **(_evening(ports.evening) if ports.evening is not None else {}),
    }


def _evening(ports: EveningPorts) -> dict[str, Method]:
    return {
        **song_methods(ports.songs),
        **raffle_methods(ports.raffle),
        **achievement_methods(ports.achievements),
        **command_methods(ports.commands),
        **desk_methods(ports.desk),
    }


def describe(methods: Mapping[str, Method]) -> dict[str, object]:
    """Method name -> JSON schema of its parameters."""
    return {name: methods[name].params.model_json_schema() for name in sorted(methods)}


def _lifecycle(lifecycle: StreamLifecyclePort) -> dict[str, Method]:
    async def online(params: OnStreamOnline) -> Result[object, object]:
        return await lifecycle.on_stream_online(params.stream.value() if params.stream is not None else None)

    async def offline(params: OnStreamOffline) -> Result[object, object]:
        return await lifecycle.on_stream_offline(params.at)

    async def history(params: GetViewerHistory) -> Result[object, object]:
        return await lifecycle.get_viewer_history(params.since, params.until, limit=params.limit, offset=params.offset)

    async def series(params: GetViewerSeries) -> Result[object, object]:
        return under("buckets", await lifecycle.get_viewer_series(params.since, params.until, buckets=params.buckets))

    async def record(params: RecordViewerCount) -> Result[object, object]:
        return await lifecycle.record_viewer_count(params.count)

    async def reconcile(_: NoParams) -> Result[object, object]:
        return await lifecycle.reconcile()

    name = "stream_lifecycle."
    return {
        name + "get_stream_state": method(NoParams, lambda _: _now(lifecycle.get_stream_state())),
        name + "get_is_live": method(NoParams, lambda _: _now(lifecycle.get_is_live())),
        name + "ping": method(NoParams, lambda _: _now(lifecycle.ping())),
        name + "get_viewer_history": method(GetViewerHistory, history, large=_is_long),
        name + "get_viewer_series": method(GetViewerSeries, series),
        name + "record_viewer_count": method(RecordViewerCount, record),
        name + "on_stream_online": method(OnStreamOnline, online),
        name + "on_stream_offline": method(OnStreamOffline, offline),
        name + "reconcile": method(NoParams, reconcile),
    }


def _reads(ports: ControlPorts) -> dict[str, Method]:
    tokens, application = ports.tokens, ports.application
    return {
        "twitch_token.status": method(NoParams, lambda _: _now(tokens["twitch"].status())),
        "twitch_bot_token.status": method(NoParams, lambda _: _now(tokens["twitch_bot"].status())),
        "spotify_token.status": method(NoParams, lambda _: _now(tokens["spotify"].status())),
        "playback.get_state": method(NoParams, lambda _: _now(ports.playback.get_state())),
        "overlay.urls": method(NoParams, lambda _: _now({"overlays": ports.overlay_urls()})),
        "overlay.files": method(NoParams, lambda _: _now({"files": application.snapshot().overlays.files})),
        "connections.list": method(NoParams, lambda _: _now({"connections": application.snapshot().connections})),
        "feed.list": method(NoParams, lambda _: _now({"entries": application.snapshot().feed})),
        "notices.list": method(NoParams, lambda _: _now({"notices": application.snapshot().notices})),
    }


def _sign_in(application: Application) -> dict[str, Method]:
    def view(provider: Provider) -> Result[object, object]:
        return Ok({"provider": provider, **sign_in_view(application.snapshot().sign_in[provider])})

    async def start(params: OfProvider) -> Result[object, object]:
        await application.start_sign_in(params.provider)
        return view(params.provider)

    async def status(params: OfProvider) -> Result[object, object]:
        return view(params.provider)

    async def cancel(params: OfProvider) -> Result[object, object]:
        await application.cancel_sign_in(params.provider)
        return view(params.provider)

    async def confirm(params: OfProvider) -> Result[object, object]:
        await application.confirm_account(params.provider)
        return view(params.provider)

    async def sign_out(params: OfProvider) -> Result[object, object]:
        return await application.sign_out(params.provider)

    return {
        "sign_in.start": method(OfProvider, start),
        "sign_in.status": method(OfProvider, status),
        "sign_in.cancel": method(OfProvider, cancel),
        "sign_in.confirm_account": method(OfProvider, confirm),
        "sign_in.sign_out": method(OfProvider, sign_out),
    }


def _features(application: Application) -> dict[str, Method]:
    async def switch(params: SwitchFeature) -> Result[object, object]:
        switched = await application.switch_feature(params.name, on=params.on)
        return switched if isinstance(switched, Err) else Ok({"features": application.snapshot().features})

    return {
        "twitch_features.list": method(NoParams, lambda _: _now({"features": application.snapshot().features})),
        "twitch_features.switch": method(SwitchFeature, switch),
    }


def _actions(ports: ControlPorts) -> dict[str, Method]:
    async def renew(_: NoParams) -> Result[object, object]:
        match await ports.application.renew_overlay_tokens():
            case Ok():
                return Ok({"overlays": ports.overlay_urls()})
            case Err() as error:
                return error

    async def quit_companion(params: Quit) -> Result[object, object]:
        ports.application.request_quit(keep=params.keep_session)
        return Ok({"stopping": True})

    return {
        "overlay.renew_tokens": method(NoParams, renew),
        "window.show": method(NoParams, lambda _: _now({"shown": ports.show_window()})),
        "system.quit": method(Quit, quit_companion),
    }


async def _now(value: object) -> Result[object, object]:
    return Ok(value)


def _is_long(value: object) -> bool:
    return isinstance(value, ViewerHistory) and len(value.points) > _LONG
