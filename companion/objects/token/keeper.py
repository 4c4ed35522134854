"""What a token object holds: its stored state, the secrets in memory, and how both are kept.

Order of writing: the refresh token into the vault, the access token into the vault, then the row; only
then is the new access token handed out. A kill in between leaves what the next start can tell apart.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

from companion.kernel.instant import Clock, Instant
from companion.kernel.redacted import Redacted, Scrubber
from companion.kernel.result import Err, Ok, Result
from companion.objects.token.rules import after_end
from companion.objects.token.safe import StoredAccess, TokenSafe
from companion.objects.token.state import TokenState
from companion.objects.token.tables import TokenStateRow
from companion.ports.tokens import AccessToken, Provider, TokenGrant, Validation
from companion.ports.transaction import Transaction
from companion.ports.vault import Vault, VaultError
from companion.runtime.set_aside import load_or_set_aside
from companion.runtime.transactions import StorageFailure, Transactions


class TokenKeeper:
    """State and secrets of one login. Not called from outside its token object."""

    def __init__(
        self,
        *,
        provider: Provider,
        transactions: Transactions,
        vault: Vault,
        clock: Clock,
        scrubber: Scrubber,
        logger: logging.Logger,
        plan: Callable[[Transaction, TokenState], None],
        on_change: Callable[[], None],
    ) -> None:
        self._provider = provider
        self._transactions = transactions
        self._safe = TokenSafe(vault, provider)
        self._clock = clock
        self._scrubber = scrubber
        self._logger = logger
        self._plan = plan
        self.changed = on_change
        self.state = TokenState()
        self.refresh_token: Redacted | None = None
        self.access_rejected = False
        """The provider refuses the access token in hand, whatever its expiry says."""
        self.unsaved = False
        """The login in memory is not (wholly) in the vault: it lasts for this session."""
        self.vault_error: VaultError | None = None
        self.killed_while_refreshing = False
        self.answer_lost = False
        self.generation = 0
        """Grows with every sign-in and sign-out: an answer to an older refresh is dropped."""
        self._access: StoredAccess | None = None
        self._writing = asyncio.Lock()
        """Taking a login, ending one and forgetting one touch the vault: one after the other."""

    @property
    def expires_at(self) -> Instant | None:
        """When the access token in hand dies by the provider's word."""
        return None if self._access is None else self._access.expires_at

    def token(self) -> AccessToken | None:
        """The access token in hand, valid or not."""
        if self._access is None or self.state.client_id is None:
            return None
        return AccessToken(self._access.token, self.state.client_id)

    def is_current(self, token: Redacted) -> bool:
        """Whether this is the token in hand (and not one that has been replaced)."""
        return self._access is not None and self._access.token == token

    def load_state(self) -> str | None:
        """Read the row; a malformed one is set aside, and the reason answered."""
        with self._transactions.begin() as tx:
            row, problem = load_or_set_aside(tx.session, TokenStateRow, self._provider, self._clock.now())
            try:
                self.state = TokenState() if row is None else row.value()
            except ValueError as error:
                _, problem = load_or_set_aside(tx.session, TokenStateRow, self._provider, self._clock.now(), str(error))
        return problem

    async def load_secrets(self) -> None:
        """Read the vault. Without a login in it the state says so; an unreadable vault changes no state."""
        read = await self._safe.read()
        if isinstance(read, Err):
            self.vault_error = read.error
            self._logger.warning("the %s login cannot be read from the keyring: %s", self._provider, read.error)
            self.changed()
            return
        self.vault_error = None
        if self.refresh_token is not None:
            return  # a sign-in came meanwhile: what it brought is newer
        secrets = read.value
        self.refresh_token, self._access = secrets.refresh, secrets.access
        self._learn()
        if secrets.refresh is None:
            reason, now = "the keyring does not hold this login any more", self._clock.now()
            await self.end(lambda state: after_end(state, reason, now))
            return
        started_with = self.state.refresh_started_with
        self.killed_while_refreshing = started_with == secrets.refresh.fingerprint()
        if self.killed_while_refreshing:
            self._logger.warning("Companion was ended while the %s login was being renewed", self._provider)
        self.changed()

    async def settled(self) -> None:
        """Wait until a sign-in or sign-out under way has come to its end."""
        async with self._writing:
            pass

    async def take(
        self, grant: TokenGrant, become: Callable[[TokenState], TokenState], *, generation: int | None = None
    ) -> bool:
        """Store a new grant, then begin to use it; `become` makes the state of that moment the new one.

        False when the login is no longer of `generation`: a sign-in or sign-out came first.
        """
        async with self._writing:
            if generation is not None and generation != self.generation:
                return False
            self.generation += 1
            access = StoredAccess(grant.access_token, self._clock.now() + grant.expires_in)
            refresh = grant.refresh_token or self.refresh_token
            self._scrubber.learn(grant.access_token)
            if refresh is not None:
                self._scrubber.learn(refresh)
            # In memory first: should the vault hang, the only copy of a single-use token must not die with a caller.
            self.refresh_token = refresh
            await self._store(refresh, access)
            self.save(become(self.state))
            self._access = access
            self.access_rejected = False
            self.killed_while_refreshing = self.answer_lost = False
            self.changed()
            return True

    async def store_again(self) -> None:
        """The keyring is back: put the login that is in memory into it."""
        async with self._writing:
            await self._store(self.refresh_token, self._access)
            self.changed()

    async def end(self, become: Callable[[TokenState], TokenState], *, generation: int | None = None) -> None:
        """The login is over: keep the reason, forget its secrets."""
        async with self._writing:
            if generation is None or generation == self.generation:
                self.save(become(self.state))
                await self._drop_secrets()
                self.changed()

    async def forget(self) -> Result[None, VaultError]:
        """A sign-out: nothing is left but the account the data belongs to."""
        async with self._writing:
            # At once in memory: whoever asks while the vault is slow meets no login without its secrets. On disk
            # only afterwards: killed in between, the next start must not take live secrets for forgotten ones.
            self.state = TokenState(account=self.state.account, live=self.state.live)
            cleared = await self._drop_secrets()
            self.save(self.state)
            return cleared

    def validated(self, validation: Validation) -> None:
        """The provider's own word about scopes and lifetime replaces ours."""
        if self._access is None:
            return
        expires_at = self._clock.now() + validation.expires_in
        self._access = StoredAccess(self._access.token, expires_at)
        self.save(replace(self.state, scopes=validation.scopes, expires_at=expires_at))

    async def probe(self) -> Result[None, VaultError]:
        """Prove the vault writable; the outcome shows in the status."""
        probed = await self._safe.probe()
        self.vault_error = probed.error if isinstance(probed, Err) else None
        self.changed()
        return probed

    def save(self, state: TokenState) -> None:
        """Make `state` the present one, with its alarms. A failing database costs the row, never the login."""
        # A proxy or a provider may quote the request in its refusal.
        state = replace(state, reason=self._clean(state.reason), last_failure=self._clean(state.last_failure))
        self.state = state
        try:
            with self._transactions.begin() as tx:
                tx.session.merge(TokenStateRow.of(self._provider, state))
                self._plan(tx, state)
        except StorageFailure as failure:
            self._logger.error("the state of the %s login is not stored: %s", self._provider, failure.detail)
        self.changed()

    async def _store(self, refresh: Redacted | None, access: StoredAccess | None) -> None:
        outcome: Result[None, VaultError] = Ok(None)
        if refresh is not None:
            outcome = await self._safe.write_refresh(refresh)
        if isinstance(outcome, Ok) and access is not None:
            outcome = await self._safe.write_access(access)
        self.unsaved = isinstance(outcome, Err)
        self.vault_error = outcome.error if isinstance(outcome, Err) else None
        if self.unsaved:
            self._logger.warning("the %s login lasts for this session only: %s", self._provider, self.vault_error)

    async def _drop_secrets(self) -> Result[None, VaultError]:
        self.generation += 1
        self.refresh_token = self._access = None
        self.access_rejected = self.unsaved = False
        self.killed_while_refreshing = self.answer_lost = False
        cleared = await self._safe.clear()
        self.vault_error = cleared.error if isinstance(cleared, Err) else None
        return cleared

    def _clean(self, text: str | None) -> str | None:
        return None if text is None else self._scrubber.scrub(text)

    def _learn(self) -> None:
        if self.refresh_token is not None:
            self._scrubber.learn(self.refresh_token)
        if self._access is not None:
            self._scrubber.learn(self._access.token)
