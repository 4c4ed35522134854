"""The two vault items of one login: refresh token, and access token with its expiry."""

from __future__ import annotations

from dataclasses import dataclass

from companion.kernel.instant import Instant, format_instant, parse_instant
from companion.kernel.redacted import Redacted
from companion.kernel.result import Err, Ok, Result
from companion.ports.tokens import Provider
from companion.ports.vault import Vault, VaultError, VaultItem

_FORM = "1"
_ITEMS: dict[Provider, tuple[VaultItem, VaultItem]] = {
    "twitch": ("twitch-refresh-token", "twitch-access-token"),
    "spotify": ("spotify-refresh-token", "spotify-access-token"),
    "twitch_bot": ("twitch-bot-refresh-token", "twitch-bot-access-token"),
}


@dataclass(frozen=True, slots=True)
class StoredAccess:
    """An access token at rest: usable after a restart without a refresh."""

    token: Redacted
    expires_at: Instant


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the vault holds of one login."""

    refresh: Redacted | None
    access: StoredAccess | None


class TokenSafe:
    """Reads and writes the secrets of one provider."""

    def __init__(self, vault: Vault, provider: Provider) -> None:
        self._vault = vault
        self._refresh_item, self._access_item = _ITEMS[provider]

    async def read(self) -> Result[Secrets, VaultError]:
        """Both items; an access item of unknown form counts as absent (the refresh token replaces it)."""
        refresh = await self._vault.read(self._refresh_item)
        if isinstance(refresh, Err):
            return refresh
        access = await self._vault.read(self._access_item)
        if isinstance(access, Err):
            return access
        return Ok(Secrets(refresh.value, _unpack(access.value)))

    async def write_refresh(self, token: Redacted) -> Result[None, VaultError]:
        """Store the refresh token: before the new access token is used."""
        return await self._vault.write(self._refresh_item, token)

    async def write_access(self, access: StoredAccess) -> Result[None, VaultError]:
        """Store the access token with its expiry."""
        packed = f"{_FORM} {format_instant(access.expires_at)} {access.token.reveal()}"
        return await self._vault.write(self._access_item, Redacted(packed))

    async def clear(self) -> Result[None, VaultError]:
        """Remove both; the first error is answered, but both are tried."""
        first = await self._vault.delete(self._access_item)
        second = await self._vault.delete(self._refresh_item)
        return first if isinstance(first, Err) else second

    async def probe(self) -> Result[None, VaultError]:
        """Prove that the vault can be written."""
        return await self._vault.probe()


def _unpack(stored: Redacted | None) -> StoredAccess | None:
    if stored is None:
        return None
    parts = stored.reveal().split(" ", 2)
    if len(parts) != 3 or parts[0] != _FORM or not parts[2]:
        return None
    try:
        return StoredAccess(Redacted(parts[2]), parse_instant(parts[1]))
    except ValueError:
        return None
