"""The main window: sidebar, pages, notices, and the connection strip below all of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Final, TypeVar

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from companion.application.messages import Message
from companion.application.snapshots import AppSnapshot, MendAction
from companion.kernel.result import Err, Result
from companion.ports.hold import HoldState
from companion.ui.dialogs import ask, tell
from companion.ui.kit import Kit
from companion.ui.pages.accounts import AccountsPage
from companion.ui.pages.achievements import AchievementsPage
from companion.ui.pages.commands import CommandsPage
from companion.ui.pages.live import LivePage
from companion.ui.pages.needs_you import NeedsYouPage
from companion.ui.pages.overlays import OverlaysPage
from companion.ui.pages.page import Page
from companion.ui.pages.raffle import RafflePage
from companion.ui.pages.requests import RequestsPage
from companion.ui.text import tr
from companion.ui.theme import XL, L, S
from companion.ui.widgets.hold import HoldBanner
from companion.ui.widgets.labels import IconLabel, Label
from companion.ui.widgets.layout import fill
from companion.ui.widgets.notice import NoticeList
from companion.ui.widgets.sidebar import Entry, Sidebar
from companion.ui.widgets.strip import ConnectionArea
from companion.ui.words import PROVIDERS, SIGN_IN_ACTIONS, needs_person

P = TypeVar("P", bound=Page)

SMALLEST: Final = (880, 560)
_USUAL: Final = (1180, 760)
_TICK_MS: Final = 1000


class MainWindow(QMainWindow):
    """Draws snapshots; asks for sign-ins, mending and quitting. What *close* means is decided by its owner."""

    sign_in_wanted = Signal(object)
    quit_wanted = Signal()
    close_wanted = Signal()
    watched = Signal(bool)

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        self._may_close = False
        self.setWindowTitle("Companion")
        self.setWindowIcon(kit.icons.app())
        self.setMinimumSize(*SMALLEST)
        self.resize(*_USUAL)
        self._stack = QStackedWidget()
        self._key = "live"
        self.pages: dict[str, Callable[[], Page]] = {
            "live": lambda: self.live,
            "requests": lambda: self.requests,
            "raffle": lambda: self.raffle,
            "achievements": lambda: self.achievements,
            "commands": lambda: self.commands,
            "needs-you": lambda: self.needs_you,
            "accounts": lambda: self.accounts,
            "overlays": lambda: self.overlays,
        }
        self.sidebar = Sidebar(kit, _entries())
        self.hold = HoldBanner(kit)
        self.banner = _DemoBanner(kit)
        self.notices = NoticeList(kit)
        self.connections = ConnectionArea(kit)
        self.setCentralWidget(self._frame())
        self._connect()
        self._bind_keys()
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)
        self.open_page("live")

    def open_page(self, key: str) -> None:
        """Go to a page by its key in `pages`."""
        self._key = key
        page = self.pages[key]()
        self.sidebar.choose(key)
        self._stack.setCurrentWidget(page)
        page.render_snapshot(self._kit.bridge.snapshot)
        page.opened()

    def page(self) -> str:
        """The key of the present page."""
        return self._key

    # A page is made when somebody comes to it for the first time.

    @cached_property
    def live(self) -> LivePage:
        page = self._added(LivePage(self._kit))
        page.sign_in_wanted.connect(self.sign_in_wanted)
        return page

    @cached_property
    def requests(self) -> RequestsPage:
        return self._added(RequestsPage(self._kit))

    @cached_property
    def raffle(self) -> RafflePage:
        return self._added(RafflePage(self._kit))

    @cached_property
    def achievements(self) -> AchievementsPage:
        return self._added(AchievementsPage(self._kit))

    @cached_property
    def commands(self) -> CommandsPage:
        return self._added(CommandsPage(self._kit))

    @cached_property
    def needs_you(self) -> NeedsYouPage:
        return self._added(NeedsYouPage(self._kit))

    @cached_property
    def accounts(self) -> AccountsPage:
        page = self._added(AccountsPage(self._kit))
        page.sign_in_wanted.connect(self.sign_in_wanted)
        return page

    @cached_property
    def overlays(self) -> OverlaysPage:
        page = self._added(OverlaysPage(self._kit))
        page.mend_wanted.connect(self.mend)
        return page

    def show_snapshot(self, snapshot: AppSnapshot) -> None:
        """Draw the newest picture, as far as it can be seen."""
        if not self.isVisible():
            return
        self.banner.setVisible(snapshot.demo)
        self.hold.show_hold(snapshot.hold)
        self.sidebar.show_hold(held=snapshot.hold.held)
        self.sidebar.buttons["needs-you"].set_badge(len(snapshot.needs_you))
        self.notices.show_notices(snapshot.notices, self._kit.app.dismiss_notice)
        self.connections.show_connections(snapshot.connections)
        self.sidebar.buttons["accounts"].set_badge(
            sum(needs_person(snapshot.tokens[provider]) for provider in PROVIDERS)
        )
        problem = snapshot.overlays.problem
        self.sidebar.buttons["overlays"].set_badge(1 if problem is not None and problem.severity == "bad" else 0)
        self.pages[self._key]().render_snapshot(snapshot)

    def close_for_good(self) -> None:
        """Close without asking what *close* means."""
        self._may_close = True
        self._timer.stop()
        self.close()

    def mend(self, action: MendAction) -> None:
        """Do what a mending button says."""
        if action in SIGN_IN_ACTIONS:
            self.sign_in_wanted.emit(SIGN_IN_ACTIONS[action])
        elif action == "open_overlays":
            self.connections.close_panel()
            self.open_page("overlays")
        elif action == "move_port":
            self._ask_move()
        else:
            self._run_mend(action)

    def set_held(self, *, held: bool) -> None:
        """Hold everything, or release."""
        self._kit.bridge.run(lambda: self._kit.app.actions.hold.set(held=held), "hold", self._held)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start()
        self.setFocus()
        self.show_snapshot(self._kit.bridge.snapshot)
        self._tell_watched()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()
        self.watched.emit(False)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self._tell_watched()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._may_close:
            event.accept()
        else:
            event.ignore()
            self.close_wanted.emit()

    def _tell_watched(self) -> None:
        self.watched.emit(self.isVisible() and not self.isMinimized())

    def _tick(self) -> None:
        snapshot = self._kit.bridge.snapshot
        self.hold.show_hold(snapshot.hold)
        self.pages[self._key]().tick(snapshot)

    def _ask_move(self) -> None:
        port = self._kit.bridge.snapshot.overlays.move_to
        ask(
            self._kit,
            self,
            title=tr("Move to port {port}?").format(port=port),
            text=tr(
                "Overlay addresses change. Each browser source in OBS must be given its new address, or it stays empty."
            ),
            verb=tr("Move to {port}").format(port=port),
            on_yes=lambda: self._run_mend("move_port"),
        )

    def _run_mend(self, action: MendAction) -> None:
        self._kit.bridge.run(lambda: self._kit.app.mend(action), action, self._mended)

    def _mended(self, result: Result[None, Message]) -> None:
        if isinstance(result, Err):
            tell(self._kit, self, result.error)

    def _held(self, result: Result[HoldState, Message]) -> None:
        if isinstance(result, Err):
            tell(self._kit, self, result.error)

    def _added(self, page: P) -> P:
        self._stack.addWidget(page)
        return page

    def _connect(self) -> None:
        self.sidebar.hold_wanted.connect(lambda held: self.set_held(held=held))
        self.hold.release_wanted.connect(lambda: self.set_held(held=False))
        self.sidebar.chosen.connect(self.open_page)
        self.sidebar.quit_wanted.connect(self.quit_wanted)
        self.connections.mend_wanted.connect(self.mend)

    def _bind_keys(self) -> None:
        for number, key in enumerate(self.pages, start=1):
            self._bind(f"Ctrl+{number}", lambda key=key: self.open_page(key))  # type: ignore[misc]  # mypy cannot type the default
        self._bind("Ctrl+Q", self.quit_wanted.emit)
        self._bind("Ctrl+W", self.close)
        self._bind("Ctrl+Shift+H", lambda: self.set_held(held=not self._kit.bridge.snapshot.hold.held))

    def _bind(self, keys: str, action: Callable[[], object]) -> None:
        shortcut = QShortcut(QKeySequence(keys), self)
        shortcut.activated.connect(action)

    def _frame(self) -> QWidget:
        main = QVBoxLayout()
        main.setContentsMargins(0, 0, 0, 0)
        main.setSpacing(0)
        main.addWidget(self.banner)
        main.addWidget(self.hold)
        main.addWidget(self.notices)
        main.addWidget(self._stack, 1)
        upper = QHBoxLayout()
        upper.setContentsMargins(0, 0, 0, 0)
        upper.setSpacing(0)
        upper.addWidget(self.sidebar)
        upper.addLayout(main, 1)
        frame = QWidget()
        box = QVBoxLayout(frame)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addLayout(upper, 1)
        box.addWidget(self.connections)
        return frame


def _entries() -> list[Entry]:
    words = {
        "live": tr("Live"),
        "requests": tr("Requests"),
        "raffle": tr("Raffle"),
        "achievements": tr("Achievements"),
        "commands": tr("Commands"),
        "needs-you": tr("Needs you"),
        "accounts": tr("Accounts"),
        "overlays": tr("Overlays"),
    }
    return [Entry(key, word, key) for key, word in words.items()]


class _DemoBanner(QFrame):
    """Says that nothing here is real."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self.setProperty("role", "banner")
        text = Label(kit, tr("Demo: nothing here is real. Your accounts and your data are untouched."), wrap=True)
        box = QHBoxLayout(self)
        fill(box, [IconLabel(kit, "demo", tone="warn", size=18), text], spacing=S)
        box.setContentsMargins(XL, S, L, S)
        self.setAccessibleName(text.text())
        self.setVisible(False)
