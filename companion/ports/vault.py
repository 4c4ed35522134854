"""The vault: where secrets rest. One item per secret; never a bundle, since Windows keeps only short ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from companion.kernel.redacted import Redacted
from companion.kernel.result import Result

VaultItem: TypeAlias = Literal[
    "twitch-refresh-token",
    "twitch-access-token",
    "spotify-refresh-token",
    "spotify-access-token",
    "twitch-bot-refresh-token",
    "twitch-bot-access-token",
]


@dataclass(frozen=True, slots=True)
class VaultMissing:
    """This machine has no usable keyring back end. `advice` says what to install or start."""

    advice: str


@dataclass(frozen=True, slots=True)
class VaultLocked:
    """The keyring is locked and was not unlocked, or its prompt was dismissed."""


@dataclass(frozen=True, slots=True)
class VaultTimedOut:
    """The keyring did not answer within `seconds` (often: a prompt waits behind a window)."""

    seconds: float


@dataclass(frozen=True, slots=True)
class VaultRefused:
    """The keyring answered with an error, or went away in mid-run; `detail` holds no secret."""

    detail: str


VaultError: TypeAlias = VaultMissing | VaultLocked | VaultTimedOut | VaultRefused


@dataclass(frozen=True, slots=True)
class VaultStatus:
    """What the keyring was last seen to be: `error` is None while it works; `backend` is its name for people."""

    backend: str
    error: VaultError | None
    asked: bool
    """False until the first call: the keyring is asked only after the tray stands."""


class Vault(Protocol):
    """The operating system's keyring (or memory, in the demo and in tests). Calls are served one at a time."""

    async def read(self, item: VaultItem) -> Result[Redacted | None, VaultError]:
        """The secret, or None when there is none."""
        ...

    async def write(self, item: VaultItem, secret: Redacted) -> Result[None, VaultError]:
        """Store or replace. A returned `Ok` was read back."""
        ...

    async def delete(self, item: VaultItem) -> Result[None, VaultError]:
        """Remove; an item that does not exist is `Ok`."""
        ...

    async def probe(self) -> Result[None, VaultError]:
        """Prove that the keyring can be written: a throw-away item is written, read back and removed."""
        ...

    def status(self) -> VaultStatus:
        """The last seen state, without I/O."""
        ...
