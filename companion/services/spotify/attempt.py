"""One sign-in under way: wait for the browser, exchange the code, read whose account it is."""

from __future__ import annotations

import asyncio
import logging

from companion.kernel.instant import Clock, Instant, seconds
from companion.kernel.redacted import Redacted
from companion.kernel.result import Err, Ok, Result
from companion.ports.failures import NotAllowListed, PremiumRequired, QuotaExhausted, RateLimited
from companion.ports.sign_in import Denied, SpotifySignInError, TimedOut
from companion.ports.tokens import Account, ClientRefused, GrantEnded, PassingFailure, SignedIn, TokenGrant
from companion.services.http import HttpCaller, parse
from companion.services.spotify.errors import error_of, looks_like_page
from companion.services.spotify.listener import CallbackListener, Code, Refusal
from companion.services.spotify.pictures import account_of
from companion.services.spotify.token_endpoint import TokenEndpoint
from companion.services.spotify.wire import Me


class SignInAttempt:
    """Implements `ports.sign_in.PendingAuthorization`. `time_limit` (seconds) runs from here on, waited for or not."""

    def __init__(
        self,
        *,
        http: HttpCaller,
        endpoint: TokenEndpoint,
        api_url: str,
        clock: Clock,
        logger: logging.Logger,
        listener: CallbackListener,
        client_id: str,
        verifier: Redacted,
        authorize_url: str,
        time_limit: float,
    ) -> None:
        self._http = http
        self._endpoint = endpoint
        self._api_url = api_url
        self._clock = clock
        self._logger = logger
        self._listener = listener
        self._client_id = client_id
        self._verifier = verifier
        self._authorize_url = authorize_url
        self._expires_at = clock.now() + seconds(time_limit)
        self._cancelled = False
        self._alarm = asyncio.get_running_loop().call_later(time_limit, self._end, TimedOut())

    @property
    def authorize_url(self) -> str:
        return self._authorize_url

    @property
    def expires_at(self) -> Instant:
        return self._expires_at

    async def finish(self) -> Result[SignedIn, SpotifySignInError]:
        """To be awaited once: the code of the browser is good for one exchange."""
        try:
            match await self._listener.wait():
                case Denied() | TimedOut() as ended:
                    return Err(ended)
                case Refusal() as refusal:
                    return Err(_refusal(refusal))
                case Code(code):
                    self._close()
                    result = await self._exchange(code)
                    return Err(Denied()) if self._cancelled else result
        finally:
            self._close()

    async def cancel(self) -> None:
        self._cancelled = True
        self._end(Denied())

    def _end(self, reason: Denied | TimedOut) -> None:
        self._listener.settle(reason)
        self._close()

    def _close(self) -> None:
        self._alarm.cancel()
        self._listener.close()

    async def _exchange(self, code: Redacted) -> Result[SignedIn, SpotifySignInError]:
        form = {
            "grant_type": "authorization_code",
            "code": code.reveal(),
            "redirect_uri": self._listener.redirect_uri,
            "client_id": self._client_id,
            "code_verifier": self._verifier.reveal(),
        }
        asked_at = self._clock.now()
        grant = await self._endpoint.ask(form)
        if isinstance(grant, Ok):
            return await self._whose(grant.value, asked_at)
        if isinstance(grant.error, GrantEnded):
            return Err(PassingFailure(f"Spotify did not take the code: {grant.error.reason}"))
        return Err(grant.error)

    async def _whose(self, grant: TokenGrant, authorized_at: Instant) -> Result[SignedIn, SpotifySignInError]:
        match await self._account(grant.access_token):
            case Err() as error:
                return error
            case Ok(account):
                return Ok(SignedIn(grant, account, self._client_id, authorized_at))

    async def _account(self, token: Redacted) -> Result[Account, SpotifySignInError]:
        """Here Spotify first tells whether this account may use this app: both texts of its 403."""
        headers = {"Authorization": f"Bearer {token.reveal()}", "Accept": "application/json"}
        answer = await self._http.send("GET", f"{self._api_url}/me", headers=headers)
        if isinstance(answer, Err):
            return Err(PassingFailure(answer.error.detail))
        if answer.value.status != 200 or looks_like_page(answer.value):
            match error_of(answer.value, now=self._clock.now()):
                case PremiumRequired() | NotAllowListed() as refused:
                    return Err(refused)
                case RateLimited(retry_at) | QuotaExhausted(retry_at):
                    return Err(PassingFailure("Spotify asks for patience", retry_at))
                case _:
                    return Err(PassingFailure(f"Spotify answered {answer.value.status}"))
        match parse(Me, answer.value, where="GET /me", logger=self._logger):
            case Err():
                return Err(PassingFailure("Spotify's answer could not be read"))
            case Ok(me):
                return Ok(account_of(me))


def _refusal(refusal: Refusal) -> SpotifySignInError:
    match refusal.error:
        case "access_denied":
            return Denied()
        case "invalid_client" | "unauthorized_client":
            return ClientRefused(refusal.error)
        case _:
            return PassingFailure("Spotify ended the sign-in on its page")
