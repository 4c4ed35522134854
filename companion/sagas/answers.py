"""What an error of an outside service means for a step: repeat, give up, or look first whether it happened."""

from __future__ import annotations

from typing import assert_never

from companion.ports import failures
from companion.ports.failures import ServiceError, SpotifyError
from companion.runtime.saga.definition import Failed, Retry, Unknown

OURS = "This is not your doing."


def after_read(error: SpotifyError, *, code: str, text: str) -> Retry | Failed:
    """A read that failed: asking again does no harm. `code` and `text` are for what will not get better."""
    told = after_write(error, code=code, text=text)
    return Retry(told.error) if isinstance(told, Unknown) else told


def after_write(error: SpotifyError, *, code: str, text: str) -> Retry | Failed | Unknown:
    """A write that failed: an answer that was lost, cut short or written by somebody else says nothing."""
    match error:
        case failures.NetworkDown() | failures.ProviderUnavailable() | failures.MalformedAnswer():
            return Unknown(type(error).__name__)
        case failures.RateLimited(retry_at) | failures.QuotaExhausted(retry_at):
            return Retry(type(error).__name__, not_before=retry_at)
        case failures.NoAccess(failures.RefreshDelayed(next_attempt_at=retry_at)):
            return Retry("the login is being renewed", not_before=retry_at, free=True)
        case failures.NoAccess():
            return Retry("there is no usable login", free=True)
        case failures.NoActiveDevice():
            return Retry("Spotify has no active device", free=True)
        case (
            failures.Unauthorized()
            | failures.Forbidden()
            | failures.NotFound()
            | failures.Refused()
            | failures.PremiumRequired()
            | failures.NotAllowListed()
        ):
            return Failed(code, text)
        case _:
            assert_never(error)


def is_gone(error: ServiceError) -> bool:
    """Whether Twitch no longer knows the reward (deleted in the dashboard)."""
    return isinstance(error, failures.NotFound)
