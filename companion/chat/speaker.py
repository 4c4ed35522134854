"""Whose voice it is: the bot's account where one is signed in and may speak, else the streamer's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from companion.kernel.result import Result
from companion.ports.chat import ChatApi, ChatDropped, Sent
from companion.ports.failures import ServiceError
from companion.ports.tokens import TokenSource
from companion.ports.viewers import Role, at_least

_SPEAKS: Final = "user:write:chat"


class Speaker:
    """`ChatApi` over two accounts, with what the voice asks beside it.

    `role_of` tells what an account is in the streamer's channel, as last seen in chat. A line leaves under one
    account only: when the bot's cannot send it, the streamer's does not send it a second time.
    """

    def __init__(
        self,
        *,
        streamer: ChatApi,
        streamer_login: TokenSource,
        bot: ChatApi,
        bot_login: TokenSource,
        role_of: Callable[[str], Role],
    ) -> None:
        self._streamer = streamer
        self._streamer_login = streamer_login
        self._bot = bot
        self._bot_login = bot_login
        self._role_of = role_of

    async def send_message(self, text: str, *, reply_to: str | None = None) -> Result[Sent, ChatDropped | ServiceError]:
        """Send under the account that speaks now."""
        return await self._now().send_message(text, reply_to=reply_to)

    def sender_id(self) -> str | None:
        """The account that speaks now."""
        return self._now().sender_id()

    def privileged(self) -> bool:
        """Whether Twitch lets that account say 100 lines in 30 seconds instead of 20."""
        sender = self.sender_id()
        if sender is None:
            return False
        return sender == self._streamer.sender_id() or at_least(self._role_of(sender), "vip")

    def why_silent(self) -> str | None:
        """Why nothing can be said, as a sentence; None when somebody can speak."""
        if self._streamer.sender_id() is None or not _signed_in(self._streamer_login):
            return "Chat is silent until you are signed in to Twitch."
        if self._now() is self._streamer and not _may_speak(self._streamer_login):
            return "Chat is silent until Twitch is given the permission to write there."
        return None

    def _now(self) -> ChatApi:
        ready = self._bot.sender_id() is not None and _signed_in(self._bot_login) and _may_speak(self._bot_login)
        return self._bot if ready else self._streamer


def _signed_in(login: TokenSource) -> bool:
    status = login.status()
    return status.phase == "authorized" and not status.withheld


def _may_speak(login: TokenSource) -> bool:
    return _SPEAKS in login.status().scopes
