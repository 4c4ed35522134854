"""A set of tokens as a login gives it."""

from __future__ import annotations

from dataclasses import dataclass

from companion.simulator.answers import Json


@dataclass(frozen=True, slots=True)
class TokenGrant:
    """Fresh tokens; `expires_in` in seconds. `refresh_token` is `None` where the provider keeps the old one."""

    access_token: str
    refresh_token: str | None
    expires_in: int
    scopes: tuple[str, ...]

    def twitch_json(self) -> Json:
        """As Twitch writes it: `scope` is an array."""
        return {
            "access_token": self.access_token,
            "expires_in": self.expires_in,
            "refresh_token": self.refresh_token,
            "scope": list(self.scopes),
            "token_type": "bearer",
        }

    def spotify_json(self) -> Json:
        """As Spotify writes it: `scope` is one string, `refresh_token` may be missing."""
        body: Json = {
            "access_token": self.access_token,
            "token_type": "Bearer",
            "expires_in": self.expires_in,
            "scope": " ".join(self.scopes),
        }
        if self.refresh_token is not None:
            body["refresh_token"] = self.refresh_token
        return body
