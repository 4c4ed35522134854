r"""Fair numbers out of a committed seed: whoever has the seed and a redemption's id can compute them again.

Each number is HMAC-SHA256(seed, "v1\n{redemption_id}\n{purpose}\n{counter}"), of which the first eight bytes are
read as a big-endian integer. Integers past the last whole multiple of the range are thrown away and `counter` (from 0)
goes up by one: otherwise low numbers would come a little more often. What is left, modulo the range, plus 1, is it.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Purpose: TypeAlias = Literal["winning", "roll"]
SEED_BYTES: Final = 32
LOWEST_RANGE: Final = 2
HIGHEST_RANGE: Final = 1_000_000
_WORDS: Final = 2**64


@dataclass(frozen=True, slots=True)
class Draws:
    """The two numbers of one redemption, and what follows from them."""

    winning: int
    roll: int

    @property
    def distance(self) -> int:
        """How far the roll lies from the winning number."""
        return abs(self.roll - self.winning)

    @property
    def won(self) -> bool:
        """Only at distance 0."""
        return self.distance == 0


@dataclass(frozen=True, slots=True)
class Vector:
    """A published test vector: with this seed (hex), id and range these numbers come out."""

    seed: str
    redemption_id: str
    range: int
    winning: int
    roll: int


def first_word(seed: bytes, redemption_id: str, purpose: Purpose, counter: int) -> int:
    """The integer 0 .. 2**64 - 1 that a number is made of."""
    message = f"v1\n{redemption_id}\n{purpose}\n{counter}".encode()
    return int.from_bytes(hmac.digest(seed, message, hashlib.sha256)[:8], "big")


def fair_limit(range_: int) -> int:
    """Words from here up are thrown away."""
    return _WORDS - _WORDS % range_


def draw(seed: bytes, redemption_id: str, purpose: Purpose, range_: int) -> int:
    """One number, 1 .. `range_`."""
    limit, counter = fair_limit(range_), 0
    while (word := first_word(seed, redemption_id, purpose, counter)) >= limit:
        counter += 1
    return word % range_ + 1


def draw_both(seed: bytes, redemption_id: str, range_: int) -> Draws:
    """The two independent numbers of one redemption."""
    return Draws(draw(seed, redemption_id, "winning", range_), draw(seed, redemption_id, "roll", range_))
