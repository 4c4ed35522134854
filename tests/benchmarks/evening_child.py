"""Companion as `companion --demo --headless --simulator URL` runs it, with a watch over its loop.

Each line on standard input asks for what was seen since the last one; the answer is one line of JSON. Ends with its
standard input, as after a quit.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path

from companion.bootstrap.graph import Graph
from companion.bootstrap.lifecycle import Process
from companion.bootstrap.loop import run_headless
from companion.bootstrap.opening import open_run
from companion.bootstrap.options import Options
from companion.bootstrap.paths import Paths
from companion.kernel.result import expect_ok
from tests.benchmarks.lateness import Lateness


class WatchedProcess(Process):
    """Nothing is changed; it can be asked."""

    @property
    def graph(self) -> Graph | None:
        return getattr(self, "_graph", None)


async def main(process: WatchedProcess) -> int:
    late = Lateness()
    watching = asyncio.ensure_future(late.watch())
    running = asyncio.ensure_future(process.main())
    asking = asyncio.ensure_future(_answer(process, late))
    await asyncio.wait({running, asking}, return_when=asyncio.FIRST_COMPLETED)
    watching.cancel()
    process.request_quit()
    return await running


async def _answer(process: WatchedProcess, late: Lateness) -> None:
    while await asyncio.to_thread(sys.stdin.readline):
        _say({"late": asdict(late.take()), "hears": _hears(process.graph)})


def _hears(graph: Graph | None) -> list[str]:
    """The event types that are subscribed and heard."""
    return [] if graph is None else list(graph.ears.eventsub.status().subscriptions)


def _say(value: object) -> None:
    sys.__stdout__.write(json.dumps(value) + "\n")  # type: ignore[union-attr]  # a benchmark has one
    sys.__stdout__.flush()  # type: ignore[union-attr]  # a benchmark has one


if __name__ == "__main__":
    paths = Paths(Path(sys.argv[1]))
    paths.data.mkdir(parents=True, exist_ok=True)
    options = Options(demo=True, headless=True, data_dir=paths.data, port=0, simulator=sys.argv[2])
    opened = expect_ok(open_run(options, paths))
    child = WatchedProcess(run=opened.run, scrubber=opened.scrubber, window=False, child=None)
    sys.stdout = sys.stderr  # the overlay addresses
    code = run_headless(lambda: main(child))
    opened.close()
    sys.exit(code)
