"""A vault that forgets at the end of the process: for the demo, whose logins are worth nothing."""

from __future__ import annotations

from companion.kernel.redacted import Redacted
from companion.kernel.result import Ok, Result
from companion.ports.vault import VaultError, VaultItem, VaultStatus


class MemoryVault:
    """Implements `ports.vault.Vault` in memory. Never fails."""

    def __init__(self) -> None:
        self._items: dict[VaultItem, Redacted] = {}
        self._asked = False

    async def read(self, item: VaultItem) -> Result[Redacted | None, VaultError]:
        self._asked = True
        return Ok(self._items.get(item))

    async def write(self, item: VaultItem, secret: Redacted) -> Result[None, VaultError]:
        self._asked = True
        self._items[item] = secret
        return Ok(None)

    async def delete(self, item: VaultItem) -> Result[None, VaultError]:
        self._asked = True
        self._items.pop(item, None)
        return Ok(None)

    async def probe(self) -> Result[None, VaultError]:
        self._asked = True
        return Ok(None)

    def status(self) -> VaultStatus:
        return VaultStatus(backend="memory", error=None, asked=self._asked)
