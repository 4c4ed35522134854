"""Doing something again after the last of many changes, without doing it once for each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from companion.kernel.tasks import TaskSupervisor


class Refresher:
    """Runs `work` in the background; asked for while it runs, it runs once more afterwards."""

    def __init__(self, *, supervisor: TaskSupervisor, name: str, work: Callable[[], Awaitable[object]]) -> None:
        self._supervisor = supervisor
        self._name = name
        self._work = work
        self._running = False
        self._again = False

    def ask(self) -> None:
        """Something has changed."""
        if self._running:
            self._again = True
            return
        self._running = self._supervisor.spawn(self._run(), name=self._name) is not None

    async def _run(self) -> None:
        try:
            while True:
                self._again = False
                await self._work()
                if not self._again:
                    return
        finally:
            self._running = False
            if self._again:  # what broke this time must not swallow what was asked meanwhile
                self._again = False
                self.ask()
