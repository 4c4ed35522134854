"""From a refusal of Spotify's Web API to the closed union of `ports.failures`.

Sources: developer.spotify.com/documentation/web-api/concepts/{api-calls,rate-limits}, the February 2026 migration
guide, and music-assistant/server #4494 for the plain-text 403 about the owner's Premium.
"""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import ValidationError

from companion.kernel.instant import Instant, seconds
from companion.ports.failures import (
    Forbidden,
    NoActiveDevice,
    NotAllowListed,
    NotFound,
    PremiumRequired,
    ProviderUnavailable,
    QuotaExhausted,
    RateLimited,
    Refused,
    SpotifyError,
    Unauthorized,
)
from companion.services.http import HttpAnswer
from companion.services.spotify.wire import ApiError

RATE_WINDOW = 30.0
"""Seconds to wait after a 429 without `Retry-After`: the limit is counted over a rolling 30 s window."""
QUOTA_WINDOW = 3600.0
"""Seconds to wait after QUOTA_EXCEEDED without `Retry-After`: it does not clear soon."""
_LONGEST_DETAIL = 200


@dataclass(frozen=True, slots=True)
class Refusal:
    """The readable part of a refusal."""

    message: str
    reason: str | None
    is_page: bool
    """Somebody else's HTML page: a proxy or a captive portal, not Spotify."""


def read_refusal(answer: HttpAnswer) -> Refusal:
    """Read JSON errors, and plain text where Spotify sends that instead."""
    if looks_like_page(answer):
        return Refusal("", None, is_page=True)
    try:
        error = ApiError.model_validate_json(answer.body).error
    except ValidationError:
        return Refusal(_short(answer.body.decode("utf-8", "replace")), None, is_page=False)
    return Refusal(_short(error.message), error.reason, is_page=False)


def looks_like_page(answer: HttpAnswer) -> bool:
    """Whether the body is HTML, whatever it claims to be."""
    return "html" in answer.headers.get("content-type", "") or answer.body.lstrip()[:1] == b"<"


def is_expired_token(answer: HttpAnswer) -> bool:
    """A 401 of Spotify's own; a proxy's 401 page says nothing about the token."""
    return answer.status == 401 and not looks_like_page(answer)


def error_of(answer: HttpAnswer, *, now: Instant) -> SpotifyError:
    """The error that a not-2xx answer, or a page in the place of an answer, stands for."""
    refusal = read_refusal(answer)
    status = answer.status
    if status == 429:
        return _patience(answer, refusal, now=now)
    if refusal.is_page or status >= 500 or status < 400 or status in {407, 408}:
        detail = "a web page came in place of Spotify's answer" if refusal.is_page else refusal.message
        return ProviderUnavailable(status, detail)
    if status == 401:
        return Unauthorized(refusal.message)
    if status == 403:
        return _forbidden(refusal)
    if refusal.reason == "NO_ACTIVE_DEVICE":
        return NoActiveDevice()
    if status == 404:
        return NotFound(refusal.message)
    return Refused(status, refusal.message)


def _patience(answer: HttpAnswer, refusal: Refusal, *, now: Instant) -> RateLimited | QuotaExhausted:
    asked = answer.retry_after()
    if refusal.reason == "QUOTA_EXCEEDED":
        return QuotaExhausted(now + seconds(QUOTA_WINDOW if asked is None else asked))
    return RateLimited(now + seconds(RATE_WINDOW if asked is None else asked))


def _forbidden(refusal: Refusal) -> SpotifyError:
    text = refusal.message.casefold()
    if refusal.reason == "NO_ACTIVE_DEVICE":
        return NoActiveDevice()
    if refusal.reason == "PREMIUM_REQUIRED":
        return PremiumRequired(of_owner=False, detail=refusal.message)
    if "premium" in text:
        return PremiumRequired(of_owner="owner" in text, detail=refusal.message)
    if "not registered" in text or "developer dashboard" in text:
        return NotAllowListed(refusal.message)
    return Forbidden(refusal.message)


def _short(text: str) -> str:
    return " ".join(text.split())[:_LONGEST_DETAIL]
