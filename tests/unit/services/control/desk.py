"""Ports of the control methods that answer from memory and note what was asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from companion.kernel.instant import Instant
from companion.kernel.redacted import Redacted
from companion.kernel.result import Err, Ok, Result
from companion.ports.failures import NotConfigured
from companion.ports.playback import PlaybackState
from companion.ports.stream import (
    BadRange,
    InvalidCount,
    LifecycleError,
    NotLive,
    ReconcileReport,
    StreamStarted,
    StreamState,
    ViewerBucket,
    ViewerHistory,
    ViewerPoint,
)
from companion.ports.tokens import AccessToken, Provider, TokenStatus
from companion.services.control.desk_methods import Desk as DeskPorts
from companion.services.control.methods import ControlPorts, EveningPorts
from tests.fakes.application import FakeApplication, live_stream, make_picture, make_status, playing
from tests.fakes.objects import FakeObjects
from tests.fakes.raids import FakeRaids
from tests.fakes.show import make_objects

AT = datetime(2026, 1, 1, tzinfo=UTC)
SECRET = "a-secret-that-must-never-leave"


@dataclass
class FakeLifecycle:
    asked: list[object] = field(default_factory=list)
    live: bool = True

    async def on_stream_online(self, stream: StreamStarted | None = None) -> Result[None, LifecycleError]:
        self.asked.append(stream)
        return Ok(None)

    async def on_stream_offline(self, at: Instant | None = None) -> Result[None, LifecycleError]:
        self.asked.append(at)
        return Ok(None)

    async def reconcile(self) -> Result[ReconcileReport, LifecycleError]:
        return Ok(ReconcileReport("noop", live_stream(), live_stream(), "live"))

    async def end_session(self) -> Result[None, LifecycleError]:
        return Ok(None)

    def get_stream_state(self) -> StreamState:
        return live_stream()

    def sparkline(self) -> tuple[ViewerPoint, ...]:
        return ()

    def get_is_live(self) -> bool:
        return self.live

    async def get_viewer_history(
        self, since: Instant | None = None, until: Instant | None = None, *, limit: int | None = None, offset: int = 0
    ) -> Result[ViewerHistory, BadRange]:
        self.asked.append((since, until, limit, offset))
        if since is not None and until is not None and since > until:
            return Err(BadRange("since lies after until"))
        return Ok(ViewerHistory((ViewerPoint("session", AT, 12),), 1))

    async def get_viewer_series(
        self, since: Instant, until: Instant, *, buckets: int
    ) -> Result[Sequence[ViewerBucket], BadRange]:
        self.asked.append((since, until, buckets))
        return Err(BadRange("since lies after until")) if since > until else Ok((ViewerBucket(since, 1, 3, 2.0, 2),))

    async def record_viewer_count(self, count: int) -> Result[None, InvalidCount | NotLive]:
        if count < 0:
            return Err(InvalidCount(count))
        return Ok(None) if self.live else Err(NotLive())

    def ping(self) -> str:
        return "pong"


class FakeTokens:
    def __init__(self, provider: Provider) -> None:
        self.provider = provider

    async def get_valid_token(self, *, rejected: AccessToken | None = None) -> Result[AccessToken, NotConfigured]:
        return Ok(AccessToken(Redacted(SECRET), "client"))

    def status(self) -> TokenStatus:
        return make_status(self.provider)


class FakePlayback:
    def get_state(self) -> PlaybackState:
        return playing(make_picture())

    async def refresh(self) -> PlaybackState:
        return self.get_state()

    def set_watched(self, watcher: str, watching: bool) -> None:
        raise AssertionError("not for the control socket")

    def want_queue(self, name: str, wanted: bool) -> None:
        raise AssertionError("not for the control socket")


@dataclass
class Desk:
    lifecycle: FakeLifecycle = field(default_factory=FakeLifecycle)
    application: FakeApplication = field(default_factory=FakeApplication)
    window: bool = True
    objects: FakeObjects = field(default_factory=make_objects)
    raids: FakeRaids = field(default_factory=FakeRaids)

    def ports(self) -> ControlPorts:
        return ControlPorts(
            lifecycle=self.lifecycle,
            tokens={"twitch": FakeTokens("twitch"), "spotify": FakeTokens("spotify")},
            playback=FakePlayback(),
            application=self.application,
            overlay_urls=lambda: {"live": "http://127.0.0.1:17800/overlay/live?token=t"},
            show_window=lambda: self.window,
            evening=EveningPorts(
                songs=self.objects.queue,
                raffle=self.objects.raffle,
                achievements=self.objects.achievements,
                commands=self.objects.commands,
                desk=DeskPorts(
                    sagas=self.objects.sagas,
                    bus=self.objects.bus,
                    inbox=self.objects.inbox,
                    hold=self.objects.hold,
                    rewards=self.objects.rewards,
                    raids=self.raids,
                ),
            ),
        )
