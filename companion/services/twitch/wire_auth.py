"""Twitch's OAuth answers as they come over the wire.

Source of the shapes: dev.twitch.tv/docs/authentication (getting-tokens-oauth, refresh-tokens,
validate-tokens, revoke-tokens).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

NonEmpty = Annotated[str, Field(min_length=1)]
Lifetime = Annotated[float, Field(gt=0, le=31_536_000, allow_inf_nan=False)]
"""Seconds; nothing Twitch grants lives longer than a year."""


class DeviceAnswer(BaseModel):
    """`POST /device`."""

    device_code: NonEmpty
    user_code: NonEmpty
    verification_uri: Annotated[str, Field(pattern=r"^https?://")]
    expires_in: Lifetime
    interval: Annotated[float, Field(gt=0, le=300, allow_inf_nan=False)] = 5


class TokenAnswer(BaseModel):
    """`POST /token`, for a device code or a refresh token. `scope` is a list here (Spotify writes one string)."""

    access_token: NonEmpty
    expires_in: Lifetime
    refresh_token: NonEmpty | None = None
    scope: list[str] | None = None
    token_type: NonEmpty


class ValidateAnswer(BaseModel):
    """`GET /validate`. `expires_in` is 0 for a token that dies this very second."""

    client_id: NonEmpty
    login: NonEmpty
    user_id: NonEmpty
    scopes: list[str] | None = None
    expires_in: Annotated[float, Field(ge=0, le=31_536_000, allow_inf_nan=False)]


class RefusalAnswer(BaseModel):
    """Any 4xx of the OAuth host. The reason stands in `message`; RFC 6749's `error` holds the status text."""

    status: int | None = None
    message: str = ""
    error: str = ""
