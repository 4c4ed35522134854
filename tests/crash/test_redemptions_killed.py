"""SIGKILL at every write of a night with a song, a roll and commands: by the ledger all of it came out right, once."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.crash import graveyard, judge, night
from tests.crash.graveyard import KILLED, Runner
from tests.crash.judge import Ledger

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="nights are forks, which this system does not have"),
    pytest.mark.timeout(2400),
]
EVERYTHING = os.environ.get("COMPANION_CRASH") == "full"
"""Kill at every write, also where only a delivery, an alarm or a receipt of somebody else's line is written."""
EVERY = 1 if EVERYTHING else 3
"""The short run kills at every third point: before one commit, after the next."""
RUNNERS = 3
PAID_FOR = (
    *("saga_runs", "saga_steps", "song_requests", "song_history", "raffle_epochs", "raffle_entries", "raffle_waiting"),
    *("achievement_unlocks", "achievement_progress", "chat_command_values", "inbox_redemptions", "rewards"),
)
"""Tables whose writes the short run tries: with them hang points, songs, numbers and lines in chat."""


@pytest_asyncio.fixture
async def runners(tmp_path: Path) -> AsyncIterator[list[Runner]]:
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(graveyard.runner(tmp_path / f"runner-{number}"))
            for number in range(RUNNERS)
        ]


async def test_a_night_killed_at_every_write(runners: list[Runner], tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    assert await runners[0].live("night", whole, "first", die_at=None) == 0, graveyard.log(whole, "first")
    assert wrong_with(whole, "first", runners[0].ledger()) == []
    labels = graveyard.points(whole, "first")
    watched = None if EVERYTHING else list(PAID_FOR)
    count = sum(watched is None or any(table in label.split() for table in watched) for label in labels)
    numbers = iter(range(1, count + 5, EVERY))
    problems: list[str] = []
    deaths: Counter[str] = Counter()

    async def work(runner: Runner) -> None:
        for number in numbers:
            folder = tmp_path / f"killed-{number:03}"
            label, wrong = await killed_and_resumed(runner, folder, number, watched)
            problems.extend(f"killed at {number}, {label}: {each}" for each in wrong)
            deaths[label] += 1

    await asyncio.gather(*(work(each) for each in runners))

    assert problems == []
    assert deaths["(it came to its end)"] < 20
    print(f"{count} of {len(labels)} writes; died at: {deaths}")


async def killed_and_resumed(
    runner: Runner, folder: Path, number: int, watched: list[str] | None
) -> tuple[str, list[str]]:
    """Where it died, and what was wrong after the next start."""
    runner.simulator.post("/sim/reset")
    code = await runner.live("night", folder, "first", die_at=number, watched=watched)
    if code == 0:
        return "(it came to its end)", wrong_with(folder, "first", runner.ledger())
    label = graveyard.points(folder, "first")[-1]
    if code != KILLED:
        return label, [f"the first night went wrong:\n{graveyard.log(folder, 'first')}"]
    drawn = rolls(folder)
    if await runner.live("night", folder, "second") != 0:
        return label, [f"the second night went wrong:\n{graveyard.log(folder, 'second')}"]
    redrawn = [f"drawn before, and not any more: {roll}" for roll in drawn - rolls(folder)]
    return label, [*wrong_with(folder, "second", runner.ledger()), *redrawn]


def wrong_with(folder: Path, name: str, ledger: Ledger) -> list[str]:
    """What is wrong after a night that came to its end."""
    told, asked = graveyard.told(folder, name), heard(folder)
    expected: dict[str, tuple[object, object]] = {
        "what needs the streamer": (told["needs_you"], []),
        "runs": (set(told["runs"].values()), {"completed"}),
        "rolls that verify": ((told["sound"], told["rolls"]), (True, 1)),
        "the counter": (told["tally"], 1 if night.COUNTING in asked else 0),
        "rewards made": (len(judge.of_app([*ledger_of_rewards(ledger)], "reward_created")), 2),
        "redemptions fulfilled": (len(judge.of_app(ledger, "redemption_fulfilled")), 2),
        "songs played": (played(folder), {night.SINGER, *([night.ASKER] if night.ASKING in asked else [])}),
        "rolls in chat": (judge.rolls_told(ledger) - {roll[1:] for roll in rolls(folder)}, set()),
    }
    each_once = Counter({night.PAID_SONG.uri: 1, night.ASKED_SONG.uri: 1})
    return [
        *(f"{what}: {is_} instead of {should}" for what, (is_, should) in expected.items() if is_ != should),
        *judge.settled_once(ledger),
        *judge.said_once(ledger),
        *judge.queued_too_often(ledger, each_once),
        *judge.damage(folder / "data"),
    ]


def ledger_of_rewards(ledger: Ledger) -> Ledger:
    """Rewards with who made them in the words of the other entries."""
    return [{**entry, "by": f"app:{entry['by']}"} for entry in ledger if entry["kind"] == "reward_created"]


def heard(folder: Path) -> set[str]:
    """Which of the viewers' commands reached Companion: Twitch tells a line of chat once."""
    stored = rows(folder, "SELECT payload FROM inbox_notifications WHERE kind LIKE '%chat%'")
    return {text for text in (night.ASKING, night.COUNTING) if any(text in payload for (payload,) in stored)}


def played(folder: Path) -> set[str]:
    """Whose songs were heard."""
    logins = [
        login
        for (login,) in rows(folder, "SELECT viewer_login FROM song_requests WHERE state IN ('playing', 'played')")
    ]
    assert len(logins) == len(set(logins)), logins
    return set(logins)


def rolls(folder: Path) -> set[tuple[str, str, int, int]]:
    """Every roll of the book: redemption, viewer, roll, winning number."""
    query = "SELECT redemption_id, viewer_name, roll, winning FROM raffle_entries WHERE kind = 'roll'"
    return {(key, name, roll, winning) for key, name, roll, winning in rows(folder, query)}


def rows(folder: Path, query: str) -> list[Any]:
    database = folder / "data" / "companion.db"
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()
