"""SIGKILL at every single write of an evening: the next start goes on, and nothing happened twice or not at all."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from tests.crash import graveyard
from tests.crash.graveyard import KILLED, Runner

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="evenings are forks, which this system does not have"),
    pytest.mark.timeout(900),
]
RUNNERS = 3
EVERY = 1 if os.environ.get("COMPANION_CRASH") == "full" else 3
"""The short run kills at every third point: before one commit, after the next."""
BEFORE_VAULT = "before vault write of twitch-refresh-token"
IN_THE_MIDDLE = "Companion was ended in the middle of renewing this login"


@pytest_asyncio.fixture
async def runners(tmp_path: Path) -> AsyncIterator[list[Runner]]:
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(graveyard.runner(tmp_path / f"runner-{number}"))
            for number in range(RUNNERS)
        ]


async def test_an_evening_killed_at_every_write(runners: list[Runner], tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    assert await runners[0].evening(whole, "first", die_at=None) == 0, graveyard.log(whole, "first")
    assert graveyard.damage(whole) == []
    labels = graveyard.points(whole, "first")
    numbers = iter(range(1, len(labels) + 5, EVERY))
    problems: list[str] = []
    deaths: Counter[str] = Counter()

    async def work(runner: Runner) -> None:
        for number in numbers:
            folder = tmp_path / f"killed-{number:03}"
            label, wrong = await killed_and_resumed(runner, folder, number)
            problems.extend(f"killed at {number}, {label}: {each}" for each in wrong)
            deaths[label] += 1

    await asyncio.gather(*(work(each) for each in runners))

    assert problems == []
    assert deaths["(it came to its end)"] < 10
    print(f"{len(labels)} writes; died at: {deaths}")


async def killed_and_resumed(runner: Runner, folder: Path, number: int) -> tuple[str, list[str]]:
    """Where it died, and what was wrong after the next evening."""
    runner.simulator.post("/sim/reset")
    code = await runner.evening(folder, "first", die_at=number)
    if code == 0:
        return "(it came to its end)", graveyard.damage(folder)
    label = graveyard.points(folder, "first")[-1]
    if code != KILLED:
        return label, [f"the first evening went wrong:\n{graveyard.log(folder, 'first')}"]
    if await runner.evening(folder, "second", die_at=None) != 0:
        return label, [f"the second evening went wrong:\n{graveyard.log(folder, 'second')}"]
    told = graveyard.told(folder, "second")["found"]["told"]
    untold = [] if all(told) else [f"a login was not told whether the stream is live: {told}"]
    return label, [*graveyard.damage(folder), *unexplained_losses(folder, label), *untold]


def unexplained_losses(folder: Path, label: str) -> list[str]:
    """A login may be lost only between the answer and the vault, and then that is the reason told."""
    lost = graveyard.told(folder, "second")["lost"]
    in_between = label == BEFORE_VAULT
    return [
        f"the {provider} login was lost: {reason}"
        for provider, reason in lost.items()
        if not (in_between and provider == "twitch" and str(reason).startswith(IN_THE_MIDDLE))
    ]


async def test_killed_between_the_answer_and_the_vault(runners: list[Runner], tmp_path: Path) -> None:
    """Twitch has spent the old token and given a new one; nobody has written the new one down."""
    runner, whole = runners[0], tmp_path / "whole"
    # Commits are not counted: on a busy machine there may be another one before the renewal.
    first = partial(runner.live, "evening", name="first", watched=[])
    assert await first(whole, die_at=None) == 0, graveyard.log(whole, "first")
    labels = graveyard.points(whole, "first")
    _, renewing = [number for number, label in enumerate(labels, 1) if label == BEFORE_VAULT]

    before = tmp_path / "before-the-vault"
    runner.simulator.post("/sim/reset")
    assert await first(before, die_at=renewing) == KILLED
    assert runner.simulator.count("twitch.refresh_ok") == 1
    assert await runner.evening(before, "second", die_at=None) == 0, graveyard.log(before, "second")
    lost = graveyard.told(before, "second")["lost"]
    assert lost.keys() == {"twitch"}
    assert lost["twitch"].startswith(IN_THE_MIDDLE)
    assert f"Twitch ended the login: {IN_THE_MIDDLE}".lower() in graveyard.log(before, "second").lower()

    after = tmp_path / "after-the-vault"
    runner.simulator.post("/sim/reset")
    assert await first(after, die_at=renewing + 1) == KILLED
    assert await runner.evening(after, "second", die_at=None) == 0, graveyard.log(after, "second")
    assert graveyard.told(after, "second")["lost"] == {}
