"""How one line of ours has to look so that Twitch shows it. Pure.

Sources: dev.twitch.tv/docs/chat (length, repeated lines); what begins with `/` or `.` is taken for a command of
Twitch's, and what begins with `!` for one of a bot's, our own among them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator
from typing import Final

from companion.ports.chat import LONGEST_LINE

_ELLIPSIS: Final = "…"
_COMMAND_MARKS: Final = ("!", "/", ".")
_HARMLESS: Final = "› "
"""Put before a line that would be taken for a command. It is visible on purpose: Twitch takes invisible signs out
of a line at its own discretion (github.com/Chatterino/chatterino2/pull/6417), and then the command would stand bare.
"""
_JOINER: Final = "\u034f"
"""COMBINING GRAPHEME JOINER: nothing to see, and not taken out (same source)."""
_ZERO_WIDTH_JOINER: Final = "\u200d"
_BLANKS: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Signs that show nothing and are neither spaces nor formatting to Unicode."""
_TURNS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Signs that turn the direction of what follows: out of a name or a title they would garble the rest of the line."""
_VARIANTS: Final = 7


def prepare(text: str) -> str:
    """One line out of `text`: no line breaks, single spaces, no command, at most 500 code points; "" if nothing shows.

    Cut at a word where there is one, with an ellipsis.
    """
    cleaned = " ".join("".join(_clean(sign) for sign in text).split())
    visible = cleaned.lstrip(" ").lstrip("".join({sign for sign in cleaned if _shows_nothing(sign)}))
    if not visible:
        return ""
    return fit(_HARMLESS + visible if visible.startswith(_COMMAND_MARKS) else cleaned, LONGEST_LINE)


def fit(text: str, limit: int) -> str:
    """`text` in at most `limit` (from 2) code points: whole, or cut at a word and ended with an ellipsis."""
    if len(text) <= limit:
        return text
    end = limit - len(_ELLIPSIS)
    word = text.rfind(" ", 0, end + 1)
    if word > 0 and word >= end // 2:
        return text[:word].rstrip() + _ELLIPSIS
    # One long word: between signs that belong together nothing is cut.
    cut = end
    while cut > end // 2 and (_belongs_to_the_one_before(text[cut]) or text[cut - 1] == _ZERO_WIDTH_JOINER):
        cut -= 1
    return text[:cut].rstrip() + _ELLIPSIS


def unlike(line: str, recent: Collection[str]) -> str:
    """`line`, or one that looks the same and is none of `recent`, the newest last.

    Twitch drops a line that equals an earlier one of the last 30 seconds. A space more between two words is what
    other programs use; it harms nothing. Where all variants are taken, the one that was used longest ago comes.
    """
    found = list(_variants(line))
    unused = next((variant for variant in found if variant not in recent), None)
    if unused is not None:
        return unused
    newest = {text: place for place, text in enumerate(recent)}
    return min(found, key=lambda variant: newest[variant])


def _variants(line: str) -> Iterator[str]:
    yield line
    short = fit(line, LONGEST_LINE - 1)
    spaces = [place for place, sign in enumerate(short) if sign == " "]
    for place in spaces[:_VARIANTS]:
        yield f"{short[:place]} {short[place:]}"
    if not spaces:
        yield f"{fit(line, LONGEST_LINE - 2)} {_JOINER}"


def _clean(sign: str) -> str:
    if sign in _TURNS:
        return ""
    match unicodedata.category(sign):
        case "Cc" | "Zl" | "Zp":
            return " "
        case "Cs":  # half of a pair cannot be sent
            return "\ufffd"
        case _:
            return sign


def _shows_nothing(sign: str) -> bool:
    return sign in _BLANKS or sign == " " or unicodedata.category(sign) == "Cf" or "\ufe00" <= sign <= "\ufe0f"


def _belongs_to_the_one_before(sign: str) -> bool:
    return (
        sign == _ZERO_WIDTH_JOINER
        or unicodedata.category(sign) in ("Mn", "Me", "Mc")
        or "\U0001f3fb" <= sign <= "\U0001f3ff"  # skin tones
    )
