"""Secrets that do not print, and the scrubber that keeps them out of text.

Two lines of defence: a secret travels inside `Redacted`, whose text is a fixed mask; and every log
line passes `scrub`, which removes both the secrets seen so far and anything shaped like one.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Final
from urllib.parse import quote, quote_plus

MASK: Final = "[redacted]"
_SHORTEST: Final = 8
_REMEMBERED: Final = 64
# Quotes may be escaped: JSON inside JSON, or a repr of it.
_ASSIGNED: Final = r"[\\\"']*\s*[=:]\s*[\\\"']*)(?!\[redacted\])[^\s\"'&,;}\])\\]+"
_SHAPES: Final = (
    re.compile(
        r"(?i)(?P<keep>\b(?:access_token|refresh_token|device_code|client_secret|code_verifier|code|token|password|secret)"
        + _ASSIGNED
    ),
    re.compile(r"(?i)(?P<keep>\b(?:Bearer|OAuth)\s+)[A-Za-z0-9._~+/=-]{8,}"),
    re.compile(r"(?i)(?P<keep>device[-_]code=)(?!\[redacted\])[^\s\"'&]+"),
)


class Redacted:
    """A secret string. `repr`, `str`, f-strings, pickling and JSON never show it; `reveal` does."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The secret itself: call it only where it is handed to the provider or the vault."""
        return self._value

    def fingerprint(self) -> str:
        """Eight hex digits that tell two secrets apart and give neither away."""
        return hashlib.sha256(self._value.encode()).hexdigest()[:8]

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Redacted) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")


class Scrubber:
    """Removes secrets from text: the exact ones it was told of, and whatever has a secret's shape."""

    def __init__(self) -> None:
        self._known: dict[str, set[str]] = {}
        self._pattern: re.Pattern[str] | None = None

    def learn(self, secret: Redacted) -> None:
        """From now on this secret is cut out of every text (short ones are left to the shapes)."""
        value = secret.reveal()
        if len(value) < _SHORTEST:
            return
        new = value not in self._known
        self._known[value] = self._known.pop(value, set()) or _forms(value)  # the latest stays longest
        while len(self._known) > _REMEMBERED:
            del self._known[next(iter(self._known))]
        if new:
            # The longest first: a secret that begins with another one must not leave its rest.
            forms = set().union(*self._known.values())
            self._pattern = re.compile("|".join(map(re.escape, sorted(forms, key=len, reverse=True))))

    def scrub(self, text: str) -> str:
        """`text` with every known or secret-shaped part replaced by a fixed mask."""
        if self._pattern is not None:
            text = self._pattern.sub(MASK, text)
        for shape in _SHAPES:
            text = shape.sub(lambda found: found["keep"] + MASK, text)
        return text


def _forms(value: str) -> set[str]:
    """How a secret looks in plain text, in an address, in a `repr`, and in JSON around any of them or around JSON."""
    forms = {value, quote(value), quote(value, safe=""), quote_plus(value)}
    forms |= {repr(value)[1:-1], repr(value.encode())[2:-1]}
    for as_ascii in (True, False):
        forms |= {json.dumps(form, ensure_ascii=as_ascii)[1:-1] for form in tuple(forms)}
        forms.add(json.dumps(json.dumps(value, ensure_ascii=as_ascii)[1:-1], ensure_ascii=as_ascii)[1:-1])
    return forms
