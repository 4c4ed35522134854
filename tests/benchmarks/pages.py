"""From publishing to receiving: 20 pages on our server against 20 on a bare `websockets` broadcast.

Servers and pages are two processes. Both servers share one process and one loop and publish in turns, so that
whatever else the machine does meets both.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from typing import cast

from tests.benchmarks.sampling import median, milliseconds, percentile, quartiles, ratios
from tests.benchmarks.table import Row

PAGES = 20
AIM = 1.3


@dataclass(frozen=True, slots=True)
class Delays:
    """Seconds from publishing to receiving, one list for each round."""

    ours: list[list[float]]
    theirs: list[list[float]]
    size: int


def measure(*, quick: bool) -> list[Row]:
    """p50 and p99 over all pages: the medians of the rounds, and the quartiles of their ratios."""
    delays = _run(rounds=3 if quick else 15, messages=20 if quick else 200)
    return [_row(delays, percent) for percent in (50, 99)]


def _row(delays: Delays, percent: int) -> Row:
    ours = [percentile(each, percent) for each in delays.ours]
    theirs = [percentile(each, percent) for each in delays.theirs]
    found = ratios(ours, theirs)
    return Row(
        f"event to {PAGES} pages, p{percent} ({delays.size} bytes)",
        milliseconds(median(ours)),
        f"{milliseconds(median(theirs))}: bare broadcast",
        median(found),
        quartiles(found),
        AIM,
    )


def _run(*, rounds: int, messages: int) -> Delays:
    with tempfile.TemporaryDirectory(prefix="companion-bench-") as folder:
        arguments = [folder, str(PAGES), str(rounds + 1), str(messages)]
        with subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.page_server", *arguments], stdout=subprocess.PIPE, text=True
        ) as server:
            if server.stdout is None:
                raise AssertionError("a pipe was asked for")
            addresses = server.stdout.readline()
            with subprocess.Popen(
                [sys.executable, "-m", "tests.benchmarks.page_clients", addresses, str(PAGES)],
                stdout=subprocess.PIPE,
                text=True,
            ) as clients:
                published = json.loads(server.stdout.readline())
                received, _ = clients.communicate(timeout=60)
    ours, theirs = cast("list[list[list[int]]]", json.loads(received))
    return Delays(
        _delays(published["ours"], ours)[1:], _delays(published["theirs"], theirs)[1:], int(published["bytes"])
    )


def _delays(published: list[list[int]], pages: list[list[int]]) -> list[list[float]]:
    """Per round, over all pages. What a page got before the first round (its greeting) does not count."""
    total = sum(len(each) for each in published)
    delays: list[list[float]] = [[] for _ in published]
    for page in pages:
        came = page[len(page) - total :]
        at = 0
        for number, sent in enumerate(published):
            delays[number] += [(came[at + index] - moment) / 1e9 for index, moment in enumerate(sent)]
            at += len(sent)
    return delays
