"""How a login stands: what keeps callers from a token, what they can make do with, what people are shown.

All of it is read off the keeper; nothing here changes anything.
"""

from __future__ import annotations

from datetime import timedelta

from companion.kernel.instant import Instant
from companion.kernel.result import Err, Ok, Result
from companion.objects.token import rules
from companion.objects.token.keeper import TokenKeeper
from companion.ports.failures import (
    LoginUnreadable,
    NotConfigured,
    ReauthorizationRequired,
    RefreshDelayed,
    SetUpWrong,
    TokenError,
)
from companion.ports.tokens import AccessToken, Provider, TokenStatus


def standing_problem(keeper: TokenKeeper, now: Instant) -> TokenError | None:
    """Why no refresh can help; None when the login is well, or a refresh may make it so."""
    state = keeper.state
    match state.phase:
        case "not_configured":
            return NotConfigured()
        case "reauthorization_required":
            return ReauthorizationRequired(state.reason or "the login has ended", state.since or now)
        case "set_up_wrong":
            return SetUpWrong(state.reason or "the provider refuses the client id")
        case "authorized":
            if keeper.vault_error is not None and keeper.refresh_token is None and keeper.token() is None:
                return LoginUnreadable(keeper.vault_error)
            return None


def make_do(keeper: TokenKeeper, now: Instant) -> Result[AccessToken, TokenError]:
    """After a passing failure: the old token while it lives, else when to come back."""
    token = keeper.token()
    if token is not None and not keeper.access_rejected and rules.is_usable(keeper.expires_at, now):
        return Ok(token)
    return Err(
        RefreshDelayed(
            keeper.state.last_failure or "the login could not be renewed", keeper.state.next_attempt_at or now
        )
    )


def status_of(
    keeper: TokenKeeper,
    now: Instant,
    *,
    provider: Provider,
    needed_scopes: frozenset[str],
    login_lives: timedelta | None,
    warn_after: timedelta | None,
    refreshing: bool,
) -> TokenStatus:
    """The present state for people, without secrets. `login_lives` and `warn_after` count from the sign-in."""
    state = keeper.state
    by = state.authorized_at + login_lives if state.authorized_at and login_lives else None
    warn = bool(
        state.phase == "authorized" and state.authorized_at and warn_after and now >= state.authorized_at + warn_after
    )
    signed_in = state.phase != "not_configured"
    return TokenStatus(
        provider=provider,
        phase=state.phase,
        reason=state.reason,
        since=state.since,
        account=state.account if signed_in else None,
        scopes=state.scopes,
        missing_scopes=needed_scopes - state.scopes if state.phase == "authorized" else frozenset(),
        expires_at=state.expires_at,
        authorized_at=state.authorized_at if signed_in else None,
        reauthorize_by=by if signed_in else None,
        warn_reauthorize=warn,
        session_only=state.phase == "authorized" and keeper.unsaved,
        vault_error=keeper.vault_error,
        refreshing=refreshing,
        consecutive_failures=state.failures,
        next_attempt_at=state.next_attempt_at,
        last_failure=state.last_failure,
        withheld=isinstance(standing_problem(keeper, now), LoginUnreadable),
    )
