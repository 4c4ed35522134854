"""The thirteen achievements that every installation starts with, and what a definition must be."""

from __future__ import annotations

import re
from typing import Final, get_args

from companion.objects.achievements.rules import STREAK_COUNTS_FROM
from companion.ports.achievements import BadDefinition, Definition, Scope, Trigger

LONGEST_NAME: Final = 60
LONGEST_DESCRIPTION: Final = 200
MOST: Final = 1_000_000
_ID: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_ICON: Final = re.compile(r"[0-9a-f]{2,6}(-[0-9a-f]{2,6}){0,9}")


def _builtin(  # noqa: PLR0917 - one row of a table
    id: str, icon: str, name: str, description: str, trigger: Trigger, threshold: int | None, scope: Scope
) -> Definition:
    return Definition(id, name, description, icon, trigger, threshold, scope, builtin=True)


BUILTINS: Final = (
    _builtin("first_request", "1f3b5", "Opening Track", "A first song of yours made it onto the stream",
             "song_request", 1, "cumulative"),
    _builtin("request_10", "1f3b6", "House Regular", "Ten of your songs played", "song_request", 10, "cumulative"),
    _builtin("request_50", "1f3a7", "Selector", "Fifty of your songs played", "song_request", 50, "cumulative"),
    _builtin("request_100", "1f4bf", "Resident DJ", "A hundred of your songs played",
             "song_request", 100, "cumulative"),
    _builtin("stream_opener", "1f305", "First Needle", "You set the first song of this stream",
             "stream_first_request", None, "session"),
    _builtin("first_roll", "1f3b2", "In the Hat", "Your first raffle roll", "raffle_roll", 1, "cumulative"),
    _builtin("roll_25", "1f3b0", "Steady Hand", "Twenty-five raffle rolls", "raffle_roll", 25, "cumulative"),
    _builtin("roll_100", "1f4aa", "Iron Wrist", "A hundred raffle rolls", "raffle_roll", 100, "cumulative"),
    _builtin("first_win", "1f3c6", "Dead Centre", "Your roll met the winning number",
             "raffle_win", 1, "cumulative"),
    _builtin("close_call", "1f62c", "By a Whisker", "A losing roll no more than 100 away",
             "raffle_close", None, "cumulative"),
    _builtin("closest_ever", "1f494", "Nearest Miss", "The closest losing roll on record was yours",
             "raffle_closest_record", None, "cumulative"),
    _builtin("streak_3", "1f525", "Three in Tune", "Three requests in a row played this stream",
             "request_streak", 3, "session"),
    _builtin("streak_5", "26a1", "Full Chord", "Five requests in a row played this stream",
             "request_streak", 5, "session"),
)  # fmt: skip


def problem_of(definition: Definition) -> BadDefinition | None:
    """Why this cannot be an achievement."""
    if not _ID.fullmatch(definition.id):
        return BadDefinition("id: 1 to 40 of a-z, 0-9, - and _, beginning with a letter or digit")
    if not _is_text(definition.name, LONGEST_NAME):
        return BadDefinition(f"name: one line of 1 to {LONGEST_NAME} characters")
    if not _is_text(definition.description, LONGEST_DESCRIPTION):
        return BadDefinition(f"description: one line of 1 to {LONGEST_DESCRIPTION} characters")
    if emoji(definition.icon) is None:
        return BadDefinition("icon: an emoji's code points in hex, joined by -")
    if definition.trigger not in get_args(Trigger):
        return BadDefinition("trigger: not one that is known")
    if definition.scope not in get_args(Scope):
        return BadDefinition("scope: cumulative or session")
    return _threshold_problem(definition)


def _threshold_problem(definition: Definition) -> BadDefinition | None:
    threshold = definition.threshold
    if threshold is None:
        return None
    if type(threshold) is not int or not 1 <= threshold <= MOST:
        return BadDefinition(f"threshold: a whole number from 1 to {MOST:,}, or none")
    if definition.trigger == "request_streak" and threshold < STREAK_COUNTS_FROM:
        return BadDefinition(f"threshold: a streak of requests counts from {STREAK_COUNTS_FROM}")
    return None


def emoji(icon: str) -> str | None:
    """The character(s) that an icon's code points stand for; None when they are none."""
    if not _ICON.fullmatch(icon):
        return None
    points = [int(part, 16) for part in icon.split("-")]
    if any(point > 0x10FFFF or 0xD800 <= point <= 0xDFFF or point < 0x20 for point in points):
        return None
    return "".join(map(chr, points))


def _is_text(text: str, longest: int) -> bool:
    return text == text.strip() and 1 <= len(text) <= longest and "\n" not in text and "\r" not in text
