"""Spotify's codes and tokens: issuing, refreshing, ending. No HTTP here.

Source: developer.spotify.com/documentation/web-api/tutorials/{code-pkce-flow,refreshing-tokens}.
"""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import timedelta
from typing import Final

from companion.kernel.instant import Instant
from companion.simulator.grants import TokenGrant
from companion.simulator.world import World
from companion.simulator.world_state import AccessGrant, AuthorizationCode, RefreshGrant

_CLIENT_ID: Final = re.compile(r"[0-9a-f]{32}")
_CODE_SECONDS: Final = 600
_REFRESH_LIFE: Final = timedelta(days=180)


def client_known(client_id: str) -> bool:
    """32 hexadecimal digits, not beginning with `dead`."""
    return _CLIENT_ID.fullmatch(client_id) is not None and not client_id.startswith("dead")


def challenge_of(verifier: str) -> str:
    """The S256 challenge that belongs to a verifier."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


class SpotifyGrants:
    """Works on `world.state.spotify` and commits each change."""

    def __init__(self, world: World) -> None:
        self._world = world

    def authorize(
        self, *, client_id: str, user_id: str, scopes: list[str], redirect_uri: str, code_challenge: str
    ) -> str:
        """The person agreed: a code for the redirect."""
        code = self._world.url_token("AQ", 180)
        self._world.state.spotify.codes[code] = AuthorizationCode(
            client_id=client_id,
            user_id=user_id,
            scopes=scopes,
            redirect_uri=redirect_uri,
            code_challenge=code_challenge,
            expires_at=self._world.after(_CODE_SECONDS),
        )
        self._world.commit()
        return code

    def exchange(self, *, client_id: str, code: str, redirect_uri: str, verifier: str) -> TokenGrant | str:
        """Tokens for a code, or the description of the refusal. A code that was tried right is used up."""
        entry = self._world.state.spotify.codes.get(code)
        if entry is None or entry.used or entry.client_id != client_id:
            return "Invalid authorization code"
        if entry.expires_at <= self._world.now():
            return "Authorization code expired"
        if entry.redirect_uri != redirect_uri:
            return "Invalid redirect URI"
        if challenge_of(verifier) != entry.code_challenge:
            return "code_verifier was incorrect"
        entry.used = True
        return self.issue(client_id, entry.user_id, entry.scopes)

    def issue(
        self,
        client_id: str,
        user_id: str,
        scopes: list[str],
        *,
        expires_in: int | None = None,
        lifetime: int | None = None,
        authorized_at: Instant | None = None,
    ) -> TokenGrant:
        """A whole new login. `expires_in` is for this access token, `lifetime` for those that refreshing gives."""
        state = self._world.state.spotify
        later = lifetime if lifetime is not None else state.token_seconds
        refresh_token = self._world.url_token("AQ", 129)
        state.refresh[refresh_token] = RefreshGrant(
            client_id=client_id,
            user_id=user_id,
            scopes=scopes,
            issued_at=authorized_at or self._world.now(),
            lifetime=later,
        )
        return self._access(client_id, user_id, scopes, expires_in if expires_in is not None else later, refresh_token)

    def refresh(self, client_id: str, refresh_token: str) -> TokenGrant | str:
        """A new access token, or the description of the refusal. The refresh token stays, unless rotation is on."""
        state = self._world.state.spotify
        grant = state.refresh.get(refresh_token)
        if grant is None or grant.client_id != client_id:
            return "Invalid refresh token"
        if grant.revoked or grant.used:
            return "Refresh token revoked"
        if self._world.now() - grant.issued_at >= _REFRESH_LIFE:
            return "Refresh token expired"
        new: str | None = None
        if state.rotates:
            new = self._world.url_token("AQ", 129)
            # Six months count from the authorisation, not from the rotation.
            state.refresh[new] = grant.model_copy()
            grant.used = True
        return self._access(client_id, grant.user_id, grant.scopes, grant.lifetime, new)

    def _access(
        self, client_id: str, user_id: str, scopes: list[str], seconds: int, refresh_token: str | None
    ) -> TokenGrant:
        token = self._world.url_token("BQ", 160)
        self._world.state.spotify.access[token] = AccessGrant(
            client_id=client_id, user_id=user_id, scopes=scopes, expires_at=self._world.after(seconds)
        )
        self._world.commit()
        return TokenGrant(token, refresh_token, seconds, tuple(scopes))

    def disconnect(self) -> None:
        """The person removes the application: every token dies."""
        state = self._world.state.spotify
        for access in state.access.values():
            access.revoked = True
        for refresh in state.refresh.values():
            refresh.revoked = True
        self._world.commit()

    def expire(self) -> None:
        """Every access token expires now; refresh tokens stay good."""
        for access in self._world.state.spotify.access.values():
            access.expires_at = self._world.now()
        self._world.commit()
