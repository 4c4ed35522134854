"""Words that several replies share. Names and titles come from outside: what would garble a line is taken out. Pure."""

from __future__ import annotations

import unicodedata
from datetime import timedelta
from typing import Final

from companion.ports.spotify import Track
from companion.ports.viewers import Viewer

_LONGEST_NAME: Final = 100
_LONGEST_TITLE: Final = 80
_KEPT: Final = frozenset("\u200c\u200d")
"""Joiners: scripts and emoji are written with them."""
_UNSEEN: Final = frozenset(("Cc", "Cf", "Co", "Cs"))
"""Control, formatting (the marks of writing direction among them), private use, halves of signs."""


def clean(text: str, longest: int) -> str:
    """`text` on one line without signs that nobody sees, cut to `longest` code points with an ellipsis."""
    seen = (sign for sign in text if sign.isspace() or sign in _KEPT or unicodedata.category(sign) not in _UNSEEN)
    shown = " ".join("".join(seen).replace("\U000e0000", "").split())
    if len(shown) <= longest:
        return shown
    return shown[: longest - 1].rstrip("\u200d\ufe0f ") + "…"


def name_of(viewer: Viewer) -> str:
    """How a viewer is called in a line."""
    return clean(viewer.display_name, _LONGEST_NAME).strip("\u200c\u200d ") or viewer.login


def title_of(track: Track, longest: int = _LONGEST_TITLE) -> str:
    """The title alone."""
    return clean(track.title, longest) or "a song without a title"


def song(track: Track) -> str:
    """Title and artists."""
    title = title_of(track)
    artists = clean(", ".join(track.artists), _LONGEST_TITLE)
    return f"{title} by {artists}" if artists else title


def span(length: timedelta) -> str:
    """A length of time as one says it: "45 s", "3 min", "2 h 14 min"."""
    seconds = max(int(length.total_seconds()), 0)
    if seconds < 60:
        return f"{seconds} s"
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def counted(number: int, one: str, many: str) -> str:
    """A number with its noun: "1 song", "1,200 songs"."""
    return f"{number:,} {one if number == 1 else many}"
