"""The Helix calls in use, as plain methods that answer with values or typed errors."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from companion.kernel.instant import Clock
from companion.kernel.result import Err, Ok, Result
from companion.ports.failures import Forbidden, MalformedAnswer, NoAccess, NotConfigured, ServiceError
from companion.ports.tokens import Account, TokenSource
from companion.ports.twitch import LiveStream, StreamAnswer
from companion.services.http import HttpCaller, Pairs, parse
from companion.services.twitch.client import HelixClient
from companion.services.twitch.subscriptions import ExistingSubscription, SubscriptionRequest
from companion.services.twitch.wire_helix import StreamsAnswer, SubscriptionsAnswer, UsersAnswer, WireSubscription

_PAGES: Final = 10
"""A session holds at most 300 subscriptions and a page 100; more pages than this are not ours to walk."""
_SUBSCRIPTIONS: Final = "/eventsub/subscriptions"


class TwitchService:
    """`TwitchApi` and the EventSub subscription calls, for the account of the Twitch login.

    `helix_url` is complete with its path (`https://api.twitch.tv/helix`). `broadcaster_id` gives the signed-in
    account's user id, None while nobody is.
    """

    def __init__(
        self,
        *,
        http: HttpCaller,
        helix_url: str,
        tokens: TokenSource,
        broadcaster_id: Callable[[], str | None],
        clock: Clock,
        logger: logging.Logger,
    ) -> None:
        self._client = HelixClient(http=http, helix_url=helix_url, tokens=tokens, clock=clock, logger=logger)
        self._tokens = tokens
        self._broadcaster_id = broadcaster_id
        self._logger = logger

    @property
    def client(self) -> HelixClient:
        """The caller underneath, for the other parts of Helix: one login has one rate limit."""
        return self._client

    async def get_stream(self) -> Result[StreamAnswer, ServiceError]:
        """`GET /streams`; no entry means offline. Twitch's answer lags the truth by minutes both ways."""
        broadcaster = self._broadcaster_id()
        if broadcaster is None:
            return Err(NoAccess(NotConfigured()))
        sent = await self._client.call("GET", "/streams", params=[("user_id", broadcaster)])
        if isinstance(sent, Err):
            return sent
        parsed = parse(StreamsAnswer, sent.value, where="helix GET /streams", logger=self._logger)
        if isinstance(parsed, Err):
            return parsed
        streams = [
            LiveStream(wire.id, wire.started_at, wire.viewer_count, wire.title, wire.game_name)
            for wire in parsed.value.data
            if wire.user_id == broadcaster
        ]
        return Ok(StreamAnswer(streams[0] if streams else None, sent.value.date() or self._client.twitch_time.now()))

    async def get_account(self) -> Result[Account, ServiceError]:
        """`GET /users` without parameters: the token's own user."""
        sent = await self._client.call("GET", "/users")
        if isinstance(sent, Err):
            return sent
        parsed = parse(UsersAnswer, sent.value, where="helix GET /users", logger=self._logger)
        if isinstance(parsed, Err):
            return parsed
        if not parsed.value.data:
            return Err(MalformedAnswer("helix GET /users: no user"))
        return Ok(parsed.value.data[0].account())

    def condition_of(self, request: SubscriptionRequest) -> Result[dict[str, str], NoAccess | Forbidden]:
        """The request's condition for the signed-in account; without I/O.

        `NoAccess` while nobody is signed in, `Forbidden` when the login lacks the scope.
        """
        broadcaster = self._broadcaster_id()
        if broadcaster is None:
            return Err(NoAccess(NotConfigured()))
        if request.scope is not None and request.scope not in self._tokens.status().scopes:
            return Err(Forbidden(f"needs the permission {request.scope}"))
        return Ok(request.condition_for(broadcaster))

    async def create_subscription(self, request: SubscriptionRequest, *, session_id: str) -> Result[None, ServiceError]:
        """`POST /eventsub/subscriptions`. `Refused` with status 409 when the same type and condition exist."""
        condition = self.condition_of(request)
        if isinstance(condition, Err):
            return condition
        body = {
            "type": request.type,
            "version": request.version,
            "condition": condition.value,
            "transport": {"method": "websocket", "session_id": session_id},
        }
        match await self._client.call("POST", _SUBSCRIPTIONS, json=body):
            case Ok():
                return Ok(None)
            case Err() as failed:
                return failed

    async def list_subscriptions(self, type: str) -> Result[tuple[ExistingSubscription, ...], ServiceError]:
        """`GET /eventsub/subscriptions?type=`, all pages: every session's, dead ones included."""
        found: list[ExistingSubscription] = []
        cursor: str | None = None
        for _ in range(_PAGES):
            params: Pairs = [("type", type)] if cursor is None else [("type", type), ("after", cursor)]
            sent = await self._client.call("GET", _SUBSCRIPTIONS, params=params)
            if isinstance(sent, Err):
                return sent
            parsed = parse(SubscriptionsAnswer, sent.value, where=f"helix GET {_SUBSCRIPTIONS}", logger=self._logger)
            if isinstance(parsed, Err):
                return parsed
            found.extend(_existing(wire) for wire in parsed.value.data)
            cursor = parsed.value.pagination.cursor
            if not cursor:
                break
        return Ok(tuple(found))

    async def delete_subscription(self, subscription_id: str) -> Result[None, ServiceError]:
        """`DELETE /eventsub/subscriptions`. `NotFound` when it is gone already."""
        match await self._client.call("DELETE", _SUBSCRIPTIONS, params=[("id", subscription_id)]):
            case Ok():
                return Ok(None)
            case Err() as failed:
                return failed


def _existing(wire: WireSubscription) -> ExistingSubscription:
    condition = {key: value for key, value in wire.condition.items() if value}
    return ExistingSubscription(wire.id, wire.status, wire.type, wire.version, condition, wire.transport.session_id)
