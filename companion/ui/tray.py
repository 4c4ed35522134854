"""The tray: an icon whose shape tells the state, one line of words, and a short menu.

The menu and its entries live as long as the tray: on Linux they are exported over D-Bus, and exchanging them
loses clicks. Where no tray exists yet (it may start after us) its coming is awaited for a while.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from companion.application.snapshots import AppSnapshot
from companion.ui.kit import Kit
from companion.ui.text import tr
from companion.ui.widgets.overlay_card import overlay_title
from companion.ui.words import tray_line, trouble, viewers

_RETRY_MS: Final = 1000
_RETRIES: Final = 60
_TICK_MS: Final = 15_000
_OVERLAYS: Final = ("live", "now-playing", "queue", "raffle", "achievement")


class Tray(QObject):
    """Shown by `start`; `exists` says whether this desktop has a tray. `available` asks the system.

    `icon` is one that is shown already (`ui.first_icon`): the tray takes it over.
    """

    open_wanted = Signal()
    toggle_wanted = Signal()
    accounts_wanted = Signal()
    requests_wanted = Signal()
    skip_wanted = Signal()
    hold_wanted = Signal(bool)
    quit_wanted = Signal()
    came = Signal()

    def __init__(
        self,
        kit: Kit,
        *,
        icon: QSystemTrayIcon | None = None,
        available: Callable[[], bool] = QSystemTrayIcon.isSystemTrayAvailable,
    ) -> None:
        super().__init__()
        self._kit = kit
        self._available = available
        self._snapshot = kit.bridge.snapshot
        self._shown_state = ""
        self._retries = 0
        self.exists = False
        self.icon = icon or QSystemTrayIcon()
        self.icon.setParent(self)
        self.menu = QMenu()
        self._build_menu()
        self.icon.setContextMenu(self.menu)
        self.icon.activated.connect(self._activated)
        self.show_snapshot(self._snapshot)
        self._retry = QTimer(self)
        self._retry.setInterval(_RETRY_MS)
        self._retry.timeout.connect(self._try)
        self._tick = QTimer(self)
        self._tick.setInterval(_TICK_MS)
        self._tick.timeout.connect(self._show_words)

    def start(self) -> None:
        """Show the icon, now or as soon as the desktop has a tray."""
        self._try()
        if not self.exists:
            self._retry.start()

    def stop(self) -> None:
        """Take the icon away."""
        self._retry.stop()
        self._tick.stop()
        self.icon.hide()
        self.menu.deleteLater()

    def show_snapshot(self, snapshot: AppSnapshot) -> None:
        """Show the newest state in place."""
        self._snapshot = snapshot
        if snapshot.tray != self._shown_state:
            self._shown_state = snapshot.tray
            self.icon.setIcon(self._kit.icons.tray(snapshot.tray))
        for name, action in self.addresses.items():
            action.setEnabled(name in snapshot.overlays.urls)
        self.accounts.setEnabled(not snapshot.starting)
        self.requests.setEnabled(not snapshot.starting)
        self.skip.setEnabled(snapshot.queue.now_playing is not None)
        self.hold.setText(tr("Release everything") if snapshot.hold.held else tr("Hold everything"))
        self._show_words()

    def say(self, title: str, text: str) -> None:
        """A passing notice beside the tray."""
        if self.exists:
            self.icon.showMessage(title, text, self._kit.icons.app(), 6000)

    def _build_menu(self) -> None:
        self.status = self._entry("", None)
        self.viewers = self._entry("", None)
        self.trouble = self._entry("", self.open_wanted.emit)
        self.menu.addSeparator()
        self.open = self._entry(tr("Open Companion"), self.open_wanted.emit)
        self.requests = self._entry(tr("Requests"), self.requests_wanted.emit)
        self.skip = self._entry(tr("Skip song"), self.skip_wanted.emit)
        self.hold = self._entry("", lambda: self.hold_wanted.emit(not self._snapshot.hold.held))
        self.menu.addSeparator()
        self.copy = self.menu.addMenu(tr("Copy overlay address"))
        self.addresses = {name: self._address_entry(name) for name in _OVERLAYS}
        self.accounts = self._entry(tr("Accounts…"), self.accounts_wanted.emit)
        self.menu.addSeparator()
        self.quit = self._entry(tr("Quit"), self.quit_wanted.emit)

    def _entry(self, text: str, action: Callable[[], None] | None) -> QAction:
        entry = QAction(text, self.menu)
        entry.setEnabled(action is not None)
        if action is not None:
            entry.triggered.connect(lambda _checked: action())
        self.menu.addAction(entry)
        return entry

    def _address_entry(self, name: str) -> QAction:
        entry = QAction(overlay_title(name), self.copy)
        entry.triggered.connect(lambda: self._copy_address(name))
        self.copy.addAction(entry)
        return entry

    def _copy_address(self, name: str) -> None:
        address = self._snapshot.overlays.urls.get(name)
        if address is not None:
            QGuiApplication.clipboard().setText(address)

    def _show_words(self) -> None:
        line = tray_line(self._snapshot, self._kit.clock.now())
        stream = self._snapshot.stream
        if self.icon.toolTip() != line:
            self.icon.setToolTip(line)
        self.status.setText(line.split(" · ")[0])
        counted = stream.is_live and stream.viewer_count is not None
        self.viewers.setText(viewers(stream.viewer_count or 0))
        self.viewers.setVisible(counted)
        self.trouble.setText(trouble(self._snapshot))
        self.trouble.setVisible(self._snapshot.tray == "needs_you")

    def _try(self) -> None:
        self._retries += 1
        if self._available():
            self._retry.stop()
            self.exists = True
            self.icon.show()
            self._tick.start()
            self.came.emit()
        elif self._retries > _RETRIES:
            self._retry.stop()

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in {QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick}:
            self.toggle_wanted.emit()
