"""How late a loop is: a task that wants to wake every few milliseconds notes by how much each wake came too late."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict, dataclass

from tests.benchmarks.table import Row

EVERY = 0.004
"""Seconds between two wakes: fine enough to see what a picture of 16 ms would miss."""


@dataclass(frozen=True, slots=True)
class Late:
    """Seconds, of so many wakes."""

    most: float
    p99: float
    above: int
    """Wakes that came more than 16 ms late."""
    wakes: int


LIMIT = 0.016


class Lateness:
    """`watch` runs until it is cancelled; `take` answers for the time since the last `take`."""

    def __init__(self) -> None:
        self._found: list[float] = []

    async def watch(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            wanted = loop.time() + EVERY
            await asyncio.sleep(EVERY)
            self._found.append(loop.time() - wanted)

    def take(self) -> Late:
        found, self._found = sorted(self._found), []
        if not found:
            return Late(0.0, 0.0, 0, 0)
        above = sum(late > LIMIT for late in found)
        return Late(found[-1], found[round(0.99 * (len(found) - 1))], above, len(found))


def late_row(what: str, late: tuple[Late, Late]) -> Row:
    """Companion's loop against one that had nothing to do at the same time on the same machine."""
    ours, idle = late
    words = [
        f"{each.most * 1000:.0f} ms, p99 {each.p99 * 1000:.1f}, {each.above} of {each.wakes:,} above 16"
        for each in (ours, idle)
    ]
    return Row(what, words[0], f"{words[1]}: idle loop", ours.most / idle.most)


async def main() -> None:
    """A loop with nothing else to do; each line on standard input asks for what was seen since the last one."""
    lateness = Lateness()
    watching = asyncio.ensure_future(lateness.watch())
    while await asyncio.to_thread(sys.stdin.readline):
        sys.stdout.write(json.dumps(asdict(lateness.take())) + "\n")
        sys.stdout.flush()
    watching.cancel()


if __name__ == "__main__":
    asyncio.run(main())
