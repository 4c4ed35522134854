"""The token object: hands out valid tokens, refreshes once for everybody, survives being killed.

Both providers share this class; `twitch_token` and `spotify_token` say only what differs.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar

from companion.kernel.instant import Instant
from companion.kernel.redacted import Scrubber
from companion.kernel.result import Err, Ok, Result
from companion.kernel.tasks import TaskSupervisor
from companion.objects.token import rules
from companion.objects.token.keeper import TokenKeeper
from companion.objects.token.refresher import Refresher
from companion.objects.token.standing import make_do, standing_problem, status_of
from companion.objects.token.state import TokenState
from companion.objects.token.validator import Validator
from companion.ports.failures import LoginUnreadable, RefreshDelayed, TokenError
from companion.ports.tokens import (
    AccessToken,
    AuthorizationServer,
    BadTokens,
    NoRefreshToken,
    OtherAccount,
    Provider,
    SetTokensError,
    SignedIn,
    TokenStatus,
)
from companion.ports.transaction import Transaction
from companion.ports.vault import Vault, VaultError
from companion.runtime.durable_object import DurableObject, Runtime
from companion.runtime.transactions import StorageFailure

REFRESH = "refresh"
VALIDATE = "validate"


@dataclass(frozen=True, slots=True)
class TokenTools:
    """What a token object needs beside the runtime."""

    server: AuthorizationServer
    vault: Vault
    supervisor: TaskSupervisor
    scrubber: Scrubber
    logger: logging.Logger
    needed_scopes: frozenset[str]
    on_change: Callable[[], None]


class TokenObject(DurableObject):
    """A login with one provider."""

    provider: ClassVar[Provider]
    rotates: ClassVar[bool]
    """The refresh token is single use: prove the vault writable before spending it."""
    validates: ClassVar[bool]
    """The provider wants living tokens validated at start and hourly."""
    login_lives: ClassVar[timedelta | None] = None
    warn_after: ClassVar[timedelta | None] = None

    def __init__(self, *, runtime: Runtime, tools: TokenTools) -> None:
        super().__init__(runtime)
        self._server = tools.server
        self._supervisor = tools.supervisor
        self._logger = tools.logger
        self._needed_scopes = tools.needed_scopes
        self._keeper = TokenKeeper(
            provider=self.provider,
            transactions=runtime.transactions,
            vault=tools.vault,
            clock=runtime.clock,
            scrubber=tools.scrubber,
            logger=tools.logger,
            plan=self._plan,
            on_change=tools.on_change,
        )
        self._refresher = Refresher(
            keeper=self._keeper,
            server=tools.server,
            supervisor=tools.supervisor,
            clock=runtime.clock,
            logger=tools.logger,
            provider=self.provider,
            rotates=self.rotates,
        )
        self._validator = Validator(
            keeper=self._keeper,
            server=tools.server,
            clock=runtime.clock,
            logger=tools.logger,
            provider=self.provider,
        )
        self._opening: asyncio.Task[None] | None = None

    # Life

    def start(self) -> str | None:
        """Read the stored state (not the vault). The answer is why it had to be set aside, None if it was sound."""
        return self._keeper.load_state()

    async def open_vault(self) -> None:
        """Read the secrets, and have a living access token validated. Called once the tray stands."""
        if self._opening is None:
            self._opening = self._supervisor.spawn(self._open(), name=f"{self.name} opens the vault")
        if self._opening is not None:
            await asyncio.shield(self._opening)

    async def close(self) -> None:
        """Let a refresh or a sign-in in flight come to its end: cut off, it would cost the login."""
        await self._refresher.finish()
        await self._keeper.settled()

    async def on_alarm(self, name: str) -> None:
        """`refresh`: re-check, then refresh while live. `validate`: the hourly look."""
        if name == VALIDATE:
            await self._validate()
        elif self._keeper.state.live:
            # The wait is over, whatever a wall clock that was set back meanwhile says.
            self._keeper.state = replace(self._keeper.state, next_attempt_at=None)
            answer = await self.get_valid_token()
            with self.transactions.begin() as tx:
                if isinstance(answer, Err) and isinstance(answer.error, LoginUnreadable):
                    self.set_alarm(tx, REFRESH, self.clock.now() + rules.LATER_RETRIES)
                else:
                    self._plan(tx, self._keeper.state)

    def need(self, scopes: frozenset[str]) -> None:
        """What a login must carry from now on; what it lacks stands in `status`."""
        self._needed_scopes = scopes

    # What others call

    async def get_valid_token(self, *, rejected: AccessToken | None = None) -> Result[AccessToken, TokenError]:
        """See `ports.tokens.TokenSource`."""
        await self.open_vault()
        keeper = self._keeper
        if rejected is not None and keeper.is_current(rejected.value):
            keeper.access_rejected = True
        problem = standing_problem(keeper, self.clock.now())
        if problem is not None:
            return Err(problem)
        token = keeper.token()
        if token is not None and not keeper.access_rejected and rules.is_valid(keeper.expires_at, self.clock.now()):
            return Ok(token)
        waiting_until = keeper.state.next_attempt_at
        if not self._refresher.running and waiting_until is not None and waiting_until > self.clock.now():
            return make_do(keeper, self.clock.now())
        return await self._refreshed()

    async def retry(self) -> Result[AccessToken, TokenError]:
        """A person pressed Retry, or the network came back: ask now, whatever wait was agreed."""
        keeper = self._keeper
        if keeper.vault_error is not None:
            if keeper.refresh_token is not None:
                await keeper.store_again()
            else:
                self._opening = None
        state = keeper.state
        if state.phase == "set_up_wrong":
            state = replace(state, phase="authorized", reason=None)
        keeper.save(replace(state, next_attempt_at=None))
        return await self.get_valid_token()

    async def set_tokens(self, tokens: SignedIn, *, confirm_account: bool = False) -> Result[None, SetTokensError]:
        """Take a finished sign-in. Without a refresh token in it the stored one stays.

        Errors: `BadTokens`, `NoRefreshToken`, `OtherAccount` (call again with `confirm_account=True`).
        A vault that cannot keep the login is no error: the login then lasts for the session, see `status`.
        """
        await self.open_vault()
        keeper = self._keeper
        problem = rules.grant_problem(tokens)
        if problem is not None:
            return Err(problem)
        known = keeper.state.account
        other = known is not None and known.user_id != tokens.account.user_id
        # A stored refresh token is of use only to the account and the client it was given to.
        keeps = keeper.refresh_token is not None and not other and keeper.state.client_id == tokens.client_id
        if tokens.grant.refresh_token is None and not keeps:
            return Err(NoRefreshToken())
        if known is not None and other and not confirm_account:
            return Err(OtherAccount(known, tokens.account))
        now = self.clock.now()
        take = keeper.take(tokens.grant, lambda state: rules.after_sign_in(state, tokens, now))
        storing = self._supervisor.spawn(take, name=f"store the {self.provider} login")
        if storing is None:
            return Err(BadTokens("Companion is stopping"))
        # Shielded: cut off between the vault and the row, one account's token would stand beside another's name.
        await asyncio.shield(storing)
        self._logger.info("signed in to %s", self.provider)
        return Ok(None)

    async def on_stream_online(self) -> Result[None, TokenError]:
        """Keep the token fresh from now on. Always `Ok`: a login that has ended counts as told."""
        self._keeper.save(replace(self._keeper.state, live=True))
        return Ok(None)

    async def on_stream_offline(self) -> Result[None, TokenError]:
        """Stop refreshing ahead of need, forget the retries. Always `Ok`."""
        self._keeper.save(replace(self._keeper.state, live=False, failures=0, next_attempt_at=None))
        return Ok(None)

    async def sign_out(self) -> Result[None, VaultError]:
        """Revoke where the provider can, forget the secrets. An error means the keyring still holds them."""
        await self.open_vault()
        token, client_id = self._keeper.token(), self._keeper.state.client_id
        cleared = await self._keeper.forget()
        if token is not None and client_id is not None:
            revoked = await self._server.revoke(client_id=client_id, access_token=token.value)
            if isinstance(revoked, Err):
                self._logger.warning("%s did not confirm the sign-out: %s", self.provider, revoked.error.detail)
        self._logger.info("signed out of %s", self.provider)
        return cleared

    def status(self) -> TokenStatus:
        """The present state, without I/O and without secrets."""
        return status_of(
            self._keeper,
            self.clock.now(),
            provider=self.provider,
            needed_scopes=self._needed_scopes,
            login_lives=self.login_lives,
            warn_after=self.warn_after,
            refreshing=self._refresher.running,
        )

    # Inside

    def _plan(self, tx: Transaction, state: TokenState) -> None:
        """The alarms follow from the state: one refresh while live, one validation while signed in."""
        now = self.clock.now()
        if state.live and state.phase == "authorized" and state.expires_at is not None:
            self.set_alarm(tx, REFRESH, state.next_attempt_at or rules.proactive_due(state.expires_at, now))
        else:
            self.cancel_alarm(tx, REFRESH)
        if not self.validates or state.phase != "authorized":
            self.cancel_alarm(tx, VALIDATE)
        elif self.alarm_due(VALIDATE) is None:
            self.set_alarm(tx, VALIDATE, now + rules.VALIDATE_EVERY)

    async def _refreshed(self) -> Result[AccessToken, TokenError]:
        if not await self._refresher.join():
            return Err(RefreshDelayed("Companion is stopping", self.clock.now()))
        problem = standing_problem(self._keeper, self.clock.now())
        return make_do(self._keeper, self.clock.now()) if problem is None else Err(problem)

    async def _open(self) -> None:
        if self._keeper.state.phase in ("not_configured", "reauthorization_required"):
            return
        await self._keeper.load_secrets()
        if self._keeper.token() is not None:
            await self._validate(at_start=True)

    async def _validate(self, *, at_start: bool = False) -> None:
        looked = await self._validator.look() if self.validates else None
        if looked is None:
            return
        if looked.refused is not None and not at_start:
            await self.get_valid_token(rejected=looked.refused)
        if self._keeper.state.phase == "authorized":
            self._validate_again(looked.again_at)

    def _validate_again(self, due: Instant) -> None:
        try:
            with self.transactions.begin() as tx:
                self.set_alarm(tx, VALIDATE, due)
        except StorageFailure as failure:
            self._logger.error("the next validation is not planned: %s", failure.detail)
