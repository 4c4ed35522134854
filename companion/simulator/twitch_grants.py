"""Twitch's tokens: issuing, single-use refreshing, ending. No HTTP here."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final, Literal, TypeAlias

from companion.simulator.grants import TokenGrant
from companion.simulator.world import World
from companion.simulator.world_state import AccessGrant, DeviceCode, RefreshGrant

ClientType: TypeAlias = Literal["public", "confidential", "unknown"]

DEVICE_CODE_SECONDS: Final = 1800
POLL_SECONDS: Final = 5
_REFRESH_LIFE: Final = timedelta(days=30)
_CLIENT_ID: Final = re.compile(r"[a-z0-9]{30}")


def client_type(client_id: str) -> ClientType:
    """What the dev console knows: ids of 30 characters, `sim…` public, `conf…` confidential, no others."""
    if _CLIENT_ID.fullmatch(client_id) is None:
        return "unknown"
    if client_id.startswith("sim"):
        return "public"
    return "confidential" if client_id.startswith("conf") else "unknown"


class TwitchGrants:
    """Works on `world.state.twitch` and commits each change."""

    def __init__(self, world: World) -> None:
        self._world = world

    def start_device_code(self, client_id: str, scopes: list[str]) -> DeviceCode:
        """A fresh device code, waiting for the person."""
        code = DeviceCode(
            device_code=self._world.lower_token(40),
            user_code=self._world.user_code(),
            client_id=client_id,
            scopes=scopes,
            expires_at=self._world.after(DEVICE_CODE_SECONDS),
        )
        self._world.state.twitch.device_codes[code.device_code] = code
        self._world.commit()
        return code

    def find_code(self, code: str) -> DeviceCode | None:
        """By device code or by user code (any case, dashes and spaces ignored)."""
        codes = self._world.state.twitch.device_codes
        wanted = code.replace("-", "").replace(" ", "").upper()
        return codes.get(code) or next((entry for entry in codes.values() if entry.user_code == wanted), None)

    def decide(self, code: str, *, approve: bool, user_id: str | None = None) -> bool:
        """What the buttons of the activate page do; `False` for a code that no longer waits."""
        entry = self.find_code(code)
        if entry is None or entry.state != "pending" or entry.expires_at <= self._world.now():
            return False
        entry.state = "approved" if approve else "denied"
        entry.user_id = user_id or self._world.state.twitch.signed_in
        self._world.commit()
        return True

    def exchange(self, entry: DeviceCode) -> TokenGrant:
        """Turn an approved device code into tokens; the code is used up."""
        entry.state = "used"
        return self.issue(entry.client_id, entry.user_id or self._world.state.twitch.signed_in, entry.scopes)

    def issue(
        self,
        client_id: str,
        user_id: str,
        scopes: list[str],
        *,
        expires_in: int | None = None,
        lifetime: int | None = None,
    ) -> TokenGrant:
        """New tokens. `expires_in` is for this access token, `lifetime` for those that refreshing gives."""
        state = self._world.state.twitch
        later = lifetime if lifetime is not None else state.token_seconds
        seconds = expires_in if expires_in is not None else later
        grant = TokenGrant(self._world.lower_token(30), self._world.lower_token(50), seconds, tuple(scopes))
        state.access[grant.access_token] = AccessGrant(
            client_id=client_id, user_id=user_id, scopes=scopes, expires_at=self._world.after(seconds)
        )
        state.refresh[str(grant.refresh_token)] = RefreshGrant(
            client_id=client_id, user_id=user_id, scopes=scopes, issued_at=self._world.now(), lifetime=later
        )
        self._world.commit()
        return grant

    def refresh(self, client_id: str, refresh_token: str) -> TokenGrant | None:
        """New tokens for a good refresh token, which is thereby used up; `None` for a bad one."""
        old = self._world.state.twitch.refresh.get(refresh_token)
        if old is None or old.used or old.revoked or old.client_id != client_id:
            return None
        if self._world.now() - old.issued_at > _REFRESH_LIFE:
            return None
        old.used = True
        return self.issue(client_id, old.user_id, old.scopes, lifetime=old.lifetime)

    def access(self, token: str) -> AccessGrant | None:
        """The grant of an access token that still works."""
        grant = self._world.state.twitch.access.get(token)
        return grant if grant is not None and grant.alive(self._world.now()) else None

    def has_authorised(self, client_id: str, user_id: str) -> bool:
        """Whether that person has let that application in."""
        grants = self._world.state.twitch.refresh.values()
        return any(g.client_id == client_id and g.user_id == user_id and not g.revoked for g in grants)

    def revoke(self, grant: AccessGrant) -> None:
        """End one access token."""
        grant.revoked = True
        self._world.commit()

    def disconnect(self) -> None:
        """The person removes the application in the settings: every token dies."""
        state = self._world.state.twitch
        for access in state.access.values():
            access.revoked = True
        for refresh in state.refresh.values():
            refresh.revoked = True
        self._world.commit()

    def expire(self) -> None:
        """Every access token expires now; refresh tokens stay good."""
        for access in self._world.state.twitch.access.values():
            access.expires_at = self._world.now()
        self._world.commit()
