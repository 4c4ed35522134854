"""The tray's icon in its shape for *starting*, shown before the rest of the application is imported."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QSystemTrayIcon

from companion.ui.icons import Icons
from companion.ui.text import tr


def show_first_icon(resources: Path) -> QSystemTrayIcon:
    """Show it if the desktop has a tray by now; `ui.tray.Tray` takes it over. Needs a `QApplication`."""
    icon = QSystemTrayIcon(Icons(resources / "icons").tray("starting"))
    icon.setToolTip(tr("Companion is starting…"))
    if icon.isSystemTrayAvailable():
        icon.show()
    return icon
