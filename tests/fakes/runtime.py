"""A runtime on a real file, whose time and whose death a test decides."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from companion.kernel.instant import Clock, SystemClock
from companion.kernel.tasks import TaskSupervisor
from companion.objects.stream_lifecycle import tables as _stream_tables  # noqa: F401  # maps its rows
from companion.objects.token import tables as _token_tables  # noqa: F401  # maps its rows
from companion.ports.timer import Timer
from companion.runtime.alarms import Alarms
from companion.runtime.durable_object import Runtime
from companion.runtime.event_bus import EventBus
from companion.runtime.transactions import SqlTransaction, Transactions
from companion.storage.base import Base
from companion.storage.engine import open_engine, open_reader
from tests.fakes.clock import FakeClock


class ClockTimer:
    """`Timer` on a fake clock: it runs out when a test has moved the monotonic clock far enough, or fires it."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._callback: Callable[[], None] | None = None
        self._closed = False
        self._until = 0.0
        self.longest = 0.0

    @property
    def left(self) -> float | None:
        """Seconds until it runs out, None while disarmed."""
        return None if self._callback is None else max(self._until - self._clock.monotonic(), 0.0)

    def arm(self, delay: float, callback: Callable[[], None]) -> None:
        assert 0 <= delay <= 3600
        if not self._closed:
            self.longest = max(self.longest, delay)
            self._until, self._callback = self._clock.monotonic() + delay, callback

    def disarm(self) -> None:
        self._callback = None

    def close(self) -> None:
        self._closed = True
        self.disarm()

    def fire(self) -> None:
        """Run out now."""
        callback, self._callback = self._callback, None
        assert callback is not None, "the timer is not armed"
        callback()


class Killed(BaseException):
    """The process is gone; nothing that catches `Exception` goes on."""


class MortalTransactions(Transactions):
    """Counts commits; after commit number `dies_after` nothing is written or read any more."""

    commits = 0
    dies_after: int | None = None
    dead = False

    @contextmanager
    def begin(self) -> Iterator[SqlTransaction]:
        if self.dead:
            raise Killed
        with super().begin() as tx:
            yield tx
        self.commits += 1
        if self.commits == self.dies_after:
            self.dead = True
            raise Killed


class Rig:
    """One run of a runtime on the file at `path`. A second rig on the same file is the next start."""

    def __init__(self, path: Path, clock: FakeClock, *, real: Timer | None = None) -> None:
        self.path = path
        self.clock = clock
        runs_on: Clock = clock if real is None else SystemClock()
        self.timer = ClockTimer(clock)
        self.storage_failures: list[str] = []
        self.storage_recoveries = 0
        logger = logging.getLogger("companion.test")
        self._engine = open_engine(path)
        Base.metadata.create_all(self._engine)
        self._reader = open_reader(path)
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="test-db")
        self.supervisor = TaskSupervisor(logger)
        self.transactions = MortalTransactions(
            engine=self._engine,
            reader=self._reader,
            worker=self._worker,
            logger=logger,
            on_failure=self.storage_failures.append,
            on_recovery=self._storage_recovered,
        )
        self.alarms = Alarms(
            transactions=self.transactions,
            timer=real or self.timer,
            clock=runs_on,
            supervisor=self.supervisor,
            logger=logger,
        )
        self.bus = EventBus(
            transactions=self.transactions,
            alarms=self.alarms,
            clock=runs_on,
            supervisor=self.supervisor,
            logger=logger,
        )
        self.runtime = Runtime(self.transactions, self.alarms, self.bus, runs_on)
        self._closed = False

    def _storage_recovered(self) -> None:
        self.storage_recoveries += 1

    def start(self) -> None:
        """Redelivery and alarms, as at a start."""
        self.bus.start()
        self.alarms.start()

    async def pass_time(self, span: float | timedelta) -> None:
        """Let `span` pass on both clocks; the timer fires whenever it runs out."""
        remaining = span if isinstance(span, timedelta) else timedelta(seconds=span)
        await settle()
        while (left := self.timer.left) is not None and (step := timedelta(seconds=left)) <= remaining:
            if left and not step:
                step = timedelta(microseconds=1)  # less than the clock can show
            self.clock.advance(step)
            remaining -= step
            self.timer.fire()
            await self._let_tasks_run()
        self.clock.advance(max(remaining, timedelta(0)))
        await settle()

    async def _let_tasks_run(self) -> None:
        for _ in range(100):
            await asyncio.sleep(0)
            if not self.supervisor.names():
                break

    async def fire(self) -> None:
        """The timer runs out now, whatever the clocks say."""
        self.timer.fire()
        await settle()

    async def crash(self) -> None:
        """Nothing is written any more, and every task is gone."""
        self.transactions.dead = True
        self.alarms.disarm()
        self.supervisor.close()
        await self.supervisor.drain(1.0)
        self._release()

    async def close(self) -> None:
        """A clean end."""
        if self._closed:
            return
        self.alarms.disarm()
        self.supervisor.close()
        stragglers = await self.supervisor.drain(1.0)
        self._release()
        assert stragglers == ()

    def _release(self) -> None:
        self._closed = True
        self._worker.shutdown(wait=True)
        self._engine.dispose()
        self._reader.dispose()


class Rigs:
    """Makes rigs on one file; the last one is closed at the end of the test."""

    def __init__(self, path: Path, clock: FakeClock) -> None:
        self.path = path
        self.clock = clock
        self._open: list[Rig] = []

    def __call__(self, *, real: Timer | None = None) -> Rig:
        """The next run; on the machine's own clock with a `real` timer."""
        rig = Rig(self.path, self.clock, real=real)
        self._open.append(rig)
        return rig

    async def close(self) -> None:
        for rig in self._open:
            await rig.close()


async def settle(turns: int = 60) -> None:
    """Let everything run that can."""
    for _ in range(turns):
        await asyncio.sleep(0)


async def until(condition: Callable[[], bool], turns: int = 500) -> None:
    """Let the loop turn until `condition` holds (a worker thread may have to answer)."""
    for _ in range(turns):
        if condition():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it never came to that")


def fill_disk(rig: Rig) -> None:
    """From now on SQLite gets no new page: writing fails with its own "disk is full"."""
    _limit_pages(rig, "SELECT page_count FROM pragma_page_count")


def free_disk(rig: Rig) -> None:
    """There is room again."""
    _limit_pages(rig, "SELECT 1000000")


def refuse_writes(rig: Rig) -> None:
    """From now on every write fails, as on a file system that became read-only."""
    with rig._engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA query_only=ON")


def allow_writes(rig: Rig) -> None:
    """It can be written again."""
    connection = rig._engine.raw_connection()  # a transaction could not begin
    connection.cursor().execute("PRAGMA query_only=OFF")
    connection.close()


def _limit_pages(rig: Rig, count: str) -> None:
    with rig._engine.begin() as connection:
        pages = connection.exec_driver_sql(count).scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
