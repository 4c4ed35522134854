"""The running application, as people and scripts meet it: one picture out, a handful of actions in."""

from __future__ import annotations

from collections.abc import Callable

from companion.application.actions import make_actions
from companion.application.client_ids import check_client_id
from companion.application.explain import explain_service, explain_vault
from companion.application.features import TWITCH_FEATURES
from companion.application.mending import Mending
from companion.application.messages import Message
from companion.application.parts import Parts
from companion.application.snapshot_builder import SnapshotBuilder
from companion.application.snapshot_publisher import SnapshotPublisher
from companion.application.snapshots import AppSnapshot, MendAction
from companion.kernel.instant import Clock
from companion.kernel.result import Err, Ok, Result
from companion.ports.failures import StorageFailed
from companion.ports.tokens import Provider


class CompanionApplication:
    """Implements `application.window.Application`."""

    def __init__(self, *, parts: Parts, clock: Clock, demo: bool, on_quit: Callable[[bool], None]) -> None:
        self._parts = parts
        self._on_quit = on_quit
        self._starting = True
        self._notices: dict[str, Message] = {}
        self._publisher = SnapshotPublisher(draw=self.snapshot, clock=clock)
        self.actions = make_actions(
            parts.objects, clock=clock, changed=self._publisher.changed, again=self._publisher.redraw_in
        )
        self._builder = SnapshotBuilder(parts=parts, needs_you=self.actions.needs_you, clock=clock, demo=demo)
        self._mending = Mending(
            logins=parts.logins,
            sign_in=parts.sign_in,
            playback=parts.playback,
            eventsub=parts.eventsub,
            vault=parts.vault,
            overlays=parts.overlays,
            changed=self._publisher.changed,
        )

    # Out

    def snapshot(self) -> AppSnapshot:
        """The newest picture, built on the spot."""
        return self._builder.build(
            revision=self._publisher.revision, starting=self._starting, notices=tuple(self._notices.values())
        )

    def subscribe(self, listener: Callable[[AppSnapshot], None]) -> Callable[[], None]:
        """See `application.window.Application`."""
        return self._publisher.subscribe(listener)

    def changed(self) -> None:
        """Something that the picture shows has changed: it is drawn at once, or a moment later."""
        self._publisher.changed()

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
        self._publisher.close()

    # In: see `application.window.Application`

    def set_watched(self, watcher: str, watching: bool) -> None:
        """The window is shown or hidden. It shows what plays, and what Spotify goes on with."""
        self._parts.playback.want_queue(watcher, watching)
        self._parts.playback.set_watched(watcher, watching)

    async def mend(self, action: MendAction) -> Result[None, Message]:
        """Carry out what a lamp's button says."""
        return await self._mending.mend(action)

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
