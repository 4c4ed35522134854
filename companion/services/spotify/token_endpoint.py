"""`POST /api/token`: one request, and what its answer means."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta

from pydantic import ValidationError

from companion.kernel.instant import Clock, seconds
from companion.kernel.redacted import Redacted
from companion.kernel.result import Err, Ok, Result
from companion.ports.tokens import ClientRefused, GrantEnded, PassingFailure, RefreshError, TokenGrant
from companion.services.http import HttpAnswer, HttpCaller, parse
from companion.services.spotify.errors import RATE_WINDOW
from companion.services.spotify.wire import TokenAnswer, TokenError


class TokenEndpoint:
    """Asks Spotify for tokens. Never repeats a request by itself."""

    def __init__(self, *, http: HttpCaller, accounts_url: str, clock: Clock, logger: logging.Logger) -> None:
        self._http = http
        self._url = f"{accounts_url.rstrip('/')}/api/token"
        self._clock = clock
        self._logger = logger

    async def ask(self, form: Mapping[str, str]) -> Result[TokenGrant, RefreshError]:
        """Send `form`; only a JSON answer of Spotify's with a listed word ends a login, all else is passing."""
        match await self._http.send("POST", self._url, form=form, headers={"Accept": "application/json"}):
            case Err(down):
                return Err(PassingFailure(down.detail))
            case Ok(answer) if answer.status == 200:
                return self._granted(answer)
            case Ok(answer):
                return Err(self._refused(answer))

    def _granted(self, answer: HttpAnswer) -> Result[TokenGrant, RefreshError]:
        match parse(TokenAnswer, answer, where="POST /api/token", logger=self._logger):
            case Err():
                return Err(PassingFailure("Spotify's answer could not be read"))
            case Ok(tokens):
                return Ok(
                    TokenGrant(
                        access_token=Redacted(tokens.access_token),
                        expires_in=timedelta(seconds=tokens.expires_in),
                        refresh_token=Redacted(tokens.refresh_token) if tokens.refresh_token else None,
                        scopes=frozenset(tokens.scope.split()),
                    )
                )

    def _refused(self, answer: HttpAnswer) -> RefreshError:
        if answer.status in {400, 401} and answer.is_json:
            try:
                error = TokenError.model_validate_json(answer.body)
            except ValidationError:
                return PassingFailure(f"Spotify answered {answer.status}")
            detail = " ".join((error.error_description or error.error).split())[:200]
            if error.error == "invalid_grant":
                return GrantEnded(detail)
            if error.error == "invalid_client":
                return ClientRefused(detail)
            return PassingFailure(f"Spotify answered {answer.status}: {detail}")
        wait = answer.retry_after()
        if wait is None and answer.status == 429:
            wait = RATE_WINDOW
        retry_at = None if wait is None else self._clock.now() + seconds(wait)
        return PassingFailure(f"Spotify answered {answer.status}", retry_at)
