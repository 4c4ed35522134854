"""Chat messages and shout-outs over Helix.

Source: dev.twitch.tv/docs/api/reference (Send Chat Message, Send a Shoutout). The limits of chat are kept by the
voice, not here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from companion.kernel.instant import Clock
from companion.kernel.result import Err, Ok, Result
from companion.ports.chat import ChatDropped, Sent
from companion.ports.failures import MalformedAnswer, NoAccess, NotConfigured, RateLimited, ServiceError
from companion.services.http import parse
from companion.services.twitch.client import HelixClient
from companion.services.twitch.wire_chat import SentAnswer

_MESSAGES: Final = "/chat/messages"
_SHOUTOUTS: Final = "/chat/shoutouts"
_SHOUTOUT_PAUSE: Final = timedelta(minutes=2)
_WHERE: Final = f"helix POST {_MESSAGES}"


class TwitchChat:
    """`ChatApi` for one account that speaks in the broadcaster's chat.

    `client` and `sender_id` belong to the same login: the broadcaster's, or the bot's.
    """

    def __init__(
        self,
        *,
        client: HelixClient,
        broadcaster_id: Callable[[], str | None],
        sender_id: Callable[[], str | None],
        logger: logging.Logger,
    ) -> None:
        self._client = client
        self._broadcaster_id = broadcaster_id
        self._sender_id = sender_id
        self._logger = logger

    def sender_id(self) -> str | None:
        """The account that sends, None while it is not signed in."""
        return self._sender_id()

    async def send_message(self, text: str, *, reply_to: str | None = None) -> Result[Sent, ChatDropped | ServiceError]:
        """One request, not repeated. `ChatDropped`: Twitch took it and does not show it, for the reason it gives."""
        broadcaster, sender = self._broadcaster_id(), self._sender_id()
        if broadcaster is None or sender is None:
            return Err(NoAccess(NotConfigured()))
        body = {"broadcaster_id": broadcaster, "sender_id": sender, "message": text}
        if reply_to is not None:
            body["reply_parent_message_id"] = reply_to
        sent = await self._client.call("POST", _MESSAGES, json=body)
        if isinstance(sent, Err):
            return sent
        parsed = parse(SentAnswer, sent.value, where=_WHERE, logger=self._logger)
        if isinstance(parsed, Err):
            return parsed
        if not parsed.value.data:
            return Err(MalformedAnswer(f"{_WHERE}: no message"))
        fate = parsed.value.data[0]
        if not fate.is_sent:
            return Err(ChatDropped(fate.drop_reason.message if fate.drop_reason is not None else ""))
        if not fate.message_id:
            return Err(MalformedAnswer(f"{_WHERE}: sent without an id"))
        return Ok(Sent(fate.message_id, self._client.twitch_time.now()))


class TwitchShoutouts:
    """`ShoutoutApi` for the account of the Twitch login, which is its channel's own moderator."""

    def __init__(self, *, client: HelixClient, broadcaster_id: Callable[[], str | None], clock: Clock) -> None:
        self._client = client
        self._broadcaster_id = broadcaster_id
        self._clock = clock

    async def shout_out(self, to_user_id: str) -> Result[None, ServiceError]:
        """`POST`. `Refused` with 400 while off air, without viewers, or for oneself.

        `RateLimited` does not tell which of the two limits it was: two minutes are waited at least.
        """
        broadcaster = self._broadcaster_id()
        if broadcaster is None:
            return Err(NoAccess(NotConfigured()))
        params = [
            ("from_broadcaster_id", broadcaster),
            ("to_broadcaster_id", to_user_id),
            ("moderator_id", broadcaster),
        ]
        match await self._client.call("POST", _SHOUTOUTS, params=params):
            case Ok():
                return Ok(None)
            case Err(RateLimited(retry_at)):
                return Err(RateLimited(max(retry_at, self._clock.now() + _SHOUTOUT_PAUSE)))
            case Err() as failed:
                return failed
