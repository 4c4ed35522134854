"""Under which names secrets rest in the keyring, and how long ones are split."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

USER = "companion"
"""The user name of every item. Constant: with two users below one service, Windows moves the entries about."""
LONGEST_ITEM = 1000
"""Characters. Windows keeps 2560 bytes of UTF-16 per credential (keyring #355); this leaves room."""
_MARK = "companion-parts:"


def vault_namespace(data_dir: Path) -> str:
    """Short text that names one data directory, so that two of them never share a login."""
    return hashlib.sha256(str(data_dir.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:12]


def service_name(namespace: str, item: str) -> str:
    """One service name per secret."""
    return f"companion/{namespace}/{item}"


@dataclass(frozen=True, slots=True)
class Parts:
    """What the main item holds instead of a long secret: where its numbered parts are, and what they add up to."""

    count: int
    digest: str

    def names(self, service: str) -> list[str]:
        """Names of the numbered items; they differ per secret, so the old parts stay whole until the main one moves."""
        return [f"{service}/{self.digest[:8]}-{number}" for number in range(1, self.count + 1)]

    def text(self) -> str:
        """As written to the main item."""
        return f"{_MARK}{self.count}:{self.digest}"

    def fits(self, secret: str) -> bool:
        """Whether the parts, joined, are the secret that was split."""
        return _digest(secret) == self.digest


def split(secret: str) -> tuple[Parts, list[str]] | None:
    """A secret that must rest in parts, cut into them; None for one that fits a single item."""
    if len(secret) <= LONGEST_ITEM and not secret.startswith(_MARK):
        return None
    pieces = [secret[start : start + LONGEST_ITEM] for start in range(0, len(secret), LONGEST_ITEM)]
    return Parts(len(pieces), _digest(secret)), pieces


def read_parts(text: str | None) -> Parts | None:
    """The parts that a main item names, or None when it holds the secret itself."""
    if text is None or not text.startswith(_MARK):
        return None
    count, _, digest = text[len(_MARK) :].partition(":")
    return Parts(int(count), digest) if count.isdecimal() and int(count) <= 100 else None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()[:32]
