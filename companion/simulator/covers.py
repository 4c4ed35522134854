"""Generated pictures: flat covers and profile pictures as PNG, drawn by scan lines with the standard library alone."""

from __future__ import annotations

import hashlib
import math
import struct
import zlib
from functools import lru_cache
from random import Random
from typing import Final, TypeAlias

Colour: TypeAlias = tuple[int, int, int]
Span: TypeAlias = tuple[float, float, Colour]

_PALETTES: Final[tuple[tuple[Colour, ...], ...]] = (
    ((24, 44, 67), (232, 106, 77), (247, 201, 120), (86, 142, 152), (245, 238, 220)),
    ((52, 30, 64), (214, 84, 122), (250, 174, 107), (110, 94, 168), (252, 232, 214)),
    ((18, 56, 50), (70, 150, 112), (226, 196, 92), (238, 120, 86), (240, 240, 222)),
    ((38, 36, 48), (112, 132, 176), (198, 208, 220), (226, 138, 92), (248, 242, 234)),
    ((70, 24, 32), (206, 66, 60), (240, 160, 130), (66, 92, 122), (250, 230, 210)),
    ((16, 40, 74), (54, 112, 178), (130, 190, 206), (246, 190, 86), (236, 244, 246)),
)


@lru_cache(maxsize=128)
def cover_png(name: str, size: int) -> bytes:
    """A square cover that always belongs to `name`; `size` in pixels."""
    random = Random(hashlib.sha256(name.encode()).digest())
    palette = list(random.choice(_PALETTES))
    ground = palette.pop(random.choice((0, 4)))
    random.shuffle(palette)
    draw = random.choice((_suns, _hills, _bars, _rings))
    return _png(draw(random, ground, palette, size), size)


@lru_cache(maxsize=32)
def profile_png(name: str, size: int) -> bytes:
    """A square profile picture that always belongs to `name`."""
    random = Random(f"profile {name}")
    palette = list(random.choice(_PALETTES))
    head, body, ground = palette[2], palette[1], palette[0]
    rows = []
    for y in range(size):
        v = (y + 0.5) / size
        rows.append(_row(ground, [*_circle(v, 0.5, 1.02, 0.42, body), *_circle(v, 0.5, 0.42, 0.2, head)], size))
    return _png(rows, size)


def _suns(random: Random, ground: Colour, palette: list[Colour], size: int) -> list[bytes]:
    circles = [
        (random.uniform(0.1, 0.9), random.uniform(0.1, 0.9), radius, palette[n % len(palette)])
        for n, radius in enumerate((0.46, 0.3, 0.22, 0.12, 0.07))
    ]
    return [
        _row(ground, [span for x, y, r, c in circles for span in _circle((row + 0.5) / size, x, y, r, c)], size)
        for row in range(size)
    ]


def _hills(random: Random, ground: Colour, palette: list[Colour], size: int) -> list[bytes]:
    sun = (random.uniform(0.25, 0.75), random.uniform(0.22, 0.4), random.uniform(0.1, 0.17), palette[3])
    hills = [(random.uniform(-0.1, 1.1), 1.05 + 0.16 * n, random.uniform(0.5, 0.62), palette[n % 3]) for n in range(3)]
    return [
        _row(ground, [span for x, y, r, c in (sun, *hills) for span in _circle((row + 0.5) / size, x, y, r, c)], size)
        for row in range(size)
    ]


def _bars(random: Random, ground: Colour, palette: list[Colour], size: int) -> list[bytes]:
    count = random.choice((5, 7, 9))
    tops = [0.5 + 0.36 * math.sin(n * random.uniform(0.6, 1.3)) for n in range(count)]
    rows = []
    for row in range(size):
        v = (row + 0.5) / size
        spans = [
            ((n + 0.6) / (count + 1), (n + 1.25) / (count + 1), palette[n % len(palette)])
            for n in range(count)
            if abs(v - 0.5) < 0.08 + tops[n] * 0.38
        ]
        rows.append(_row(ground, spans, size))
    return rows


def _rings(random: Random, ground: Colour, palette: list[Colour], size: int) -> list[bytes]:
    x, y = random.uniform(0.3, 0.7), random.uniform(0.35, 0.75)
    rings = [(0.62 - 0.09 * n, (*palette, ground)[n % (len(palette) + 1)]) for n in range(7)]
    return [
        _row(ground, [span for r, c in rings for span in _circle((row + 0.5) / size, x, y, r, c)], size)
        for row in range(size)
    ]


def _circle(v: float, x: float, y: float, radius: float, colour: Colour) -> list[Span]:
    inside = radius * radius - (v - y) * (v - y)
    if inside <= 0:
        return []
    half = math.sqrt(inside)
    return [(x - half, x + half, colour)]


def _row(ground: Colour, spans: list[Span], size: int) -> bytes:
    line = bytearray(bytes(ground) * size)
    for start, end, colour in spans:
        first, last = max(0, round(start * size)), min(size, round(end * size))
        if last > first:
            line[3 * first : 3 * last] = bytes(colour) * (last - first)
    return bytes(line)


def _png(rows: list[bytes], size: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 6)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
