"""The state of a login as a frozen value."""

from __future__ import annotations

from dataclasses import dataclass

from companion.kernel.instant import Instant
from companion.ports.tokens import Account, TokenPhase


@dataclass(frozen=True, slots=True)
class TokenState:
    """What is known of a login, without its secrets."""

    phase: TokenPhase = "not_configured"
    reason: str | None = None
    since: Instant | None = None
    client_id: str | None = None
    account: Account | None = None
    """Stays after a sign-out: the account that the local data belongs to."""
    scopes: frozenset[str] = frozenset()
    expires_at: Instant | None = None
    authorized_at: Instant | None = None
    failures: int = 0
    next_attempt_at: Instant | None = None
    last_failure: str | None = None
    refresh_started_with: str | None = None
    """Fingerprint of the refresh token that a request was begun with; cleared when its answer is stored."""
    live: bool = False
