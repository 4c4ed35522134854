"""The colours, read from one file, and the arithmetic of contrast."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

Tone: TypeAlias = Literal["ink", "ink-soft", "accent", "on-accent", "live", "good", "warn", "bad"]
Scheme: TypeAlias = Literal["light", "dark"]

_TINTED: tuple[Tone, ...] = ("accent", "live", "good", "warn", "bad")
_STRENGTH: Mapping[Scheme, float] = {"light": 0.08, "dark": 0.13}


@dataclass(frozen=True)
class Tokens:
    """All colours of one scheme by name, as `#RRGGBB`; `<tone>-tint` is the tone laid thinly over a card."""

    colours: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.colours[name]


def load_tokens(path: Path) -> Mapping[Scheme, Tokens]:
    """Both schemes of the token file. Raises what reading it raises: without colours there is no window."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    schemes: tuple[Scheme, ...] = ("light", "dark")
    return {scheme: Tokens(_with_tints(raw[scheme], _STRENGTH[scheme])) for scheme in schemes}


def _with_tints(colours: Mapping[str, str], strength: float) -> dict[str, str]:
    tints = {f"{tone}-tint": mix(colours[tone], colours["raised"], strength) for tone in _TINTED}
    return {
        **colours,
        **tints,
        "hover": mix(colours["ink"], colours["raised"], 0.04),
        "press": mix(colours["ink"], colours["raised"], 0.08),
        "accent-strong": mix(colours["ink"], colours["accent"], 0.14),
        "disabled": mix(colours["ink-soft"], colours["raised"], 0.6),
    }


def mix(over: str, under: str, share: float) -> str:
    """`over` with the opacity `share` (0..1) on `under`."""
    pairs = zip(_channels(over), _channels(under), strict=True)
    return "#" + "".join(f"{round(top * share + bottom * (1 - share)):02X}" for top, bottom in pairs)


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1..21 (WCAG 2.2, "contrast ratio")."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
