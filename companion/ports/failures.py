"""How a call to an outside service can fail: one closed union, the same for every provider.

Each value says what was seen; what a person reads is written in `application.messages`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from companion.kernel.instant import Instant
from companion.ports.vault import VaultError


@dataclass(frozen=True, slots=True)
class NetworkDown:
    """No answer arrived: name resolution, connection, TLS or time limit. `detail` holds no secret."""

    detail: str


@dataclass(frozen=True, slots=True)
class RateLimited:
    """The provider asks for patience; no call is sent to it before `retry_at`."""

    retry_at: Instant


@dataclass(frozen=True, slots=True)
class QuotaExhausted:
    """Spotify's quota for the developer account is used up (429 with reason QUOTA_EXCEEDED)."""

    retry_at: Instant


@dataclass(frozen=True, slots=True)
class ProviderUnavailable:
    """The provider answered 5xx, or something between us and it answered in its place (a proxy's page)."""

    status: int
    detail: str


@dataclass(frozen=True, slots=True)
class MalformedAnswer:
    """The answer did not have the promised shape; `where` names the call and the field."""

    where: str


@dataclass(frozen=True, slots=True)
class Unauthorized:
    """The provider refused the token even after a fresh one was fetched."""

    detail: str


@dataclass(frozen=True, slots=True)
class Forbidden:
    """The account may not do this (a missing scope, not affiliate, banned, ...); `detail` is the provider's text."""

    detail: str


@dataclass(frozen=True, slots=True)
class NotFound:
    """The thing named does not exist at the provider."""

    detail: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Any other 4xx: our request was wrong for the provider's present state."""

    status: int
    detail: str


@dataclass(frozen=True, slots=True)
class NoAccess:
    """There is no usable login just now; `reason` is the token object's own error."""

    reason: TokenError


@dataclass(frozen=True, slots=True)
class NotConfigured:
    """Nobody has signed in yet, or no client id is set."""


@dataclass(frozen=True, slots=True)
class ReauthorizationRequired:
    """The login has ended for good; only a new sign-in helps."""

    reason: str
    since: Instant


@dataclass(frozen=True, slots=True)
class RefreshDelayed:
    """The token needs a refresh that failed for a passing reason; the next attempt is at `next_attempt_at`."""

    detail: str
    next_attempt_at: Instant


@dataclass(frozen=True, slots=True)
class SetUpWrong:
    """The provider refuses the client id itself; the login is kept until the set-up is mended."""

    detail: str


@dataclass(frozen=True, slots=True)
class LoginUnreadable:
    """There is a login, but the keyring that holds it cannot be read just now; `vault_error` says why."""

    vault_error: VaultError


@dataclass(frozen=True, slots=True)
class StorageFailed:
    """The local database could not be written (disk full, file gone, ...). The transaction was rolled back."""

    detail: str


TokenError: TypeAlias = NotConfigured | ReauthorizationRequired | RefreshDelayed | SetUpWrong | LoginUnreadable

ServiceError: TypeAlias = (
    NetworkDown
    | RateLimited
    | QuotaExhausted
    | ProviderUnavailable
    | MalformedAnswer
    | Unauthorized
    | Forbidden
    | NotFound
    | Refused
    | NoAccess
)


def retry_time(error: ServiceError) -> Instant | None:
    """The instant that the error itself names for the next attempt; one before it would fail in the same way."""
    match error:
        case RateLimited(at) | QuotaExhausted(at) | NoAccess(RefreshDelayed(next_attempt_at=at)):
            return at
        case _:
            return None


@dataclass(frozen=True, slots=True)
class PremiumRequired:
    """Spotify wants Premium: of the listener, or of the owner of the app (`of_owner`)."""

    of_owner: bool
    detail: str


@dataclass(frozen=True, slots=True)
class NotAllowListed:
    """This Spotify account is not in the user list of the app's dashboard page."""

    detail: str


@dataclass(frozen=True, slots=True)
class NoActiveDevice:
    """Spotify runs nowhere, or nothing was played for a while."""


SpotifyError: TypeAlias = ServiceError | PremiumRequired | NotAllowListed | NoActiveDevice
