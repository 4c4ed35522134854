"""One Helix call: token, headers, rate limit, the retries that are safe, and a closed set of errors.

Source: dev.twitch.tv/docs/api/guide. A missing scope is answered with 401 as a dead token is
(dev.twitch.tv/docs/api/reference), but no refresh can mend it.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Final

from pydantic import ValidationError

from companion.kernel.instant import Clock, seconds
from companion.kernel.result import Err, Ok, Result
from companion.kernel.server_time import ServerTime
from companion.ports.failures import (
    Forbidden,
    NetworkDown,
    NoAccess,
    NotFound,
    ProviderUnavailable,
    RateLimited,
    Refused,
    ServiceError,
    Unauthorized,
)
from companion.ports.tokens import AccessToken, TokenSource
from companion.services.http import HttpAnswer, HttpCaller, Pairs
from companion.services.twitch.rate_limit import RateLimit
from companion.services.twitch.wire_helix import HelixRefusal

_DETAIL_LENGTH: Final = 200
_CUT_OFF: Final = seconds(1)
"""A `Date` header has whole seconds. So much may be missing: rather a little late than early."""


class HelixClient:
    """Sends Helix calls for the signed-in user.

    A 401 asks the token source once for a replacement and repeats the call; a 5xx on a read is repeated
    once. Nothing else is. While Twitch asks for patience no call leaves the machine.

    `twitch_time`: Twitch's clock, as far as the answers tell it.
    """

    def __init__(
        self, *, http: HttpCaller, helix_url: str, tokens: TokenSource, clock: Clock, logger: logging.Logger
    ) -> None:
        self._http = http
        self._url = helix_url.rstrip("/")
        self._tokens = tokens
        self._clock = clock
        self._logger = logger
        self._limit = RateLimit()
        self.twitch_time = ServerTime(clock)

    async def call(
        self, method: str, path: str, *, params: Pairs = (), json: object | None = None
    ) -> Result[HttpAnswer, ServiceError]:
        """A 2xx answer of Twitch's own, or a typed error."""
        match await self._with_token(method, path, params, json):
            case Ok(answer) if answer.status >= 500 and method == "GET":
                match await self._with_token(method, path, params, json):
                    case Ok(second):
                        return self._judge(method, path, second)
                    case Err() as failed:
                        return failed
            case Ok(answer):
                return self._judge(method, path, answer)
            case Err() as failed:
                return failed

    async def _with_token(
        self, method: str, path: str, params: Pairs, json: object | None
    ) -> Result[HttpAnswer, NetworkDown | RateLimited | NoAccess]:
        found = await self._tokens.get_valid_token()
        if isinstance(found, Err):
            return Err(NoAccess(found.error))
        first = await self._send(method, path, params, json, found.value)
        if isinstance(first, Err) or not _token_is_dead(first.value):
            return first
        renewed = await self._tokens.get_valid_token(rejected=found.value)
        if isinstance(renewed, Err):
            return Err(NoAccess(renewed.error))
        return await self._send(method, path, params, json, renewed.value)

    async def _send(
        self, method: str, path: str, params: Pairs, json: object | None, token: AccessToken
    ) -> Result[HttpAnswer, NetworkDown | RateLimited]:
        call = f"{method} {path}"
        wait = self._limit.wait(call, self._clock.monotonic())
        if wait > 0:
            return Err(RateLimited(self._clock.now() + seconds(wait)))
        headers = {"Authorization": f"Bearer {token.value.reveal()}", "Client-Id": token.client_id}
        sent = await self._http.send(method, f"{self._url}{path}", headers=headers, params=params, json=json)
        if isinstance(sent, Ok):
            date = sent.value.date()
            if date is not None and sent.value.is_json:
                self.twitch_time.heard(date + _CUT_OFF)
            self._limit.note(
                call,
                sent.value.status,
                sent.value.headers,
                server_time=date.timestamp() if date else None,
                now=self._clock.monotonic(),
            )
        return sent

    def _judge(self, method: str, path: str, answer: HttpAnswer) -> Result[HttpAnswer, ServiceError]:
        status = answer.status
        if status == HTTPStatus.NO_CONTENT or (200 <= status < 300 and answer.is_json):
            return Ok(answer)
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            wait = self._limit.wait(f"{method} {path}", self._clock.monotonic())
            return Err(RateLimited(self._clock.now() + seconds(wait)))
        refusal = _refusal(answer)
        if status >= 500 or refusal is None:
            what = "Twitch has trouble" if answer.is_json else "something other than Twitch answered"
            self._logger.info("helix %s %s: status %d, %s", method, path, status, what)
            return Err(ProviderUnavailable(status, what))
        detail = (refusal.message or refusal.error)[:_DETAIL_LENGTH]
        self._logger.info("helix %s %s: status %d", method, path, status)
        return Err(_refused(status, detail))


def _refused(status: int, detail: str) -> ServiceError:
    match status:
        case HTTPStatus.UNAUTHORIZED:
            return Forbidden(detail) if _names_a_scope(detail) else Unauthorized(detail)
        case HTTPStatus.FORBIDDEN:
            return Forbidden(detail)
        case HTTPStatus.NOT_FOUND:
            return NotFound(detail)
        case HTTPStatus.REQUEST_TIMEOUT | HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
            return ProviderUnavailable(status, detail)
        case _:
            return Refused(status, detail)


def _token_is_dead(answer: HttpAnswer) -> bool:
    """Whether Twitch itself (no proxy) refused the token, for another reason than a scope it lacks."""
    if answer.status != HTTPStatus.UNAUTHORIZED:
        return False
    refusal = _refusal(answer)
    return refusal is not None and not _names_a_scope(refusal.message)


def _names_a_scope(message: str) -> bool:
    return "missing scope" in message.lower()


def _refusal(answer: HttpAnswer) -> HelixRefusal | None:
    if not answer.is_json:
        return None
    try:
        return HelixRefusal.model_validate_json(answer.body)
    except ValidationError:
        return None
