"""The one crossing between the application and the widgets.

Snapshots come up through a queued signal, so that no widget code ever runs inside one of the
application's tasks; requests go down as supervised tasks, and their answers come back queued as well.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

from companion.application.snapshots import AppSnapshot
from companion.application.window import Application
from companion.kernel.tasks import TaskSupervisor

T = TypeVar("T")


class Bridge(QObject):
    """Tells `snapshot_changed` with the newest picture; runs coroutines with `run`. Silent after `stop`."""

    snapshot_changed = Signal(object)
    _arrived = Signal(object)
    _answered = Signal(object, object)

    def __init__(self, *, app: Application, supervisor: TaskSupervisor) -> None:
        super().__init__()
        self.app = app
        self._supervisor = supervisor
        self._unsubscribe: Callable[[], None] | None = None
        self._newest = app.snapshot()
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._answered.connect(self._hand_over, Qt.ConnectionType.QueuedConnection)
        self._running = False

    @property
    def snapshot(self) -> AppSnapshot:
        """The picture that was delivered last."""
        return self._newest

    def start(self) -> None:
        """Subscribe, and begin with the picture of now."""
        self._running = True
        self._newest = self.app.snapshot()
        self._unsubscribe = self.app.subscribe(self._arrived.emit)

    def stop(self) -> None:
        """End the subscription; what is still under way is not delivered any more."""
        self._running = False
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    def run(
        self, action: Callable[[], Coroutine[Any, Any, T]], name: str, then: Callable[[T], None] | None = None
    ) -> None:
        """Run `action()` as a task called `name`; `then` gets its answer later, outside of any task."""
        if self._running:
            self._supervisor.spawn(self._carry_out(action, then), name=f"ui:{name}")

    async def _carry_out(self, action: Callable[[], Coroutine[Any, Any, T]], then: Callable[[T], None] | None) -> None:
        answer = await action()
        if then is not None:
            self._answered.emit(then, answer)

    @Slot(object)
    def _deliver(self, snapshot: AppSnapshot) -> None:
        if self._running and snapshot.revision >= self._newest.revision:
            self._newest = snapshot
            self.snapshot_changed.emit(snapshot)

    @Slot(object, object)
    def _hand_over(self, then: Callable[[object], None], answer: object) -> None:
        if self._running:
            then(answer)
