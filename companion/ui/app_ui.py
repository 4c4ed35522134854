"""The whole user interface: tray first, window on demand, the guides when they are needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QApplication, QSystemTrayIcon
from shiboken6 import isValid

from companion.application.messages import Message
from companion.application.snapshots import AppSnapshot
from companion.application.window import Application
from companion.kernel.instant import Clock
from companion.kernel.result import Err, Result
from companion.kernel.tasks import TaskSupervisor
from companion.ports.tokens import Provider
from companion.ui.bridge import Bridge
from companion.ui.dialogs import tell
from companion.ui.icons import Icons
from companion.ui.images import ImageLoader, Images
from companion.ui.kit import Kit
from companion.ui.quit_dialog import QuitDialog, asks_first
from companion.ui.text import tr
from companion.ui.theme import Theme
from companion.ui.tray import Tray

if TYPE_CHECKING:
    from companion.ui.login_window import LoginWindow
    from companion.ui.main_window import MainWindow

WATCHER = "window"


class UserInterface(QObject):
    """Everything people see. Needs a `QApplication`, is called on its thread, and makes no loop of its own.

    `load_image` turns an https address into the picture's bytes (None on any failure; never raises);
    `resources` is the folder that holds `icons` and `qss`; `tray_icon` one that is shown already.
    """

    def __init__(
        self,
        *,
        app: Application,
        supervisor: TaskSupervisor,
        clock: Clock,
        load_image: ImageLoader,
        resources: Path,
        tray_icon: QSystemTrayIcon | None = None,
    ) -> None:
        super().__init__()
        qt = QApplication.instance()
        if not isinstance(qt, QApplication):
            raise AssertionError("a QApplication must exist before the user interface")
        self._app = app
        self._bridge = Bridge(app=app, supervisor=supervisor)
        self._theme = Theme(app=qt, resources=resources)
        self._theme.start()
        self.kit = Kit(
            theme=self._theme,
            icons=Icons(resources / "icons"),
            clock=clock,
            bridge=self._bridge,
            images=Images(load=load_image, bridge=self._bridge),
        )
        qt.setWindowIcon(self.kit.icons.app())
        self.tray = Tray(self.kit, icon=tray_icon)
        self.window: MainWindow | None = None
        self.logins: dict[Provider, LoginWindow] = {}
        self._guided = False
        self._quitting: QuitDialog | None = None
        self._told_hidden = False
        self._closed = False

    def start(self) -> None:
        """Show the tray and follow the application. Opens the window only where nothing else could be seen."""
        self._bridge.start()
        self.tray.open_wanted.connect(self.bring_forward)
        self.tray.toggle_wanted.connect(self._toggle)
        self.tray.accounts_wanted.connect(lambda: self._open("accounts"))
        self.tray.requests_wanted.connect(lambda: self._open("requests"))
        self.tray.skip_wanted.connect(self._skip)
        self.tray.hold_wanted.connect(self._hold)
        self.tray.quit_wanted.connect(self._ask_quit)
        self._bridge.snapshot_changed.connect(self._show_snapshot)
        self.tray.start()
        self._show_snapshot(self._bridge.snapshot)
        if not self.tray.exists:
            self.show_window()

    def show_window(self, page: str | None = None) -> None:
        """Show the main window, on this page (a key of `MainWindow.pages`) or where it was."""
        if self._closed:
            return
        window = self._main_window()
        if page is not None:
            window.open_page(page)
        if window.isMinimized():
            window.showNormal()
        else:
            window.show()

    def bring_forward(self) -> None:
        """Show the window and ask for the keyboard; a desktop may refuse the second."""
        self.show_window()
        if self.window is not None:
            self.window.raise_()
            self.window.activateWindow()

    def open_login(self, provider: Provider) -> None:
        """Open the guide of this provider over the main window."""
        self.show_window()
        window = self._main_window()
        if provider not in self.logins:
            from companion.ui.login_window import LoginWindow

            login = LoginWindow(self.kit, provider, window)
            login.another_wanted.connect(self.open_login)
            self.logins[provider] = login
        self.logins[provider].begin(self._bridge.snapshot)

    def close(self) -> None:
        """Take everything away; no timer, subscription or window is left."""
        if self._closed:
            return
        self._closed = True
        self._bridge.stop()
        self.tray.stop()
        self._theme.stop()
        for login in self.logins.values():
            login.close()
        if self.window is not None:
            self.window.close_for_good()
            self.window.deleteLater()

    @Slot(object)
    def _show_snapshot(self, snapshot: AppSnapshot) -> None:
        self.tray.show_snapshot(snapshot)
        if self.window is not None:
            self.window.show_snapshot(snapshot)
        for login in self.logins.values():
            if login.isVisible():
                login.show_snapshot(snapshot)
        if not snapshot.starting and not self._guided:
            self._guided = True
            if not snapshot.demo and snapshot.tokens["twitch"].phase == "not_configured":
                self.open_login("twitch")

    def _main_window(self) -> MainWindow:
        if self.window is None:
            from companion.ui.main_window import MainWindow

            self.window = MainWindow(self.kit)
            self.window.sign_in_wanted.connect(self.open_login)
            self.window.quit_wanted.connect(self._ask_quit)
            self.window.close_wanted.connect(self._hide_window)
            self.window.watched.connect(self._watched)
        return self.window

    def _ask_quit(self) -> None:
        """At once where nobody waits for anything; else the person says what becomes of the requests."""
        if not asks_first(self._bridge.snapshot):
            self._app.request_quit()
            return
        self.bring_forward()
        window = self._main_window()
        if self._quitting is not None and isValid(self._quitting):
            self._quitting.raise_()
            return
        self._quitting = QuitDialog(self.kit, window, self._bridge.snapshot)
        self._quitting.quit_wanted.connect(lambda keep: self._app.request_quit(keep=keep))
        self._quitting.open()

    def _toggle(self) -> None:
        if self.window is not None and self.window.isVisible() and self.window.isActiveWindow():
            self.window.hide()
        else:
            self.bring_forward()

    def _open(self, page: str) -> None:
        self.show_window(page)
        self.bring_forward()

    def _skip(self) -> None:
        self._bridge.run(self._app.actions.requests.skip, "skip song", self._tray_done)

    def _hold(self, held: bool) -> None:
        self._bridge.run(lambda: self._app.actions.hold.set(held=held), "hold", self._tray_done)

    def _tray_done(self, result: Result[object, Message]) -> None:
        """What was asked for in the tray is answered there, or in the window where there is no tray."""
        if not isinstance(result, Err):
            return
        if self.tray.exists:
            self.tray.say(result.error.title, result.error.advice or result.error.meaning)
        else:
            self.show_window()
            tell(self.kit, self._main_window(), result.error)

    def _watched(self, watching: bool) -> None:
        if not self._closed:
            self._app.set_watched(WATCHER, watching)

    def _hide_window(self) -> None:
        """*Close*: into the tray where there is one, otherwise minimised; the first time with a word about it."""
        window = self._main_window()
        if self.tray.exists:
            window.hide()
            if not self._told_hidden:
                self.tray.say(tr("Companion keeps running"), tr("It stays in the tray. Quit it from the tray's menu."))
        elif self._told_hidden:
            window.showMinimized()
        else:
            message = Message(
                tr("Companion keeps running"),
                tr("This desktop has no tray, so closing the window only makes it small."),
                tr("To stop Companion press Quit, or Ctrl+Q."),
                "info",
            )
            tell(self.kit, window, message).finished.connect(window.showMinimized)
        self._told_hidden = True
