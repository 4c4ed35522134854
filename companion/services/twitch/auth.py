"""Twitch's OAuth host: the device code grant, refresh, validate and revoke for a public client.

Source: dev.twitch.tv/docs/authentication. A public client has no secret; its refresh tokens are single use.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from companion.kernel.instant import Clock, seconds
from companion.kernel.redacted import Redacted
from companion.kernel.result import Err, Ok, Result
from companion.ports.sign_in import CodeDead, DeviceCode, StillPending
from companion.ports.tokens import (
    Account,
    ClientRefused,
    GrantEnded,
    PassingFailure,
    RefreshError,
    SignedIn,
    TokenGrant,
    TokenRejected,
    Validation,
)
from companion.services.http import HttpAnswer, HttpCaller, parse
from companion.services.twitch.refusals import client_refused, read_refusal, verdict_of
from companion.services.twitch.wire_auth import DeviceAnswer, TokenAnswer, ValidateAnswer
from companion.services.twitch.wire_helix import UsersAnswer

_DEVICE_GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"
_ACCOUNT_TRIES: Final = 3
_ACCOUNT_PAUSE: Final = 0.5
_GRANTS_KEPT: Final = 4


class TwitchAuth:
    """`AuthorizationServer` and `TwitchSignIn` for Twitch.

    `id_url` is complete with its path (`https://id.twitch.tv/oauth2`), as is `helix_url`, which is asked once
    per sign-in for the account. No request is repeated here, except that harmless one.
    """

    def __init__(
        self,
        *,
        http: HttpCaller,
        id_url: str,
        helix_url: str,
        clock: Clock,
        logger: logging.Logger,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._http = http
        self._id_url = id_url.rstrip("/")
        self._helix_url = helix_url.rstrip("/")
        self._clock = clock
        self._logger = logger
        self._sleep = sleep
        # Granted, but the account could not be read yet. The device code is used up by then, so these tokens
        # exist nowhere else: the next poll goes on from here.
        self._granted: dict[Redacted, TokenGrant] = {}

    async def request_code(
        self, *, client_id: str, scopes: frozenset[str]
    ) -> Result[DeviceCode, ClientRefused | PassingFailure]:
        """Ask for a device code. The form key is `scopes`; with another key Twitch grants a token without any."""
        sent = await self._post("device", {"client_id": client_id, "scopes": _joined(scopes)})
        if isinstance(sent, Err):
            return sent
        answer = sent.value
        if answer.status == 200 and answer.is_json:
            match parse(DeviceAnswer, answer, where="twitch device", logger=self._logger):
                case Ok(wire):
                    return Ok(
                        DeviceCode(
                            device_code=Redacted(wire.device_code),
                            user_code=wire.user_code,
                            verification_uri=wire.verification_uri,
                            expires_at=self._clock.now() + seconds(wire.expires_in),
                            interval=seconds(wire.interval),
                        )
                    )
                case Err(malformed):
                    return Err(PassingFailure(malformed.where))
        match verdict_of(answer):
            case "no_secret" | "unknown_client" as verdict:
                return Err(client_refused(verdict))
            case _:
                return Err(self._passing("device", answer))

    async def poll(
        self, *, client_id: str, scopes: frozenset[str], code: DeviceCode
    ) -> Result[SignedIn, StillPending | CodeDead | ClientRefused | PassingFailure]:
        """One poll. After a passing failure the caller polls on: a grant already given is remembered here."""
        grant = self._granted.get(code.device_code)
        if grant is None:
            match await self._exchange(client_id, scopes, code):
                case Ok(fresh):
                    grant = fresh
                    self._granted[code.device_code] = grant
                    while len(self._granted) > _GRANTS_KEPT:
                        del self._granted[next(iter(self._granted))]
                case Err() as refused:
                    return refused
        checked = await self.validate(grant.access_token)
        if isinstance(checked, Err):
            if isinstance(checked.error, TokenRejected):
                return Err(PassingFailure("Twitch does not accept the new login yet"))
            return Err(checked.error)
        validation = checked.value
        account = await self._read_account(client_id, grant, validation)
        self._granted.pop(code.device_code, None)
        whole = replace(grant, scopes=grant.scopes or validation.scopes)
        return Ok(SignedIn(whole, account, client_id, self._clock.now()))

    async def refresh(self, *, client_id: str, refresh_token: Redacted) -> Result[TokenGrant, RefreshError]:
        """Exactly one request: the token is single use, so a repeat could burn the one just issued."""
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token.reveal(), "client_id": client_id}
        sent = await self._post("token", form)
        if isinstance(sent, Err):
            return sent
        answer = sent.value
        if answer.status == 200:
            return self._grant(answer)
        match verdict_of(answer):
            case "grant_ended":
                refusal = read_refusal(answer)
                return Err(GrantEnded(refusal.message or refusal.error if refusal else "invalid_grant"))
            case "no_secret" | "unknown_client" as verdict:
                return Err(client_refused(verdict))
            case _:
                return Err(self._passing("token", answer))

    async def validate(self, access_token: Redacted) -> Result[Validation, TokenRejected | PassingFailure]:
        """Ask whose token this is and what it may do. Twitch wants this at start and every hour."""
        sent = await self._http.send(
            "GET", f"{self._id_url}/validate", headers={"Authorization": f"OAuth {access_token.reveal()}"}
        )
        if isinstance(sent, Err):
            return Err(PassingFailure(sent.error.detail))
        answer = sent.value
        if answer.status == 200 and answer.is_json:
            match parse(ValidateAnswer, answer, where="twitch validate", logger=self._logger):
                case Ok(wire):
                    return Ok(
                        Validation(
                            client_id=wire.client_id,
                            user_id=wire.user_id,
                            login=wire.login,
                            scopes=frozenset(wire.scopes or ()),
                            expires_in=seconds(wire.expires_in),
                        )
                    )
                case Err(malformed):
                    return Err(PassingFailure(malformed.where))
        if answer.status == 401 and verdict_of(answer) == "dead_token":
            return Err(TokenRejected())
        return Err(self._passing("validate", answer))

    async def revoke(self, *, client_id: str, access_token: Redacted) -> Result[None, PassingFailure]:
        """Withdraw a token. A token, or an application, that Twitch no longer knows is withdrawn already."""
        sent = await self._post("revoke", {"client_id": client_id, "token": access_token.reveal()})
        if isinstance(sent, Err):
            return sent
        answer = sent.value
        if answer.status == 200 or verdict_of(answer) in ("dead_token", "unknown_client"):
            return Ok(None)
        return Err(self._passing("revoke", answer))

    async def _exchange(
        self, client_id: str, scopes: frozenset[str], code: DeviceCode
    ) -> Result[TokenGrant, StillPending | CodeDead | ClientRefused | PassingFailure]:
        form = {
            "client_id": client_id,
            "scopes": _joined(scopes),
            "device_code": code.device_code.reveal(),
            "grant_type": _DEVICE_GRANT,
        }
        sent = await self._post("token", form)
        if isinstance(sent, Err):
            return sent
        answer = sent.value
        if answer.status == 200:
            return self._grant(answer)
        match verdict_of(answer):
            case "pending":
                return Err(StillPending())
            case "dead_code":
                return Err(CodeDead())
            case "no_secret" | "unknown_client" as verdict:
                return Err(client_refused(verdict))
            case _:
                return Err(self._passing("token", answer))

    async def _read_account(self, client_id: str, grant: TokenGrant, validation: Validation) -> Account:
        """The account with its name and picture; after three failures what `validate` said must do."""
        headers = {"Authorization": f"Bearer {grant.access_token.reveal()}", "Client-Id": client_id}
        for attempt in range(_ACCOUNT_TRIES):
            if attempt:
                await self._sleep(_ACCOUNT_PAUSE)
            sent = await self._http.send("GET", f"{self._helix_url}/users", headers=headers)
            if isinstance(sent, Err) or sent.value.status != 200:
                continue
            parsed = parse(UsersAnswer, sent.value, where="helix GET /users", logger=self._logger)
            if isinstance(parsed, Ok) and parsed.value.data:
                return parsed.value.data[0].account()
        self._logger.warning("twitch sign-in: the account's details could not be read, going on with its login")
        return Account(validation.user_id, validation.login, validation.login, None)

    def _grant(self, answer: HttpAnswer) -> Result[TokenGrant, PassingFailure]:
        if not answer.is_json:
            return Err(self._passing("token", answer))
        match parse(TokenAnswer, answer, where="twitch token", logger=self._logger):
            case Ok(wire):
                return Ok(
                    TokenGrant(
                        access_token=Redacted(wire.access_token),
                        expires_in=timedelta(seconds=wire.expires_in),
                        refresh_token=Redacted(wire.refresh_token) if wire.refresh_token else None,
                        scopes=frozenset(wire.scope or ()),
                    )
                )
            case Err(malformed):
                return Err(PassingFailure(malformed.where))

    async def _post(self, path: str, form: dict[str, str]) -> Result[HttpAnswer, PassingFailure]:
        match await self._http.send("POST", f"{self._id_url}/{path}", form=form):
            case Ok() as answer:
                return answer
            case Err(down):
                return Err(PassingFailure(down.detail))

    def _passing(self, call: str, answer: HttpAnswer) -> PassingFailure:
        """Nothing of the body is kept: a proxy's page may hold anything."""
        wait = answer.retry_after()
        kind = "" if answer.is_json else ", not from Twitch itself"
        self._logger.info("twitch %s: status %d%s", call, answer.status, kind)
        return PassingFailure(
            f"Twitch's login service answered with status {answer.status}{kind}",
            None if wait is None else self._clock.now() + seconds(wait),
        )


def _joined(scopes: frozenset[str]) -> str:
    return " ".join(sorted(scopes))
