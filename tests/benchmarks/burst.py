"""20,000 redemption notifications as fast as the socket takes them, 2,000 of them told before.

The floor is `sqlite3` alone: the rows that Companion wrote while it took them in, in the same batches, with the same
pragmas on the same disk.
"""

from __future__ import annotations

import sqlite3
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from companion.bootstrap.tables import METADATA
from companion.kernel.instant import SystemClock
from companion.kernel.result import expect_ok
from companion.storage.engine import PRAGMAS
from companion.storage.prepare import prepare_database
from tests.benchmarks.evening import Evening, evening, until
from tests.benchmarks.lateness import Late, late_row
from tests.benchmarks.processes import memory, processor_time
from tests.benchmarks.table import Row

TAKEN = {"inbox_notifications": "received_at", "inbox_redemptions": "at", "saga_runs": "created_at"}
"""What taking in a redemption writes, and when."""
_NEW = "redemption.added"


@dataclass(frozen=True, slots=True)
class Burst:
    """What was seen. Times in seconds, memory in MiB."""

    sent: int
    runs: int
    stored: int
    taking: float
    floor: float
    grown: float
    late: tuple[Late, Late]
    busy: float
    settled: int
    working: float
    grown_after: float
    late_after: tuple[Late, Late]


def measure(*, quick: bool) -> list[Row]:
    """Rows for the table; the count of runs must be right."""
    seen = burst(count=180, duplicates=20, settle=40) if quick else burst(count=18_000, duplicates=2_000, settle=1_000)
    return _rows(seen, 180 if quick else 18_000)


def _rows(seen: Burst, wanted: int) -> list[Row]:
    return [
        Row(
            f"{seen.sent:,} notifications: runs",
            f"{seen.runs:,} runs",
            f"{wanted:,} redemptions",
            seen.runs / wanted,
            aim=1,
            must=True,
        ),
        Row(
            "notifications taken in",
            f"{seen.stored / seen.taking:,.0f} a second",
            f"{seen.stored / seen.floor:,.0f}: the same rows, sqlite3",
            seen.taking / seen.floor,
        ),
        late_row("loop late at most, meanwhile", seen.late),
        Row("memory grown by the burst", f"{seen.grown:.0f} MiB", f"then {seen.grown_after:+.0f} MiB"),
        Row("redemptions settled afterwards", f"{seen.settled / seen.working:,.1f} a second", ""),
        late_row("loop late at most, meanwhile", seen.late_after),
    ]


def burst(*, count: int, duplicates: int, settle: int) -> Burst:
    """Send, wait for the rows, then watch until `settle` more redemptions are settled at Twitch."""
    with evening() as made:
        return _burst(made, count=count, duplicates=duplicates, settle=settle)


def _burst(made: Evening, *, count: int, duplicates: int, settle: int) -> Burst:
    pid, reward = made.companion.pid, made.rewards()["raffle"]
    before, spent = memory(pid)["Rss"], processor_time(pid)
    made.post("redemptions/burst", reward=[reward], count=count, duplicates=duplicates, viewers=500)
    until(lambda: _count(made, "inbox_notifications WHERE kind = 'RedemptionAdded'") >= count, "all are stored", 900)
    late, busy, after = made.late(), processor_time(pid) - spent, memory(pid)["Rss"]
    fulfilled = "saga_runs WHERE fulfilled_at IS NOT NULL"
    done, began = _count(made, fulfilled), time.monotonic()
    until(lambda: _count(made, fulfilled) >= done + settle, "enough redemptions are settled", 900)
    working = time.monotonic() - began
    runs, settled = _count(made, "saga_runs WHERE kind = 'raffle'"), _count(made, fulfilled) - done
    late_after, at_last = made.late(), memory(pid)["Rss"]
    batches, taking = _batches(made)
    return Burst(
        sent=count + duplicates,
        runs=runs,
        stored=count,
        taking=taking,
        floor=_floor(batches),
        grown=after - before,
        late=late,
        busy=busy,
        settled=settled,
        working=working,
        grown_after=at_last - after,
        late_after=late_after,
    )


def _read(made: Evening, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{made.database}?mode=ro", uri=True, timeout=5)) as connection:
        return connection.execute(query).fetchall()


def _count(made: Evening, what: str) -> int:
    return int(_read(made, f"SELECT count(*) FROM {what}")[0][0])  # noqa: S608 - our own names


def _batches(made: Evening) -> tuple[list[dict[str, list[tuple[Any, ...]]]], float]:
    """The rows that the burst wrote, as they were committed together; and how long that took."""
    kind = "kind = 'RedemptionAdded'"
    moments = [row[0] for row in _read(made, f"SELECT received_at FROM inbox_notifications WHERE {kind} ORDER BY 1")]  # noqa: S608 - our own names
    sizes = [len(list(group)) for _, group in groupby(moments)]
    batches: list[dict[str, list[tuple[Any, ...]]]] = [{} for _ in sizes]
    for table, at in TAKEN.items():
        rows = iter(_read(made, f"SELECT * FROM {table} ORDER BY {at}, rowid"))  # noqa: S608 - our own names
        for batch, size in zip(batches, sizes, strict=True):
            batch[table] = list(islice(rows, size))
    first, last = (datetime.fromisoformat(moment) for moment in (moments[0], moments[-1]))
    return batches, (last - first).total_seconds() * len(sizes) / max(1, len(sizes) - 1)


def _floor(batches: list[dict[str, list[tuple[Any, ...]]]]) -> float:
    """Seconds that `sqlite3` needs for these rows."""
    with tempfile.TemporaryDirectory(prefix="companion-bench-") as folder:
        path = Path(folder) / "companion.db"
        expect_ok(prepare_database(path, backups=Path(folder) / "backups", metadata=METADATA, clock=SystemClock()))
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            for name, value in PRAGMAS:
                connection.execute(f"PRAGMA {name}={value}").close()
            began = time.perf_counter()
            for batch in batches:
                connection.execute("BEGIN IMMEDIATE")
                for table, rows in batch.items():
                    marks = ",".join("?" * len(rows[0]))
                    connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - our own names
                connection.execute("COMMIT")
            return time.perf_counter() - began
