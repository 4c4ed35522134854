"""Is a line a command? Pure, and cheap for the many that are not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

MARK: Final = "!"
_COMMAND: Final = re.compile(r"!([A-Za-z0-9_-]{1,50})(?:\s+(.*))?", re.DOTALL)
"""Spelled out rather than case-insensitive: by Unicode's rules "K" (the kelvin sign) would be a k."""
_UNSEEN: Final = "\u034f\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\U000e0000"
"""Invisible signs that chat programs hang on a line so that it differs from the one before."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A command as it was typed: `name` in lower case without the mark, `args` trimmed, "" when there are none."""

    name: str
    args: str


def parse(text: str) -> Spoken | None:
    """The command that `text` is, None for everything else (`!!!`, `! song`, a `!song` in mid-line, nothing)."""
    if MARK not in text:
        return None
    found = _COMMAND.fullmatch(_trimmed(text))
    return None if found is None else Spoken(found[1].lower(), found[2] or "")


def _trimmed(text: str) -> str:
    while (shorter := text.strip().strip(_UNSEEN)) != text:
        text = shorter
    return text
