"""Lanes: notifications of one lane are worked on in order, lanes beside each other."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable

from companion.kernel.instant import Instant
from companion.kernel.tasks import TaskSupervisor
from companion.ports.twitch import Notification


class Lanes:
    """One task per lane that has something to do."""

    def __init__(self, *, supervisor: TaskSupervisor, work: Callable[[Notification, Instant], Awaitable[None]]) -> None:
        self._supervisor = supervisor
        self._work = work
        self._waiting: dict[str, deque[tuple[Notification, Instant]]] = {}
        self._busy: set[str] = set()

    @property
    def busy(self) -> tuple[str, ...]:
        """Message ids that are under way."""
        return tuple(self._busy)

    def put(self, lane: str, notification: Notification, received_at: Instant) -> None:
        """Work on it after what is in the lane already. One that is under way is not begun again."""
        if notification.message_id in self._busy:
            return
        self._busy.add(notification.message_id)
        waiting = self._waiting.get(lane)
        if waiting is not None:
            waiting.append((notification, received_at))
            return
        self._waiting[lane] = deque([(notification, received_at)])
        if self._supervisor.spawn(self._run(lane), name=f"inbox {lane}") is None:
            del self._waiting[lane]
            self._busy.discard(notification.message_id)

    async def _run(self, lane: str) -> None:
        waiting = self._waiting[lane]
        try:
            while waiting:
                notification, received_at = waiting[0]
                try:
                    await self._work(notification, received_at)
                finally:
                    waiting.popleft()
                    self._busy.discard(notification.message_id)
        finally:
            # Cancelled in mid-work: what is left stays pending on disk for the next start.
            self._busy.difference_update(notification.message_id for notification, _ in waiting)
            del self._waiting[lane]
