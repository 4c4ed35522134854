"""A chat of 100 messages a second, a fifth of them commands: how soon answers stand in chat, by the simulator's ledger.

An answer counts while Companion had lines to spare: 90 in any 31 seconds. Later ones wait for Twitch's limit, not for
Companion. The limit itself must be kept: never more than 100 lines in any 30 seconds.

Two seconds of talk come before what is measured. After some seconds of rest a virtual machine runs the same 2,500
calls in 27 ms that take 2 ms otherwise, with no page fault of its own: that is the machine waking, not Companion.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from companion.chat.pace import PRIVILEGED, WINDOW
from tests.benchmarks.evening import Evening, evening
from tests.benchmarks.lateness import Late, late_row
from tests.benchmarks.processes import processor_time
from tests.benchmarks.sampling import median, milliseconds, percentile
from tests.benchmarks.table import Row

PER_SECOND = 100
VIEWERS = 997
"""Has nothing in common with the number of texts: everybody says everything in the end."""
COMMANDS = ("!position", "!lurk", "!song", "!stats")
TEXTS = tuple(text for command in COMMANDS for text in (command, "hello", "what a lovely tune", "aye", "good evening"))
TALK = ("hello", "what a lovely tune", "aye")
WARM_UP = 2
SOON = 0.1
ALLOWED, SPAN = 100, 30.0
"""Twitch's limit for a broadcaster: dev.twitch.tv/docs/chat."""


@dataclass(frozen=True, slots=True)
class Chat:
    """Seconds from a command to its answer, for those that had room; and the most lines in any 30 seconds."""

    messages: int
    answers: list[float]
    most_lines: int
    late: tuple[Late, Late]
    busy: float


def measure(*, quick: bool) -> list[Row]:
    """Rows for the table; the limit must be kept."""
    with evening() as made:
        return rows(chat(made, seconds=3 if quick else 45))


def rows(seen: Chat) -> list[Row]:
    """For the table."""
    slowest = max(seen.answers)
    return [
        Row(
            f"answer in a chat of {PER_SECOND} a second, slowest of {len(seen.answers)}",
            f"{milliseconds(slowest)} (p50 {milliseconds(median(seen.answers))}, "
            f"p99 {milliseconds(percentile(seen.answers, 99))})",
            f"{milliseconds(SOON)}: the promise",
            slowest / SOON,
            aim=1,
        ),
        late_row("loop late at most, meanwhile", seen.late),
        Row("processor, meanwhile", f"{seen.busy:.0%} of a core", ""),
        Row(
            "lines in any 30 seconds, at most",
            f"{seen.most_lines}",
            f"{ALLOWED}: Twitch's limit",
            float(seen.most_lines > ALLOWED),
            aim=0,
            must=True,
        ),
    ]


def chat(made: Evening, *, seconds: int) -> Chat:
    """Let them talk, then read the ledger."""
    made.post("chat/flood", count=PER_SECOND * WARM_UP, per_second=PER_SECOND, texts=TALK, viewers=VIEWERS)
    start, spent, began = len(made.get("ledger")), processor_time(made.companion.pid), time.monotonic()
    made.late()
    made.post("chat/flood", count=PER_SECOND * seconds, per_second=PER_SECOND, texts=TEXTS, viewers=VIEWERS)
    late = made.late()
    busy = (processor_time(made.companion.pid) - spent) / (time.monotonic() - began)
    time.sleep(1.0)
    lines: list[dict[str, Any]] = made.get("ledger", ("kind", "chat_shown"))
    ours = sorted(_at(each) for each in lines if each["by"] != "viewer")
    return Chat(PER_SECOND * seconds, _answers(lines, ours, start), _most(ours), late, busy)


def _answers(lines: list[dict[str, Any]], ours: list[float], start: int) -> list[float]:
    asked = {each["message_id"]: _at(each) for each in lines if each["by"] == "viewer" and each["n"] > start}
    found = []
    for line in lines:
        at = asked.get(line["reply_to"])
        if at is not None and bisect_right(ours, _at(line)) - bisect_right(ours, at - WINDOW) <= PRIVILEGED:
            found.append(_at(line) - at)
    return found


def _most(ours: list[float]) -> int:
    return max((number - bisect_right(ours, at - SPAN) for number, at in enumerate(ours, start=1)), default=0)


def _at(entry: dict[str, Any]) -> float:
    return datetime.fromisoformat(entry["at"]).timestamp()
