"""Asks a runner for evenings, and looks at what they left on the disk."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.helpers.children import ROOT
from tests.helpers.companion import Parsed
from tests.helpers.simulator import SimulatorProcess

KILLED = -signal.SIGKILL
LIFECYCLE = ("stream_online", "stream_offline", "stream_session_ended")


@dataclass
class Runner:
    """A runner process with a simulator of its own; one evening at a time."""

    process: asyncio.subprocess.Process
    simulator: SimulatorProcess

    def ledger(self) -> list[dict[str, Any]]:
        """Everything that happened in this runner's world since its last reset."""
        return self.simulator.ledger()

    async def evening(self, folder: Path, name: str, *, die_at: int | None) -> int:
        """See `live`."""
        return await self.live("evening", folder, name, die_at=die_at)

    async def live(self, story: str, folder: Path, name: str, *, patience: float = 90.0, **fate: object) -> int:
        """0: it came to its end. `KILLED`: it died at the write, or at the moment, of its fate. 1: it went wrong."""
        folder.mkdir(parents=True, exist_ok=True)
        order = {"story": story, "folder": str(folder), "name": name, "simulator": self.simulator.url, **fate}
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        await self.process.stdin.drain()
        async with asyncio.timeout(patience):
            answer = await self.process.stdout.readline()
        return int(json.loads(answer)["code"])


@asynccontextmanager
async def runner(folder: Path) -> AsyncIterator[Runner]:
    """A runner; it and its simulator are gone afterwards."""
    simulator = SimulatorProcess(folder)
    await simulator.start()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.crash.runner"),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield Runner(process, simulator)
    finally:
        if process.stdin is not None:
            process.stdin.close()
        if process.returncode is None:
            process.kill()
        await process.wait()
        simulator.kill()


def points(folder: Path, name: str) -> list[str]:
    """Where that evening might have died, in order."""
    return (folder / f"{name}.trace").read_text("utf-8").splitlines()


def told(folder: Path, name: str) -> Parsed:
    """What an evening that came to its end told."""
    return json.loads((folder / f"{name}.json").read_text("utf-8"))


def log(folder: Path, name: str) -> str:
    return (folder / f"{name}.log").read_text("utf-8", "replace")


def damage(folder: Path) -> list[str]:
    """What is wrong with the data after a whole evening; empty when all is as it must be."""
    with closing(sqlite3.connect(folder / "data" / "companion.db")) as database:

        def rows(query: str) -> list[Any]:
            return database.execute(query).fetchall()

        found: dict[str, tuple[object, object]] = {
            "integrity": (rows("PRAGMA integrity_check"), [("ok",)]),
            "lifecycle events": (
                rows("SELECT kind, count(*) FROM outbox_events WHERE kind LIKE 'stream_%' GROUP BY kind ORDER BY kind"),
                [(kind, 1) for kind in sorted(LIFECYCLE)],
            ),
            "dead letters": (rows("SELECT event_id FROM outbox_deliveries WHERE state = 'dead'"), []),
            "things to do": (rows("SELECT todo FROM stream_todos"), []),
            "state": (rows("SELECT is_live, session_open FROM stream_state"), [(0, 0)]),
            "tokens told": (rows("SELECT provider, live, phase FROM token_state ORDER BY provider"), TOLD),
            "sessions counted": (rows("SELECT count(DISTINCT session_id) FROM viewer_snapshots"), [(1,)]),
            "set aside": (rows("SELECT source FROM set_aside"), []),
        }
    return [f"{name}: {is_} instead of {should}" for name, (is_, should) in found.items() if is_ != should]


TOLD = [("spotify", 0, "authorized"), ("twitch", 0, "authorized"), ("twitch_bot", 0, "not_configured")]
