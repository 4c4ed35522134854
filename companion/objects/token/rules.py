"""Pure decisions about tokens: when one is valid, when to try again, what an answer means."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from companion.kernel.instant import Instant
from companion.objects.token.state import TokenState
from companion.ports.tokens import BadTokens, SignedIn, TokenGrant

SAFETY = timedelta(minutes=5)
"""A token is handed out only while it lives longer than this."""
RETRY_DELAYS = (timedelta(seconds=60), timedelta(seconds=120), timedelta(seconds=240))
LATER_RETRIES = timedelta(seconds=600)
LONGEST_LIFE = timedelta(seconds=31_536_000)
VALIDATE_EVERY = timedelta(hours=1)
OVERDUE = timedelta(seconds=1)
"""A proactive refresh whose time has passed already happens this much later."""


def is_valid(expires_at: Instant | None, now: Instant) -> bool:
    """Strictly more than the safety margin is left."""
    return expires_at is not None and now < expires_at - SAFETY


def is_usable(expires_at: Instant | None, now: Instant) -> bool:
    """Not expired yet, margin or not."""
    return expires_at is not None and now < expires_at


def proactive_due(expires_at: Instant, now: Instant) -> Instant:
    """When the alarm refreshes a token while live."""
    return max(expires_at - SAFETY, now + OVERDUE)


def next_attempt(failures: int, now: Instant, retry_at: Instant | None) -> Instant:
    """After `failures` passing failures in a row (1 the first): 60, 120, 240, then every 600 s; or later if told."""
    delay = RETRY_DELAYS[failures - 1] if failures <= len(RETRY_DELAYS) else LATER_RETRIES
    planned = now + delay
    return max(planned, retry_at) if retry_at is not None else planned


def grant_problem(signed_in: SignedIn) -> BadTokens | None:
    """Why a grant cannot be taken, None when it can."""
    grant = signed_in.grant
    if not grant.access_token.reveal():
        return BadTokens("the access token is empty")
    if grant.refresh_token is not None and not grant.refresh_token.reveal():
        return BadTokens("the refresh token is empty")
    if not timedelta(0) < grant.expires_in <= LONGEST_LIFE:
        return BadTokens("the lifetime is out of range")
    if not signed_in.client_id or not signed_in.account.user_id:
        return BadTokens("the client id or the account is missing")
    return None


def after_grant(state: TokenState, grant: TokenGrant, now: Instant) -> TokenState:
    """The state once a refresh has been answered with a new grant."""
    return replace(
        state,
        phase="authorized",
        reason=None,
        since=state.since if state.phase == "authorized" else now,
        scopes=grant.scopes or state.scopes,
        expires_at=now + grant.expires_in,
        failures=0,
        next_attempt_at=None,
        last_failure=None,
        refresh_started_with=None,
    )


def after_sign_in(state: TokenState, signed_in: SignedIn, now: Instant) -> TokenState:
    """The state once a person has signed in."""
    return replace(
        after_grant(replace(state, phase="not_configured"), signed_in.grant, now),
        scopes=signed_in.grant.scopes,
        client_id=signed_in.client_id,
        account=signed_in.account,
        authorized_at=signed_in.authorized_at,
    )


def after_passing_failure(state: TokenState, detail: str, now: Instant, retry_at: Instant | None) -> TokenState:
    """The login stands; the next attempt is due later."""
    failures = state.failures + 1
    return replace(
        state,
        failures=failures,
        next_attempt_at=next_attempt(failures, now, retry_at),
        last_failure=detail,
        refresh_started_with=None,
    )


def after_end(state: TokenState, reason: str, now: Instant) -> TokenState:
    """The login has ended for good."""
    return replace(
        state,
        phase="reauthorization_required",
        reason=reason,
        since=now,
        expires_at=None,
        failures=0,
        next_attempt_at=None,
        last_failure=None,
        refresh_started_with=None,
    )


def after_client_refused(state: TokenState, detail: str, now: Instant) -> TokenState:
    """The set-up is wrong; the login is kept."""
    return replace(
        state,
        phase="set_up_wrong",
        reason=detail,
        since=now,
        next_attempt_at=None,
        last_failure=detail,
        refresh_started_with=None,
    )


def end_reason(reason: str, *, killed: bool, lost: bool) -> str:
    """How the end of a login is told: a single-use token may have been spent without us getting its successor."""
    if killed:
        return f"Companion was ended in the middle of renewing this login, so the new one was never stored ({reason})"
    if lost:
        return f"the answer to an earlier renewal was lost on the way ({reason})"
    return reason
