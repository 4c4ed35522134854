"""The hands that work on runs: a bounded number of tasks, which are there only while there is work."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from companion.kernel.tasks import TaskSupervisor


class Workers:
    """Works on runs that were called for, first come first served, at most `concurrency` at a time.

    `work(run_id, roused)` goes on with a run as far as it goes, and raises nothing. It answers True when it broke off
    because of `paused`: then that run is the first to be gone on with. `turn` is awaited between two runs.
    """

    def __init__(
        self,
        *,
        work: Callable[[str, bool], Awaitable[bool]],
        turn: Callable[[], Awaitable[None]],
        supervisor: TaskSupervisor,
        logger: logging.Logger,
        concurrency: int,
    ) -> None:
        self._work = work
        self._turn = turn
        self._supervisor = supervisor
        self._logger = logger
        self._concurrency = concurrency
        self._ready: OrderedDict[str, bool] = OrderedDict()
        """Runs to go on with, and whether their sleep is to be ended."""
        self._busy: set[str] = set()
        self._again: dict[str, bool] = {}
        """Runs that were called for while a worker had them."""
        self._aside: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._opened = self._held = self._stopping = False

    @property
    def opened(self) -> bool:
        """Whether `open` was called."""
        return self._opened

    @property
    def stopping(self) -> bool:
        """Whether `stop` was called: nothing more begins in this life of the process."""
        return self._stopping

    @property
    def paused(self) -> bool:
        """Whether no new step may begin."""
        return self._held or self._stopping

    def open(self) -> None:
        """From the next `call` on there is work; runs that were called for before have waited until then."""
        self._opened = True

    def set_held(self, held: bool) -> None:
        """Begin nothing, or go on."""
        self._held = held
        self._pump()

    def call(self, run_id: str, *, roused: bool = False) -> None:
        """Have a worker go on with the run. `roused`: its sleep, if it sleeps, is to be ended."""
        queue = self._again if run_id in self._busy else self._ready
        queue[run_id] = queue.get(run_id, False) or roused
        self._pump()

    @contextmanager
    def aside(self, run_id: str) -> Iterator[None]:
        """While this run, which is being worked on, only waits for its turn: another is worked on in its place."""
        self._aside.add(run_id)
        self._pump()
        try:
            yield
        finally:
            self._aside.discard(run_id)

    async def stop(self, limit: float) -> None:
        """Begin nothing more; give what is under way `limit` seconds, then cancel it."""
        self._stopping = True
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=limit)
            for task in late:
                self._logger.info("a step is cut short: %s", task.get_name())
                task.cancel()
            if late:
                await asyncio.wait(late)

    def _pump(self) -> None:
        """Spawn workers while there is work and room; they end when there is none."""
        if not self._opened or self.paused:
            return
        while self._hands() < self._concurrency and len(self._ready) > self._unborn():
            task = self._supervisor.spawn(self._work_on_all(), name="sagas worker")
            if task is None:
                return
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _hands(self) -> int:
        """Workers, but for those that wait in a patient step."""
        return len(self._tasks) - len(self._aside)

    def _unborn(self) -> int:
        """Workers that were spawned and have not taken a run yet."""
        return len(self._tasks) - len(self._busy)

    async def _work_on_all(self) -> None:
        try:
            while self._ready and self._hands() <= self._concurrency and not self.paused:
                await self._work_on(*self._ready.popitem(last=False))
                await self._turn()
        finally:
            # At once, not by a callback: who calls for a run in between must not count on this worker.
            self._tasks -= {asyncio.current_task()}

    async def _work_on(self, run_id: str, roused: bool) -> None:
        self._busy.add(run_id)
        try:
            parked = await self._work(run_id, roused)
        finally:
            self._busy.discard(run_id)
        again = self._again.pop(run_id, None)
        if again is not None or parked:
            self._ready[run_id] = bool(again)
        if parked:
            self._ready.move_to_end(run_id, last=False)
