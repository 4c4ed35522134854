"""Supervised tasks: named, kept alive, logged when they fail, drained at stop.

The only home of `create_task`: a bare task can be collected in mid-run and swallows its exception.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class TaskSupervisor:
    """Owns every background task of the process. After `close`, nothing new starts."""

    def __init__(self, logger: logging.Logger, on_crash: Callable[[str, BaseException], None] | None = None) -> None:
        self._logger = logger
        self._on_crash = on_crash
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closed = False

    def spawn(self, coroutine: Coroutine[Any, Any, T], *, name: str) -> asyncio.Task[T] | None:
        """Run `coroutine` in the background; `None`, and a log line, once the supervisor is closed."""
        if self._closed:
            coroutine.close()
            self._logger.info("task refused, stopping: %s", name)
            return None
        task = asyncio.get_running_loop().create_task(coroutine, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def close(self) -> None:
        """Refuse every later `spawn`; running tasks go on until `drain`."""
        self._closed = True

    @property
    def closed(self) -> bool:
        """Whether nothing new starts any more."""
        return self._closed

    def names(self) -> tuple[str, ...]:
        """Names of the tasks that still run."""
        return tuple(sorted(task.get_name() for task in self._tasks))

    async def drain(self, timeout: float) -> tuple[str, ...]:
        """Cancel what still runs and wait up to `timeout` seconds; the names of those that did not end."""
        current = asyncio.current_task()
        tasks = {task for task in self._tasks if task is not current}
        for task in tasks:
            task.cancel()
        if not tasks:
            return ()
        _, pending = await asyncio.wait(tasks, timeout=timeout)
        return tuple(sorted(task.get_name() for task in pending))

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            self._logger.error("task failed: %s", task.get_name(), exc_info=error)
            if self._on_crash is not None:
                self._on_crash(task.get_name(), error)
