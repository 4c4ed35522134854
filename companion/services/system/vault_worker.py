"""One daemon thread for calls that may wait for a person: one at a time, each with a time limit.

A keyring prompt can block for ever (secretstorage #33). A daemon thread never holds up the process's end, and an own
one is not joined by the loop as its default executor is.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class TookTooLong(Exception):
    """The call did not end within the limit, or one before it still has not."""


class _Job(Generic[T]):
    def __init__(
        self,
        work: Callable[[], T],
        loop: asyncio.AbstractEventLoop,
        *,
        ended: Callable[[T], None],
        free: Callable[[], None],
    ) -> None:
        self._work = work
        self._loop = loop
        self._ended = ended
        self._free = free
        self.done: asyncio.Future[T] = loop.create_future()
        self.abandoned = False

    def run(self) -> None:
        """On the worker's thread. `work` raises nothing: it turns every exception into its result."""
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            if self.abandoned:
                # Told as well: the call it waited behind may have ended just before it was given up.
                self._loop.call_soon_threadsafe(self._free)
            else:
                self._loop.call_soon_threadsafe(self._finish, self._work())

    def _finish(self, result: T) -> None:
        self._free()
        self._ended(result)
        if not self.done.done():
            self.done.set_result(result)


class VaultWorker:
    """Runs calls on its thread, which starts with the first one. `time_limit` is in seconds."""

    def __init__(self, *, name: str, time_limit: float) -> None:
        self._name = name
        self._time_limit = time_limit
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._turn = asyncio.Lock()
        self._stuck = False

    async def call(self, work: Callable[[], T], *, ended: Callable[[T], None]) -> T:
        """The result of `work`, which must not raise. Raises `TookTooLong` and nothing else.

        `ended` is told of every result on the loop's thread, also of one that comes after the limit. While a call is
        stuck, later ones fail at once; when it ends, calls work again. One whose caller went away still ends first.
        """
        if self._stuck:
            raise TookTooLong
        async with self._turn:
            if self._stuck:
                raise TookTooLong
            job = _Job(work, asyncio.get_running_loop(), ended=ended, free=self._freed)
            self._start()
            self._jobs.put(job.run)
            await asyncio.wait({job.done}, timeout=self._time_limit)
            if not job.done.done():
                self._stuck = True
                job.abandoned = True  # if it has not even begun, it must not begin late
                raise TookTooLong
            return job.done.result()

    def close(self) -> None:
        """Let the thread end once its present call has. Nothing waits for it."""
        self._jobs.put(None)
        self._jobs, self._thread = queue.SimpleQueue(), None

    def _freed(self) -> None:
        self._stuck = False

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=_run, args=(self._jobs,), name=self._name, daemon=True)
            self._thread.start()


def _run(jobs: queue.SimpleQueue[Callable[[], None] | None]) -> None:
    while (job := jobs.get()) is not None:
        job()
