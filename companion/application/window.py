"""What the window, the tray and the control socket may do: the seam between people and the application."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from companion.application.actions import Actions
from companion.application.messages import Message
from companion.application.snapshots import AppSnapshot, MendAction
from companion.kernel.result import Result
from companion.ports.tokens import Provider


class Application(Protocol):
    """The running application. Every method is called on the loop's thread; none blocks."""

    @property
    def actions(self) -> Actions:
        """What may be done with requests, raffle, achievements, commands and what needs the person."""
        ...

    def snapshot(self) -> AppSnapshot:
        """The newest picture."""
        ...

    def subscribe(self, listener: Callable[[AppSnapshot], None]) -> Callable[[], None]:
        """Be told of every new picture (at most about 20 a second); the answer ends the subscription."""
        ...

    def set_watched(self, watcher: str, watching: bool) -> None:
        """The window is shown or hidden: what plays is polled only while somebody looks, or while live."""
        ...

    async def mend(self, action: MendAction) -> Result[None, Message]:
        """Carry out a retry (or the move to another port). Sign-ins are begun with `start_sign_in`."""
        ...

    async def save_client_id(self, provider: Provider, text: str) -> Result[None, Message]:
        """Check the form of a pasted client id and remember it (settings file). Says what is wrong otherwise."""
        ...

    def check_client_id(self, provider: Provider, text: str) -> Message | None:
        """The same check without remembering, as the person types."""
        ...

    async def switch_feature(self, name: str, *, on: bool) -> Result[None, Message]:
        """Have Twitch asked for a feature's permission from the next sign-in on, or not any more."""
        ...

    async def start_sign_in(self, provider: Provider) -> None:
        """Begin (or begin again); the state in the snapshot tells how it goes."""
        ...

    async def cancel_sign_in(self, provider: Provider) -> None:
        """Stop waiting and go back to idle; also dismisses `Finished` and `Failed`."""
        ...

    async def confirm_account(self, provider: Provider) -> None:
        """Take the other account after all (`ConfirmAccount`)."""
        ...

    async def sign_out(self, provider: Provider) -> Result[None, Message]:
        """Revoke where possible and forget the login."""
        ...

    async def open_in_browser(self, address: str) -> Result[None, Message]:
        """Open an http(s) address in the system browser."""
        ...

    async def renew_overlay_tokens(self) -> Result[None, Message]:
        """New access tokens: every old overlay address stops working at once."""
        ...

    async def reconcile_stream(self) -> Result[str, Message]:
        """Ask Twitch now whether the stream is live; the answer is a sentence."""
        ...

    def dismiss_notice(self, title: str) -> None:
        """Take a notice away."""
        ...

    def request_quit(self, *, keep: bool = False) -> None:
        """Begin the staged stop. With `keep` a session that is offline for now stays open, its requests with it."""
        ...
