"""What the buttons of the connection strip do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from companion.application.explain import explain_token, explain_vault
from companion.application.messages import Message
from companion.application.overlay_server import OverlayServer
from companion.application.sign_in import SignInFlow
from companion.application.snapshots import MendAction
from companion.kernel.result import Err, Ok, Result
from companion.ports.playback import PlaybackPort
from companion.ports.tokens import Login, Provider
from companion.ports.twitch import EventSubConnection
from companion.ports.vault import Vault

_OF: Final[dict[MendAction, Provider]] = {
    "sign_in_twitch": "twitch",
    "sign_in_spotify": "spotify",
    "sign_in_twitch_bot": "twitch_bot",
    "retry_twitch": "twitch",
    "retry_twitch_bot": "twitch_bot",
}
"""Whose login a button is about."""


class Mending:
    """Mends a connection in the way that its lamp offers."""

    def __init__(
        self,
        *,
        logins: Mapping[Provider, Login],
        sign_in: SignInFlow,
        playback: PlaybackPort,
        eventsub: EventSubConnection,
        vault: Vault,
        overlays: OverlayServer,
        changed: Callable[[], None],
    ) -> None:
        self._logins = logins
        self._sign_in = sign_in
        self._playback = playback
        self._eventsub = eventsub
        self._vault = vault
        self._overlays = overlays
        self._changed = changed

    async def mend(self, action: MendAction) -> Result[None, Message]:
        """Carry out what a lamp's button says. The error is what still stands in the way, in words."""
        match action:
            case "retry_twitch" | "retry_twitch_bot":
                return await self._retry(_OF[action])
            case "retry_spotify":
                retried = await self._retry("spotify")
                await self._playback.refresh()
                return retried
            case "retry_keyring":
                for login in self._logins.values():
                    await login.retry()
                error = self._vault.status().error
                return Ok(None) if error is None else Err(explain_vault(error))
            case "retry_eventsub":
                self._eventsub.reconnect_now()
            case "retry_port":
                return self._port_result(await self._overlays.try_again())
            case "move_port":
                port = self._overlays.state().move_to
                if port is not None:
                    return self._port_result(await self._overlays.move_to(port))
            case "sign_in_twitch" | "sign_in_spotify" | "sign_in_twitch_bot":
                await self._sign_in.start(_OF[action])
            case "open_overlays":
                pass  # the window's own business: it opens its page
        return Ok(None)

    async def _retry(self, provider: Provider) -> Result[None, Message]:
        answer = await self._logins[provider].retry()
        self._changed()
        return Ok(None) if isinstance(answer, Ok) else Err(explain_token(answer.error, provider))

    def _port_result(self, result: Result[int, object]) -> Result[None, Message]:
        self._changed()
        if isinstance(result, Ok):
            return Ok(None)
        return Err(self._overlays.state().problem or Message("The port is still taken."))
