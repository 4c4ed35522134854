"""A provider's OAuth end that keeps book: which tokens live, which are spent, how many requests came."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from companion.kernel.instant import Instant
from companion.kernel.redacted import Redacted
from companion.kernel.result import Err, Ok, Result
from companion.ports.tokens import (
    Account,
    GrantEnded,
    PassingFailure,
    RefreshError,
    SignedIn,
    TokenGrant,
    TokenRejected,
    Validation,
)
from tests.fakes.clock import FakeClock

PERSON = Account("1001", "fern_example", "Fern_Example", None)
OTHER = Account("2002", "moss_example", "Moss_Example", None)
CLIENT = "client-id-of-the-streamer"
SCOPES = frozenset({"scope:one", "scope:two"})


class FakeAuthorization:
    """`AuthorizationServer`. With `rotates`, a refresh token is good for one refresh.

    `fail(error, times)` answers the next refreshes with an error; `hold()` keeps requests waiting until `release()`.
    `lost` answers are worked out by the provider, but never arrive.
    """

    def __init__(self, clock: FakeClock, *, rotates: bool = True, lifetime: timedelta = timedelta(hours=4)) -> None:
        self._clock = clock
        self.rotates = rotates
        self.lifetime = lifetime
        self.refreshes: list[str] = []
        self.validations = 0
        self.revoked: list[str] = []
        self.at_once = 0
        self.most_at_once = 0
        self.spent_again: list[str] = []
        """Refresh tokens that came a second time: never, if all is well."""
        self.lose_answers = 0
        self.validation_error: TokenRejected | PassingFailure | None = None
        self.revocation_error: PassingFailure | None = None
        self.scopes = SCOPES
        self.account = PERSON
        self._good: dict[str, str | None] = {}
        self._spent: set[str] = set()
        self._access: dict[str, Instant] = {}
        self._errors: list[RefreshError] = []
        self._number = 0
        self._open = asyncio.Event()
        self._open.set()

    # What tests do

    def sign_in(
        self,
        *,
        account: Account = PERSON,
        refresh: bool = True,
        lifetime: timedelta | None = None,
        client: str = CLIENT,
    ) -> SignedIn:
        """A person has just signed in."""
        grant = self._grant(lifetime or self.lifetime)
        if not refresh:
            grant = TokenGrant(grant.access_token, grant.expires_in, None, grant.scopes)
        return SignedIn(grant, account, client, self._clock.now())

    def fail(self, error: RefreshError, times: int = 1) -> None:
        self._errors.extend([error] * times)

    def hold(self) -> None:
        self._open.clear()

    def release(self) -> None:
        self._open.set()

    def end_everything(self) -> None:
        """The person disconnected the application."""
        self._good.clear()
        self._access.clear()

    def expire_access(self) -> None:
        """The provider forgets every access token."""
        self._access.clear()

    def accepts(self, token: Redacted) -> bool:
        return token.reveal() in self._access and self._access[token.reveal()] > self._clock.now()

    @property
    def secrets(self) -> list[str]:
        """Everything that was ever given out."""
        return [*(f"access-secret-{n:06d}" for n in range(1, self._number + 1)),
                *(f"refresh-secret-{n:06d}" for n in range(1, self._number + 1))]  # fmt: skip

    # AuthorizationServer

    async def refresh(self, *, client_id: str, refresh_token: Redacted) -> Result[TokenGrant, RefreshError]:
        token = refresh_token.reveal()
        self.refreshes.append(token)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(0)
            await self._open.wait()
            return self._answer(token)
        finally:
            self.at_once -= 1

    async def validate(self, access_token: Redacted) -> Result[Validation | None, TokenRejected | PassingFailure]:
        self.validations += 1
        await asyncio.sleep(0)
        await self._open.wait()
        if self.validation_error is not None:
            return Err(self.validation_error)
        if not self.accepts(access_token):
            return Err(TokenRejected())
        left = self._access[access_token.reveal()] - self._clock.now()
        return Ok(Validation(CLIENT, self.account.user_id, self.account.login, self.scopes, left))

    async def revoke(self, *, client_id: str, access_token: Redacted) -> Result[None, PassingFailure]:
        await asyncio.sleep(0)
        if self.revocation_error is not None:
            return Err(self.revocation_error)
        self.revoked.append(access_token.reveal())
        self._access.pop(access_token.reveal(), None)
        return Ok(None)

    def _answer(self, token: str) -> Result[TokenGrant, RefreshError]:
        if self._errors:
            return Err(self._errors.pop(0))
        if token in self._spent:
            self.spent_again.append(token)
        if token not in self._good:
            return Err(GrantEnded("Invalid refresh token"))
        if self.rotates:
            del self._good[token]
            self._spent.add(token)
        grant = self._grant(self.lifetime, keep=None if self.rotates else token)
        if self.lose_answers:
            self.lose_answers -= 1
            return Err(PassingFailure("the answer did not arrive"))
        return Ok(grant)

    def _grant(self, lifetime: timedelta, keep: str | None = None) -> TokenGrant:
        self._number += 1
        access, refresh = f"access-secret-{self._number:06d}", f"refresh-secret-{self._number:06d}"
        self._access[access] = self._clock.now() + lifetime
        if keep is None:
            self._good[refresh] = None
        return TokenGrant(Redacted(access), lifetime, Redacted(refresh) if keep is None else None, self.scopes)
