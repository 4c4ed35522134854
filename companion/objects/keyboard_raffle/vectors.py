"""Published test vectors: whoever writes a verifier of their own can check it with these first."""

from __future__ import annotations

from typing import Final

from companion.objects.keyboard_raffle.draws import Vector

VECTORS: Final = (
    Vector(
        "0000000000000000000000000000000000000000000000000000000000000000",
        "5f1c6a7e-0000-4000-8000-000000000001",
        10000,
        winning=7270,
        roll=976,
    ),
    Vector(
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "5f1c6a7e-0000-4000-8000-000000000002",
        10000,
        winning=125,
        roll=8000,
    ),
    Vector(
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "5f1c6a7e-0000-4000-8000-000000000003",
        1000000,
        winning=343000,
        roll=926374,
    ),
    Vector(
        "a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5",
        "5f1c6a7e-0000-4000-8000-000000000004",
        2,
        winning=2,
        roll=2,
    ),
)
