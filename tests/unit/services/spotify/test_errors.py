"""What each refusal of the Web API stands for."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

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
from companion.services.spotify.errors import error_of, is_expired_token
from tests.fakes.clock import START

OWNER = "Active premium subscription required for the owner of the app."
NOT_LISTED = "User not registered in the Developer Dashboard"


def refusal(status: int, message: str = "", reason: str | None = None, **headers: str) -> HttpAnswer:
    error = {"status": status, "message": message} | ({"reason": reason} if reason else {})
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpAnswer(status, {"content-type": "application/json"} | named, json.dumps({"error": error}).encode())


def text(status: int, body: str, content_type: str = "text/plain") -> HttpAnswer:
    return HttpAnswer(status, {"content-type": content_type}, body.encode())


@pytest.mark.parametrize(
    "answer, error",
    [
        (refusal(401, "The access token expired"), Unauthorized("The access token expired")),
        (text(403, OWNER), PremiumRequired(of_owner=True, detail=OWNER)),
        (refusal(403, OWNER), PremiumRequired(of_owner=True, detail=OWNER)),
        (refusal(403, "no", "PREMIUM_REQUIRED"), PremiumRequired(of_owner=False, detail="no")),
        (refusal(403, NOT_LISTED), NotAllowListed(NOT_LISTED)),
        (text(403, NOT_LISTED), NotAllowListed(NOT_LISTED)),
        (refusal(403, "Insufficient client scope"), Forbidden("Insufficient client scope")),
        (refusal(404, "No active device found", "NO_ACTIVE_DEVICE"), NoActiveDevice()),
        (refusal(404, "Resource not found"), NotFound("Resource not found")),
        (refusal(400, "Invalid base62 id"), Refused(400, "Invalid base62 id")),
        (refusal(429), RateLimited(START + timedelta(seconds=30))),
        (refusal(429, retry_after="7"), RateLimited(START + timedelta(seconds=7))),
        (refusal(429, retry_after="86400"), RateLimited(START + timedelta(days=1))),
        (text(429, "Too many requests"), RateLimited(START + timedelta(seconds=30))),
        (refusal(429, "x", "QUOTA_EXCEEDED"), QuotaExhausted(START + timedelta(hours=1))),
        (refusal(429, "x", "QUOTA_EXCEEDED", retry_after="60"), QuotaExhausted(START + timedelta(seconds=60))),
        (refusal(503, "Service unavailable"), ProviderUnavailable(503, "Service unavailable")),
        (text(502, ""), ProviderUnavailable(502, "")),
        (refusal(408, "timed out"), ProviderUnavailable(408, "timed out")),
        (text(302, ""), ProviderUnavailable(302, "")),
    ],
)
def test_refusals(answer: HttpAnswer, error: SpotifyError) -> None:
    assert error_of(answer, now=START) == error


@pytest.mark.parametrize("status", [302, 401, 403, 404, 407, 500, 511])
@pytest.mark.parametrize("content_type", ["text/html; charset=utf-8", "application/json", ""])
def test_a_page_is_never_spotifys_word(status: int, content_type: str) -> None:
    page = text(status, f" \n<html>Active Premium: {NOT_LISTED}</html>", content_type)
    error = error_of(page, now=START)
    assert isinstance(error, ProviderUnavailable)
    assert "Premium" not in error.detail
    assert not is_expired_token(page)


def test_only_spotifys_own_401_is_an_expired_token() -> None:
    assert is_expired_token(refusal(401, "The access token expired"))
    assert not is_expired_token(refusal(403))


def test_long_texts_are_cut_to_one_line() -> None:
    error = error_of(refusal(403, "why\n" * 500), now=START)
    assert isinstance(error, Forbidden)
    assert len(error.detail) <= 200
    assert "\n" not in error.detail
