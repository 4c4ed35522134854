"""Who hears of what: when one part changes, the parts that hang on it are told.

The parts are blind to each other; this is the one place where a login going away switches EventSub off,
or a page that shows the song makes Spotify be polled.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import get_args, get_type_hints

from companion.application.companion import CompanionApplication
from companion.application.feed import Feed
from companion.application.local_stream import LocalStream
from companion.application.messages import Message
from companion.application.snapshots import OverlayServerState
from companion.application.twitch_watch import TwitchWatch
from companion.bootstrap.evening_reactions import EveningReactions
from companion.kernel.result import Ok, Result
from companion.kernel.tasks import TaskSupervisor
from companion.objects.playback.object import Playback
from companion.objects.spotify_token.object import SpotifyToken
from companion.objects.stream_lifecycle.object import StreamLifecycle
from companion.objects.twitch_bot_token.object import TwitchBotToken
from companion.objects.twitch_token.object import TwitchToken
from companion.ports.events import DomainEvent
from companion.ports.tokens import TokenStatus
from companion.ports.twitch import EventSubStatus
from companion.runtime.alarms import Alarms
from companion.runtime.event_bus import EventBus
from companion.services.control.socket import ControlSocket
from companion.services.overlay.hub import OverlayHub, Pages
from companion.services.overlay.server import LocalServer
from companion.services.overlay.wire_topics import live_data, now_playing_data
from companion.services.system.launchers import Launchers
from companion.services.twitch.eventsub import EventSubClient
from companion.services.twitch.subscriptions import subscriptions_for

TOLD = frozenset(get_args(get_type_hints(event)["kind"])[0] for event in get_args(DomainEvent)) - {"chat_message"}
"""What pages and scripts hear of: every line of chat would be a flood."""
_SIGN_IN_FIRST = "Connects once you are signed in to Twitch."
_KEYRING_FIRST = "Connects once the keyring gives out the Twitch login."


@dataclass(frozen=True, slots=True)
class Reacting:
    """The parts that react to each other."""

    application: CompanionApplication
    twitch_token: TwitchToken
    spotify_token: SpotifyToken
    bot_token: TwitchBotToken
    lifecycle: StreamLifecycle
    local_stream: LocalStream
    playback: Playback
    eventsub: EventSubClient
    watch: TwitchWatch
    hub: OverlayHub
    server: LocalServer
    launchers: Launchers
    control: ControlSocket
    feed: Feed
    bus: EventBus
    alarms: Alarms
    evening: EveningReactions


def _usable(login: TokenStatus) -> bool:
    """Without a login EventSub would be thrown out again every ten seconds (close code 4003)."""
    return login.phase == "authorized" and not login.withheld


class Reactions:
    """Handed out before the parts exist; until `connect` and `begin` nothing reacts."""

    def __init__(self, *, supervisor: TaskSupervisor) -> None:
        self._supervisor = supervisor
        self._parts: Reacting | None = None
        self._begun = False
        self._account: str | None = None
        self._scopes: frozenset[str] = frozenset()
        self._spotify_usable = False
        self._looking = False

    def connect(self, parts: Reacting) -> None:
        """The parts exist now. Called once."""
        self._parts = parts
        parts.bus.receive("overlays", self._receiver(parts.hub.publish_domain_event), kinds=TOLD)
        parts.bus.receive("control", self._receiver(parts.control.publish_event), kinds=TOLD)
        parts.bus.listen(parts.feed.add_event)
        parts.bus.listen(lambda _: self.changed())
        parts.alarms.on_jump(self._woke)
        parts.hub.subscribe(self._pages_changed)
        parts.server.subscribe(self._server_changed)
        parts.eventsub.listen(self._eventsub_changed)

    def begin(self) -> None:
        """The objects have their stored state: from now on changes are passed on."""
        self._begun = True
        if self._parts is not None:
            self._parts.evening.begin()
        self.login_changed()
        self.stream_changed()
        self.playback_changed()

    def end(self) -> None:
        """The stop has begun: nothing is passed on any more."""
        self._begun = False
        if self._parts is not None:
            self._parts.evening.end()

    def changed(self) -> None:
        """Something that is shown has changed."""
        if self._parts is not None and self._begun:
            self._parts.application.changed()

    def notice(self, message: Message) -> None:
        """Show a message that no lamp carries."""
        if self._parts is not None:
            self._parts.application.notice(message)

    def login_changed(self) -> None:
        """EventSub lives while Twitch is signed in, Spotify is polled while Spotify is."""
        if self._parts is None or not self._begun:
            return
        parts = self._parts
        twitch, spotify = parts.twitch_token.status(), parts.spotify_token.status()
        account = twitch.account.user_id if twitch.account and _usable(twitch) else None
        changed = account != self._account
        if changed:
            # The subscriptions name the account: another one needs another connection.
            parts.eventsub.set_enabled(False, _KEYRING_FIRST if twitch.withheld else _SIGN_IN_FIRST)
            self._account = account
        if account is not None:
            parts.eventsub.set_subscriptions(subscriptions_for(twitch.scopes))
            parts.eventsub.set_enabled(True)
        parts.playback.set_authorized(_usable(spotify))
        self._tell_evening(changed, twitch.scopes, _usable(spotify))
        self.changed()

    def _tell_evening(self, account_changed: bool, scopes: frozenset[str], spotify_usable: bool) -> None:
        if self._parts is None:
            return
        if account_changed or scopes != self._scopes:
            self._scopes = scopes
            self._parts.evening.twitch_ready()
        if spotify_usable != self._spotify_usable:
            self._spotify_usable = spotify_usable
            self._parts.evening.spotify_ready()

    def stream_changed(self) -> None:
        """Live or not, watched by how many: pages first, they are on air."""
        if self._parts is None or not self._begun:
            return
        parts = self._parts
        parts.hub.publish_state("live", live_data(parts.local_stream.get_stream_state(), parts.lifecycle.sparkline()))
        parts.playback.set_live(parts.lifecycle.get_is_live())
        parts.evening.stream_changed()
        self.changed()

    def playback_changed(self) -> None:
        """Another song, another second of it, or no news from Spotify."""
        if self._parts is None or not self._begun:
            return
        self._parts.hub.publish_state("now_playing", now_playing_data(self._parts.playback.get_state()))
        self._parts.evening.songs_changed()
        self.changed()

    def storage_back(self) -> None:
        """The database can be written again: take in what could not be stored."""
        if self._parts is not None and self._begun:
            self._supervisor.spawn(self._parts.watch.catch_up(), name="catch up after storage trouble")

    def network_back(self) -> None:
        """EventSub is connected (again): a login that waits for its next attempt need not wait."""
        if self._parts is None or not self._begun:
            return
        for login in (self._parts.twitch_token, self._parts.spotify_token, self._parts.bot_token):
            if login.status().consecutive_failures:
                self._supervisor.spawn(login.retry(), name=f"{login.name} after the network came back")
        self._parts.playback.wake()

    def reconnect(self) -> None:
        """The machine woke up, or its network came back: look again at everything that ages."""
        if self._parts is None or not self._begun:
            return
        self._parts.eventsub.reconnect_now()
        self.network_back()

    def _woke(self, surprise: float) -> None:
        if surprise > 0:
            self.reconnect()
        else:
            # The clock was ahead, and so is every moment that was agreed upon by it.
            self.network_back()

    def _pages_changed(self, pages: Pages) -> None:
        if self._parts is not None and self._begun:
            self._parts.playback.set_watched("pages", bool(pages.connected.get("now-playing")))
            self.changed()

    def _server_changed(self, state: OverlayServerState) -> None:
        if self._parts is not None:
            self._parts.launchers.update(state.urls)
        self.changed()

    def _eventsub_changed(self, status: EventSubStatus) -> None:
        """While live events are cut off, each failed attempt is a reason to ask Helix instead."""
        if self._parts is not None and self._begun and status.phase == "waiting" and not self._looking:
            looked = self._supervisor.spawn(self._look_instead(), name="look at Helix while EventSub is cut off")
            self._looking = looked is not None
        self.changed()

    async def _look_instead(self) -> None:
        try:
            if self._parts is not None:
                await self._parts.lifecycle.reconcile()
        finally:
            self._looking = False

    def _receiver(
        self, deliver: Callable[[DomainEvent], None]
    ) -> Callable[[DomainEvent], Awaitable[Result[None, str]]]:
        async def receive(event: DomainEvent) -> Result[None, str]:
            deliver(event)
            return Ok(None)

        return receive
