"""Tokens: what the token objects hand out, what they are given, and what they ask of a provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol, TypeAlias

from companion.kernel.instant import Instant
from companion.kernel.redacted import Redacted
from companion.kernel.result import Result
from companion.ports.failures import TokenError
from companion.ports.vault import VaultError

Provider: TypeAlias = Literal["twitch", "spotify", "twitch_bot"]
"""Whose login: the streamer's with Twitch and with Spotify, and a second one with Twitch that only speaks in chat."""
App: TypeAlias = Literal["twitch", "spotify"]


def app_of(provider: Provider) -> App:
    """Whose registered app (client id) a login uses: both logins with Twitch use the same one."""
    return "spotify" if provider == "spotify" else "twitch"


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token as callers get it: the secret and the client id it belongs to (Helix wants both)."""

    value: Redacted
    client_id: str


@dataclass(frozen=True, slots=True)
class TokenGrant:
    """What a provider's token endpoint gave, already checked: non-empty tokens, 0 < lifetime <= 365 days."""

    access_token: Redacted
    expires_in: timedelta
    refresh_token: Redacted | None
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Account:
    """The person behind a login. `user_id` is the provider's lasting id (Spotify: `account_id`)."""

    user_id: str
    login: str
    display_name: str
    picture_url: str | None
    broadcaster_type: str = ""
    """Twitch only: "", "affiliate" or "partner"."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Everything a finished sign-in yields; `set_tokens` takes it whole."""

    grant: TokenGrant
    account: Account
    client_id: str
    authorized_at: Instant


# What a token object may be told by the provider when it refreshes, validates or revokes.


@dataclass(frozen=True, slots=True)
class GrantEnded:
    """A listed terminal answer: this refresh token will never work again."""

    reason: str


@dataclass(frozen=True, slots=True)
class ClientRefused:
    """The client id (or its type) is wrong; the login itself may be sound."""

    detail: str


@dataclass(frozen=True, slots=True)
class PassingFailure:
    """Anything else: network, proxy pages, 408, 429, 5xx, malformed answers. `retry_at` from Retry-After."""

    detail: str
    retry_at: Instant | None = None


RefreshError: TypeAlias = GrantEnded | ClientRefused | PassingFailure


@dataclass(frozen=True, slots=True)
class Validation:
    """Twitch's answer about a living access token."""

    client_id: str
    user_id: str
    login: str
    scopes: frozenset[str]
    expires_in: timedelta


@dataclass(frozen=True, slots=True)
class TokenRejected:
    """The provider says the access token is not valid (any more)."""


class AuthorizationServer(Protocol):
    """The provider's OAuth end, as the token objects use it."""

    async def refresh(self, *, client_id: str, refresh_token: Redacted) -> Result[TokenGrant, RefreshError]:
        """Exactly one request; never repeated here, since the token may be single use."""
        ...

    async def validate(self, access_token: Redacted) -> Result[Validation | None, TokenRejected | PassingFailure]:
        """`Ok(None)` from a provider that has no such call (Spotify)."""
        ...

    async def revoke(self, *, client_id: str, access_token: Redacted) -> Result[None, PassingFailure]:
        """`Ok` also when the token was already dead, and from a provider that cannot revoke (Spotify)."""
        ...


TokenPhase: TypeAlias = Literal["not_configured", "authorized", "reauthorization_required", "set_up_wrong"]


@dataclass(frozen=True, slots=True)
class TokenStatus:
    """What may be shown of a login. Holds no secret."""

    provider: Provider
    phase: TokenPhase
    reason: str | None
    since: Instant | None
    account: Account | None
    scopes: frozenset[str]
    missing_scopes: frozenset[str]
    expires_at: Instant | None
    authorized_at: Instant | None
    reauthorize_by: Instant | None
    """Spotify: six months after the person authorised; None where no such limit exists."""
    warn_reauthorize: bool
    session_only: bool
    """True while the keyring cannot keep the login: it lasts until Companion stops."""
    vault_error: VaultError | None
    refreshing: bool
    consecutive_failures: int
    next_attempt_at: Instant | None
    last_failure: str | None
    withheld: bool = False
    """True while the keyring has the login and does not give it out: nothing works until it does."""


class TokenSource(Protocol):
    """Where services get tokens; both token objects are one."""

    async def get_valid_token(self, *, rejected: AccessToken | None = None) -> Result[AccessToken, TokenError]:
        """A token that is valid for five more minutes, refreshed once for all callers if need be.

        `rejected` is the token the provider has just answered with 401: if it is still the current one it
        is refreshed, if it has been replaced meanwhile the replacement is handed out without a request.
        """
        ...

    def status(self) -> TokenStatus:
        """The present state, without I/O."""
        ...


@dataclass(frozen=True, slots=True)
class BadTokens:
    """`set_tokens` was given something unusable; nothing was stored."""

    detail: str


@dataclass(frozen=True, slots=True)
class NoRefreshToken:
    """The grant carries no refresh token and none is stored."""


@dataclass(frozen=True, slots=True)
class OtherAccount:
    """The login is for another account than the one this data belongs to; call again with `confirm_account=True`."""

    known: Account
    offered: Account


SetTokensError: TypeAlias = BadTokens | NoRefreshToken | OtherAccount


class Login(TokenSource, Protocol):
    """A token object, as the application's people-facing side sees it."""

    async def set_tokens(self, tokens: SignedIn, *, confirm_account: bool = False) -> Result[None, SetTokensError]:
        """Take a finished sign-in."""
        ...

    async def retry(self) -> Result[AccessToken, TokenError]:
        """Ask now, whatever wait was agreed; also tries a keyring again that was not usable."""
        ...

    async def sign_out(self) -> Result[None, VaultError]:
        """Revoke where the provider can, forget the secrets. An error means the keyring still holds them."""
        ...
