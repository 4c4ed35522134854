"""The verdict: what went wrong by the simulator's ledger, which knows every effect, and by Companion's own disk."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from tests.crash.loose_ends import DEAD, found

Ledger: TypeAlias = Sequence[dict[str, Any]]

_KINDS = {
    "a roll": re.compile(r", you rolled "),
    "an unlock": re.compile(r" unlocked (?P<what>[^:]+):"),
    "points back": re.compile(r"[Yy]our points are back"),
    "a place in the queue": re.compile(r", (the best match is )?“.*” .*(is next|is number \d+ in the queue)"),
}


def settled_once(ledger: Ledger) -> list[str]:
    """Every redemption is fulfilled or canceled, once, and its points go back at most once."""
    ends: Counter[str] = Counter()
    back: Counter[str] = Counter()
    for entry in ledger:
        if entry["kind"] in ("redemption_fulfilled", "redemption_canceled"):
            ends[entry["redemption_id"]] += 1
        elif entry["kind"] == "points_refunded":
            back[entry["redemption_id"]] += 1
    made = [entry for entry in ledger if entry["kind"] == "redemption_made"]
    wrong = [
        f"the redemption of {entry['user_login']} was settled {ends[entry['redemption_id']]} times"
        for entry in made
        if ends[entry["redemption_id"]] != 1
    ]
    return [*wrong, *(f"points went back {number} times for {key}" for key, number in back.items() if number > 1)]


def said_once(ledger: Ledger) -> list[str]:
    """No line of ours stands in chat twice, nor does one viewer hear the same kind of thing twice.

    A viewer of these tests asks for one thing.
    """
    lines = Counter(plain(entry["text"]) for entry in of_app(ledger, "chat_shown"))
    viewers = {entry["user_name"] for entry in ledger if entry["kind"] in ("redemption_made", "viewer_seen")}
    heard: Counter[tuple[str, str]] = Counter()
    for line, number in lines.items():
        if (about := about_whom(line, viewers)) is not None:
            heard[about] += number
    twice = [f"said {number} times: {line}" for line, number in lines.items() if number > 1]
    return [*twice, *(f"{name} was told {what} {number} times" for (name, what), number in heard.items() if number > 1)]


def about_whom(line: str, viewers: Iterable[str]) -> tuple[str, str] | None:
    """Who is told what kind of thing."""
    name = re.split(r"[,: ]", line, maxsplit=1)[0]
    if name not in viewers:
        return None
    for kind, pattern in _KINDS.items():
        if match := pattern.search(line):
            return name, f"{kind} {match['what']}" if "what" in match.groupdict() else kind
    return None


def plain(text: str) -> str:
    """A line without what Companion adds so that Twitch does not take it for a repetition."""
    return " ".join(text.replace("\u034f", "").split())


def of_app(ledger: Ledger, kind: str) -> list[dict[str, Any]]:
    """What Companion itself has done."""
    return [entry for entry in ledger if entry["kind"] == kind and str(entry["by"]).startswith("app")]


def queued_too_often(ledger: Ledger, allowed: Counter[str]) -> list[str]:
    """Songs that stand in Spotify more often than requests were handed over."""
    queued = Counter(entry["uri"] for entry in of_app(ledger, "song_queued"))
    return [
        f"{uri} was queued {number} times for {allowed[uri]} requests"
        for uri, number in queued.items()
        if number > allowed[uri]
    ]


def rolls_told(ledger: Ledger) -> set[tuple[str, int, int]]:
    """Viewer, roll and winning number of every roll that stands in chat."""
    pattern = re.compile(r"(\S+), you rolled ([\d,]+) (?:against ([\d,]+)|and met)")
    told = set()
    for entry in of_app(ledger, "chat_shown"):
        if match := pattern.match(entry["text"]):
            roll = int(match[2].replace(",", ""))
            told.add((match[1], roll, roll if match[3] is None else int(match[3].replace(",", ""))))
    return told


def damage(data: Path) -> list[str]:
    """What is wrong on Companion's own disk."""
    sound = [problem for problem in found(data, {"integrity": "PRAGMA integrity_check"}) if problem != "integrity: ok"]
    return [*sound, *found(data, DEAD)]
