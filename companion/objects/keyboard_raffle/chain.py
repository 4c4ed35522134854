"""The commitment to a seed, and the hash chain of everything that happened under it.

Both are SHA-256 over lines of UTF-8 text, joined by a line feed, so that any tool can compute them again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal, TypeAlias

from companion.kernel.instant import Instant, format_instant

EntryKind: TypeAlias = Literal["roll", "refund", "void"]
"""`roll`: drawn. `refund`: seen and never drawn. `void`: takes an earlier roll back (its points went back too)."""


@dataclass(frozen=True, slots=True)
class Link:
    """What one entry of the chain says. `winning` and `roll` belong to rolls, `reason` to the other two kinds."""

    epoch: int
    entry: int
    kind: EntryKind
    redemption_id: str
    viewer_id: str
    redeemed_at: Instant
    winning: int | None = None
    roll: int | None = None
    reason: str | None = None


def commitment(*, seed: str, epoch: int, range_: int, channel_id: str) -> str:
    """What is posted before the first roll (hex); `seed` in lower-case hex."""
    return _digest("companion raffle v1", f"seed {seed}", f"epoch {epoch}", f"range {range_}", f"channel {channel_id}")


def genesis(committed: str) -> str:
    """The chain before its first entry."""
    return _digest("companion raffle chain v1", committed)


def extend(previous: str, link: Link) -> str:
    """The chain after `link`."""
    return _digest(
        "companion raffle entry v1",
        previous,
        str(link.epoch),
        str(link.entry),
        link.kind,
        link.redemption_id,
        link.viewer_id,
        format_instant(link.redeemed_at),
        "-" if link.winning is None else str(link.winning),
        "-" if link.roll is None else str(link.roll),
        link.reason or "-",
    )


def is_plain(text: str) -> bool:
    """Whether a text can stand in a line of the chain without being taken for another."""
    return text.isprintable() and 0 < len(text) <= 200


def _digest(*lines: str) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
