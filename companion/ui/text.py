"""Words for people: translation, counting, and names that may run the other way."""

from __future__ import annotations

from html import escape
from unicodedata import bidirectional

from PySide6.QtCore import QCoreApplication, QLocale
from PySide6.QtGui import Qt

_CONTEXT = "Companion"
_ISOLATE = "\u2068"
_POP = "\u2069"
_LEFT_TO_RIGHT = "\u200e"
_STRONG = frozenset({"L", "R", "AL"})


def tr(text: str) -> str:
    """The text in the person's language; placeholders in braces are kept."""
    return QCoreApplication.translate(_CONTEXT, text)


def number(value: int) -> str:
    """A whole number with the separators of the person's country, or commas where the system names no country."""
    locale = QLocale()
    locale.setNumberOptions(locale.numberOptions() & ~QLocale.NumberOption.OmitGroupSeparator)
    return locale.toString(value)


def counted(count: int, one: str, many: str) -> str:
    """`count` with the fitting word: `counted(1, "viewer", "viewers")` is "1 viewer"."""
    return f"{number(count)} {tr(one) if count == 1 else tr(many)}"


def isolated(name: str) -> str:
    """A name from outside, fenced so that a right-to-left one cannot turn the sentence around."""
    return f"{_ISOLATE}{name}{_POP}"


def sentence(text: str) -> str:
    """A sentence of ours, read from the left even when the name it begins with is written from the right."""
    directions = (bidirectional(letter) for letter in text)
    first = next((direction for direction in directions if direction in _STRONG), "L")
    return text if first == "L" else f"{_LEFT_TO_RIGHT}{text}"


def tip(text: str) -> str:
    """Text for a tooltip, shown as it stands even when it looks like markup."""
    return f"<span>{escape(text)}</span>" if Qt.mightBeRichText(text) else text
