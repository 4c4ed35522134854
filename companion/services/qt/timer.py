"""`ports.timer.Timer` on a `QTimer`, for running with a window."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer

_PRECISE_BELOW = 1.0


class QtTimer(QObject):
    """Single shot; precise below one second, otherwise with Qt's 5 % tolerance. Lives on the thread that made it.

    A timeout that Qt had already queued when the timer was disarmed, armed anew or closed calls nobody back.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._fire)
        self._callback: Callable[[], None] | None = None
        self._closed = False

    def arm(self, delay: float, callback: Callable[[], None]) -> None:
        if self._closed:
            return
        precise = delay < _PRECISE_BELOW
        self._timer.setTimerType(Qt.TimerType.PreciseTimer if precise else Qt.TimerType.CoarseTimer)
        self._callback = callback
        self._timer.start(max(round(delay * 1000), 0))

    def disarm(self) -> None:
        self._callback = None
        self._timer.stop()

    def close(self) -> None:
        self._closed = True
        self.disarm()

    def _fire(self) -> None:
        callback, self._callback = self._callback, None
        if callback is not None and not self._closed and not self._timer.isActive():
            callback()
