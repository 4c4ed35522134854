"""Spotify's authorization code grant with PKCE, on a loopback redirect, and refreshing.

Source: developer.spotify.com/documentation/web-api/tutorials/{code-pkce-flow,refreshing-tokens} and
/concepts/redirect_uri (a loopback literal, whose port may differ from the registered one).
"""

from __future__ import annotations

import base64
import hashlib
import logging
import secrets
from collections.abc import Callable
from urllib.parse import urlencode

from companion.kernel.instant import Clock
from companion.kernel.redacted import Redacted
from companion.kernel.result import Err, Ok, Result
from companion.ports.sign_in import ListenerFailed, PendingAuthorization
from companion.ports.tokens import PassingFailure, RefreshError, TokenGrant, TokenRejected, Validation
from companion.services.http import HttpCaller
from companion.services.spotify.attempt import SignInAttempt
from companion.services.spotify.listener import CallbackListener
from companion.services.spotify.token_endpoint import TokenEndpoint

LONGEST_WAIT = 300.0
"""Seconds that a listener waits for the browser."""


class SpotifyAuth:
    """Implements `ports.tokens.AuthorizationServer` and `ports.sign_in.SpotifySignIn`.

    `random_text(n)` gives URL-safe text made of `n` random bytes; `time_limit` is in seconds, at most 300.
    """

    def __init__(
        self,
        *,
        http: HttpCaller,
        accounts_url: str,
        api_url: str,
        clock: Clock,
        logger: logging.Logger,
        random_text: Callable[[int], str] = secrets.token_urlsafe,
        time_limit: float = LONGEST_WAIT,
    ) -> None:
        self._http = http
        self._accounts_url = accounts_url.rstrip("/")
        self._api_url = api_url.rstrip("/")
        self._clock = clock
        self._logger = logger
        self._random_text = random_text
        self._time_limit = min(time_limit, LONGEST_WAIT)
        self._endpoint = TokenEndpoint(http=http, accounts_url=accounts_url, clock=clock, logger=logger)

    async def refresh(self, *, client_id: str, refresh_token: Redacted) -> Result[TokenGrant, RefreshError]:
        """The grant's `refresh_token` is None when Spotify sends none: the old one stays good."""
        return await self._endpoint.ask(
            {"grant_type": "refresh_token", "refresh_token": refresh_token.reveal(), "client_id": client_id}
        )

    async def validate(self, access_token: Redacted) -> Result[Validation | None, TokenRejected | PassingFailure]:
        """Spotify has no such call: always `Ok(None)`."""
        return Ok(None)

    async def revoke(self, *, client_id: str, access_token: Redacted) -> Result[None, PassingFailure]:
        """Spotify cannot be asked to: always `Ok`. The person may remove the app on their account page."""
        return Ok(None)

    async def begin(self, *, client_id: str, scopes: frozenset[str]) -> Result[PendingAuthorization, ListenerFailed]:
        verifier = self._random_text(64)
        state = self._random_text(32)
        listener = CallbackListener(state=state)
        opened = await listener.open()
        if isinstance(opened, Err):
            return opened
        query = urlencode(
            {
                "client_id": client_id,
                "response_type": "code",
                "redirect_uri": listener.redirect_uri,
                "scope": " ".join(sorted(scopes)),
                "state": state,
                "code_challenge_method": "S256",
                "code_challenge": challenge_of(verifier),
            }
        )
        return Ok(
            SignInAttempt(
                http=self._http,
                endpoint=self._endpoint,
                api_url=self._api_url,
                clock=self._clock,
                logger=self._logger,
                listener=listener,
                client_id=client_id,
                verifier=Redacted(verifier),
                authorize_url=f"{self._accounts_url}/authorize?{query}",
                time_limit=self._time_limit,
            )
        )


def challenge_of(verifier: str) -> str:
    """The S256 challenge of RFC 7636, section 4.2."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
