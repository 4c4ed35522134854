"""One program with a tray, and the moment at which its icon is first painted.

`companion ARGUMENTS` runs the application as its command line does, changed in nothing; `bare` shows a tray icon with
a menu and nothing else; `libraries NAMES` (a file, one name a line) imports these modules and then does the same.

Both are watched in the same way: the call of `QSystemTrayIcon.show` is seen from outside, and from then on the first
paint event of the icon. Standard output gets `tray NANOSECONDS` (monotonic clock, which all processes share), and at
the line `modules` on standard input the names of all imported modules.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import sys
import threading
import time
from pathlib import Path

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QAction, QIcon, QPixmap
from PySide6.QtWidgets import QApplication, QMenu, QSystemTrayIcon

_show = QSystemTrayIcon.show
_watchers: list[QObject] = []


class _FirstPaint(QObject):
    """Tells of the icon's first paint, then goes away."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and watched.metaObject().className() == "QSystemTrayIconSys":
            _say(f"tray {time.monotonic_ns()}")
            _application().removeEventFilter(self)
        return False


def _observed_show(icon: QSystemTrayIcon) -> None:
    if not _watchers:
        _watchers.append(_FirstPaint())
        _application().installEventFilter(_watchers[0])
    _show(icon)


def _application() -> QApplication:
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        raise AssertionError("a tray needs an application")
    return application


def _answer() -> None:
    for line in sys.stdin:
        if line.strip() == "modules":
            _say(json.dumps(sorted(sys.modules)))


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _bare() -> int:
    application = QApplication(["bare"])
    picture = QPixmap(22, 22)
    picture.fill("red")
    menu = QMenu()
    leave = QAction("Quit", menu)
    leave.triggered.connect(application.quit)
    menu.addAction(leave)
    icon = QSystemTrayIcon(QIcon(picture))
    icon.setContextMenu(menu)
    icon.show()
    return application.exec()


def main(mode: str, arguments: list[str]) -> int:
    QSystemTrayIcon.show = _observed_show  # type: ignore[method-assign]  # the observation
    threading.Thread(target=_answer, daemon=True).start()
    if mode == "companion":
        from companion.bootstrap.cli import main as companion

        return companion(arguments)
    if mode == "libraries":
        for name in Path(arguments[0]).read_text("utf-8").splitlines():
            with contextlib.suppress(ImportError):  # parts that only their own package can import
                importlib.import_module(name)
    return _bare()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
