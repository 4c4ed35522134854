"""One call to Spotify's Web API: token, gate, the one refreshed retry after a 401, and what the answer means."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from companion.kernel.instant import Clock
from companion.kernel.result import Err, Ok, Result
from companion.ports.failures import NoAccess, ProviderUnavailable, QuotaExhausted, RateLimited, SpotifyError
from companion.ports.tokens import AccessToken, TokenSource
from companion.services.http import HttpAnswer, HttpCaller, Pairs
from companion.services.spotify.errors import error_of, is_expired_token, looks_like_page
from companion.services.spotify.gate import Gate

_PAGE = "a web page came in place of Spotify's answer"


class SpotifyCalls:
    """Reads and modifications. After a 429 no call at all leaves before `Retry-After` has passed."""

    def __init__(
        self, *, http: HttpCaller, api_url: str, tokens: TokenSource, clock: Clock, logger: logging.Logger
    ) -> None:
        self._http = http
        self._api_url = api_url.rstrip("/")
        self._tokens = tokens
        self._clock = clock
        self._logger = logger
        self._gate = Gate(clock=clock)

    async def read(self, path: str, *, params: Pairs = ()) -> Result[HttpAnswer, SpotifyError]:
        """One `GET`: asked once more after a 5xx. A 2xx answer that is not a page, or the error."""

        async def send(token: AccessToken) -> Result[HttpAnswer, SpotifyError]:
            answer = await self._send("GET", path, params, token)
            if isinstance(answer, Ok) and answer.value.status >= 500:
                self._logger.info("spotify answered %d, asking once more", answer.value.status)
                return await self._send("GET", path, params, token)
            return answer

        judged = self._judge(await self._with_token(send))
        if isinstance(judged, Ok) and looks_like_page(judged.value):
            return Err(ProviderUnavailable(judged.value.status, _PAGE))
        return judged

    async def modify(self, path: str, *, params: Pairs = ()) -> Result[None, SpotifyError]:
        """One `POST`, sent once (after a 401 nothing has happened, so that is sent again with a fresh token).

        200, 202 and 204 all mean accepted; what stands in the body is never read (Spotify sends text there). Only a
        page says that somebody else answered, and then whether it happened is not known.
        """

        async def send(token: AccessToken) -> Result[HttpAnswer, SpotifyError]:
            return await self._send("POST", path, params, token)

        match self._judge(await self._with_token(send)):
            case Err() as error:
                return error
            case Ok(answer) if answer.body.lstrip()[:1] == b"<":
                return Err(ProviderUnavailable(answer.status, _PAGE))
            case Ok():
                return Ok(None)

    async def _with_token(
        self, send: Callable[[AccessToken], Awaitable[Result[HttpAnswer, SpotifyError]]]
    ) -> Result[HttpAnswer, SpotifyError]:
        token = await self._tokens.get_valid_token()
        if isinstance(token, Err):
            return Err(NoAccess(token.error))
        answer = await send(token.value)
        if isinstance(answer, Ok) and is_expired_token(answer.value):
            fresh = await self._tokens.get_valid_token(rejected=token.value)
            if isinstance(fresh, Err):
                return Err(NoAccess(fresh.error))
            answer = await send(fresh.value)
        return answer

    async def _send(
        self, method: str, path: str, params: Pairs, token: AccessToken
    ) -> Result[HttpAnswer, SpotifyError]:
        closed = self._gate.closed()
        if closed is not None:
            return Err(closed)
        headers = {"Authorization": f"Bearer {token.value.reveal()}", "Accept": "application/json"}
        return await self._http.send(method, f"{self._api_url}{path}", headers=headers, params=params)

    def _judge(self, answer: Result[HttpAnswer, SpotifyError]) -> Result[HttpAnswer, SpotifyError]:
        match answer:
            case Err() as error:
                return error
            case Ok(arrived) if 200 <= arrived.status < 300:
                return Ok(arrived)
            case Ok(arrived):
                refusal = error_of(arrived, now=self._clock.now())
                if isinstance(refusal, RateLimited | QuotaExhausted):
                    self._gate.close(refusal)
                    self._logger.warning("spotify asks for patience: %s", type(refusal).__name__)
                return Err(refusal)
