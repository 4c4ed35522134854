"""The running application, as people and scripts meet it: one picture out, a handful of actions in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from companion.application.actions import Objects, make_actions
from companion.application.client_ids import check_client_id
from companion.application.connections import Lamps, connections
from companion.application.explain import explain_service, explain_token, explain_vault
from companion.application.features import TWITCH_FEATURES, feature_views
from companion.application.feed import Feed
from companion.application.messages import Message
from companion.application.overlay_server import OverlayServer
from companion.application.sign_in import SignInFlow
from companion.application.snapshots import AppSnapshot, MendAction, TrayState
from companion.kernel.instant import Clock, Instant
from companion.kernel.result import Err, Ok, Result
from companion.ports.chat_commands import StoredValue
from companion.ports.failures import StorageFailed
from companion.ports.playback import PlaybackPort
from companion.ports.settings import ClientIds, TwitchFeatures
from companion.ports.stream import StreamLifecyclePort, StreamReader
from companion.ports.tokens import Login, Provider, TokenStatus
from companion.ports.twitch import EventSubConnection
from companion.ports.vault import Vault

REST = 0.05
"""Seconds between two pictures at least: a burst of changes is drawn once."""
_OF: Final[dict[MendAction, Provider]] = {
    "sign_in_twitch": "twitch",
    "sign_in_spotify": "spotify",
    "sign_in_twitch_bot": "twitch_bot",
    "retry_twitch": "twitch",
    "retry_twitch_bot": "twitch_bot",
}
"""Whose login a button is about."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the application is made of."""

    lifecycle: StreamLifecyclePort
    local_stream: StreamReader
    playback: PlaybackPort
    logins: Mapping[Provider, Login]
    eventsub: EventSubConnection
    vault: Vault
    overlays: OverlayServer
    client_ids: ClientIds
    features: TwitchFeatures
    sign_in: SignInFlow
    feed: Feed
    open_address: Callable[[str], Awaitable[Result[None, str]]]
    waiting_files: Callable[[], Mapping[str, str]]
    """Page name -> path of its waiting file, see `OverlayServerState.files`."""
    objects: Objects


class CompanionApplication:
    """Implements `application.window.Application`."""

    def __init__(self, *, parts: Parts, clock: Clock, demo: bool, on_quit: Callable[[bool], None]) -> None:
        self._parts = parts
        self._clock = clock
        self._demo = demo
        self._on_quit = on_quit
        self._starting = True
        self._notices: dict[str, Message] = {}
        self._listeners: list[Callable[[AppSnapshot], None]] = []
        self._revision = 0
        self._scheduled: asyncio.TimerHandle | asyncio.Handle | None = None
        self._last_told = -REST
        self._later: asyncio.TimerHandle | None = None
        self._due_in: float | None = None
        self._closed = False
        self.actions = make_actions(parts.objects, clock=clock, changed=self.changed, again=self._draw_again)

    # Out

    def snapshot(self) -> AppSnapshot:
        """The newest picture, built on the spot."""
        parts, objects, now = self._parts, self._parts.objects, self._clock.now()
        tokens = {provider: login.status() for provider, login in parts.logins.items()}
        lamps = self._lamps(now, tokens)
        strip = connections(lamps)
        stream = parts.local_stream.get_stream_state()
        queue = objects.queue.get_queue()
        # While it starts there may be no tables yet.
        needs_you = () if self._starting else self.actions.needs_you.items(queue)
        tray: TrayState = "live" if stream.is_live else "off"
        notices = tuple(self._notices.values())
        if needs_you or any(lamp.level == "bad" for lamp in strip) or any(n.severity == "bad" for n in notices):
            tray = "needs_you"
        return AppSnapshot(
            revision=self._revision,
            taken_at=now,
            demo=self._demo,
            starting=self._starting,
            stream=stream,
            sparkline=tuple(parts.lifecycle.sparkline()),
            playback=lamps.playback,
            tokens=tokens,
            client_ids={provider: parts.client_ids.get(provider) for provider in parts.logins},
            features=feature_views(parts.features.on(), tokens["twitch"]),
            sign_in=parts.sign_in.states(),
            connections=strip,
            overlays=lamps.overlays,
            feed=parts.feed.entries(),
            notices=notices,
            tray="starting" if self._starting else tray,
            queue=queue,
            raffle=objects.raffle.view(),
            achievements=tuple(objects.achievements.definitions()),
            commands=tuple(objects.commands.list_commands()),
            values=self._values(),
            rewards=objects.rewards.view(),
            needs_you=needs_you,
            hold=objects.hold.state(),
        )

    def subscribe(self, listener: Callable[[AppSnapshot], None]) -> Callable[[], None]:
        """See `application.window.Application`."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def changed(self) -> None:
        """Something that the picture shows has changed: it is drawn at once, or when the rest is over."""
        if self._closed or self._scheduled is not None:
            return
        loop = asyncio.get_running_loop()
        wait = self._last_told + REST - self._clock.monotonic()
        self._scheduled = loop.call_later(wait, self._tell) if wait > 0 else loop.call_soon(self._tell)

    def set_started(self) -> None:
        """The start is over."""
        self._starting = False
        self.changed()

    def notice(self, message: Message) -> None:
        """Show a message that no lamp carries; one per title."""
        self._notices[message.title] = message
        self.changed()

    def close(self) -> None:
        """No more pictures."""
        self._closed = True
        if self._scheduled is not None:
            self._scheduled.cancel()
            self._scheduled = None
        if self._later is not None:
            self._later.cancel()
            self._later = None
        self._listeners.clear()

    # In: see `application.window.Application`

    def set_watched(self, watcher: str, watching: bool) -> None:
        """The window is shown or hidden. It shows what plays, and what Spotify goes on with."""
        self._parts.playback.want_queue(watcher, watching)
        self._parts.playback.set_watched(watcher, watching)

    async def mend(self, action: MendAction) -> Result[None, Message]:
        """Carry out what a lamp's button says."""
        parts = self._parts
        match action:
            case "retry_twitch" | "retry_twitch_bot":
                return await self._retry(_OF[action])
            case "retry_spotify":
                retried = await self._retry("spotify")
                await parts.playback.refresh()
                return retried
            case "retry_keyring":
                for login in parts.logins.values():
                    await login.retry()
                error = parts.vault.status().error
                return Ok(None) if error is None else Err(explain_vault(error))
            case "retry_eventsub":
                parts.eventsub.reconnect_now()
            case "retry_port":
                return self._port_result(await parts.overlays.try_again())
            case "move_port":
                port = parts.overlays.state().move_to
                if port is not None:
                    return self._port_result(await parts.overlays.move_to(port))
            case "sign_in_twitch" | "sign_in_spotify" | "sign_in_twitch_bot":
                await parts.sign_in.start(_OF[action])
            case "open_overlays":
                pass  # the window's own business: it opens its page
        return Ok(None)

    async def save_client_id(self, provider: Provider, text: str) -> Result[None, Message]:
        """Check and remember a pasted client id."""
        problem = check_client_id(provider, text)
        if problem is not None:
            return Err(problem)
        saved = self._parts.client_ids.save(provider, text.strip())
        self.changed()
        if isinstance(saved, Err):
            return Err(Message("The client ID could not be stored.", f"The reason: {saved.error}.", "Mend that first."))
        return Ok(None)

    def check_client_id(self, provider: Provider, text: str) -> Message | None:
        """The same check as the person types."""
        return check_client_id(provider, text)

    async def switch_feature(self, name: str, *, on: bool) -> Result[None, Message]:
        """See `application.window.Application`."""
        if name not in TWITCH_FEATURES:
            return Err(Message(f"There is no feature called {name}.", f"There are {', '.join(TWITCH_FEATURES)}."))
        saved = self._parts.features.switch(name, on=on)
        self.changed()
        if isinstance(saved, Err):
            return Err(Message("That could not be stored.", f"The reason: {saved.error}.", "Mend that first."))
        return Ok(None)

    async def start_sign_in(self, provider: Provider) -> None:
        """Begin (again)."""
        await self._parts.sign_in.start(provider)

    async def cancel_sign_in(self, provider: Provider) -> None:
        """Back to idle."""
        await self._parts.sign_in.cancel(provider)

    async def confirm_account(self, provider: Provider) -> None:
        """Take the other account."""
        await self._parts.sign_in.confirm_account(provider)

    async def sign_out(self, provider: Provider) -> Result[None, Message]:
        """Revoke and forget."""
        await self._parts.sign_in.cancel(provider)
        done = await self._parts.logins[provider].sign_out()
        if isinstance(done, Ok):
            return Ok(None)
        vault = explain_vault(done.error)
        return Err(Message("Signed out, but the keyring still holds the old login.", vault.title, vault.advice))

    async def open_in_browser(self, address: str) -> Result[None, Message]:
        """Open an address in the system browser."""
        opened = await self._parts.open_address(address)
        if isinstance(opened, Ok):
            return Ok(None)
        return Err(Message("The browser could not be opened.", "", "Copy the address and open it yourself.", "warn"))

    async def renew_overlay_tokens(self) -> Result[None, Message]:
        """New overlay addresses."""
        renewed = self._parts.overlays.renew_tokens()
        self.changed()
        if isinstance(renewed, Ok):
            return Ok(None)
        return Err(Message("The new addresses could not be stored.", "They hold until Companion is closed.", ""))

    async def reconcile_stream(self) -> Result[str, Message]:
        """Ask Twitch now."""
        report = await self._parts.lifecycle.reconcile()
        if isinstance(report, Ok):
            return Ok(f"Twitch says: {report.value.twitch_said}.")
        if isinstance(report.error, StorageFailed):
            return Err(Message("Companion's database could not be written.", "", "Check the disk."))
        return Err(explain_service(report.error, "twitch"))

    def dismiss_notice(self, title: str) -> None:
        """Take a notice away."""
        if self._notices.pop(title, None) is not None:
            self.changed()

    def request_quit(self, *, keep: bool = False) -> None:
        """See `application.window.Application`."""
        self._on_quit(keep)

    # Inside

    async def _retry(self, provider: Provider) -> Result[None, Message]:
        answer = await self._parts.logins[provider].retry()
        self.changed()
        return Ok(None) if isinstance(answer, Ok) else Err(explain_token(answer.error, provider))

    def _port_result(self, result: Result[int, object]) -> Result[None, Message]:
        self.changed()
        if isinstance(result, Ok):
            return Ok(None)
        return Err(self._parts.overlays.state().problem or Message("The port is still taken."))

    def _lamps(self, now: Instant, tokens: Mapping[Provider, TokenStatus]) -> Lamps:
        parts = self._parts
        return Lamps(
            now=now,
            twitch=tokens["twitch"],
            eventsub=parts.eventsub.status(),
            spotify=tokens["spotify"],
            playback=parts.playback.get_state(),
            overlays=replace(parts.overlays.state(), files=parts.waiting_files()),
            vault=parts.vault.status(),
            bot=tokens["twitch_bot"],
        )

    def _values(self) -> tuple[StoredValue, ...]:
        commands = self._parts.objects.commands
        names = sorted({command.value_of for command in commands.list_commands() if command.value_of is not None})
        return tuple(value for name in names if (value := commands.value(name)) is not None)

    def _draw_again(self, seconds: float) -> None:
        """Part of the picture was read a moment ago; `_tell` sees to it that a fresh one follows."""
        self._due_in = seconds

    def _fresh(self) -> None:
        self._later = None
        self.changed()

    def _tell(self) -> None:
        self._scheduled = None
        self._last_told = self._clock.monotonic()
        self._revision += 1
        self._due_in = None
        picture = self.snapshot()
        if self._due_in is not None and self._later is None:
            self._later = asyncio.get_running_loop().call_later(self._due_in, self._fresh)
        for listener in list(self._listeners):
            listener(picture)
