"""The sidebar: which page, and the way out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from companion.ui.kit import Kit
from companion.ui.text import tip, tr
from companion.ui.theme import LEAD, M, S
from companion.ui.widgets.buttons import Button, NavButton
from companion.ui.widgets.labels import IconLabel, Label
from companion.ui.widgets.layout import column, row


@dataclass(frozen=True, slots=True)
class Entry:
    """One page: its key, its word and its icon."""

    key: str
    title: str
    icon: str


class Sidebar(QFrame):
    """Emits `chosen` with the key of a page. Ctrl+1, Ctrl+2, ... are bound by the window."""

    chosen = Signal(str)
    hold_wanted = Signal(bool)
    quit_wanted = Signal()

    def __init__(self, kit: Kit, entries: Sequence[Entry]) -> None:
        super().__init__()
        self.setProperty("role", "sidebar")
        self.buttons: dict[str, NavButton] = {}
        box = QVBoxLayout(self)
        box.setContentsMargins(M, M, 0, M)
        box.setSpacing(2)
        pages = QWidget()
        page_box = QVBoxLayout(pages)
        page_box.setContentsMargins(0, 0, M, 0)
        page_box.setSpacing(2)
        name = row(S, IconLabel(kit, "app", size=24), Label(kit, "Companion", size=LEAD, strong=True), None)
        name.setContentsMargins(0, S, 0, M)
        box.addLayout(name)
        for number, entry in enumerate(entries, start=1):
            button = NavButton(kit, entry.title, icon=entry.icon)
            button.setToolTip(tip(tr("{page} (Ctrl+{number})").format(page=entry.title, number=number)))
            button.clicked.connect(_chooser(self, entry.key))
            self.buttons[entry.key] = button
            page_box.addWidget(button)
        page_box.addStretch(1)
        box.addWidget(_Scroll(pages), 1)
        self._held = False
        self.hold = Button(kit, tr("Hold everything"), icon="hold", kind="nav")
        self.hold.setToolTip(tip(tr("Requests, alerts and replies stop at once; nothing is lost (Ctrl+Shift+H)")))
        self.hold.clicked.connect(lambda: self.hold_wanted.emit(not self._held))
        self.show_hold(held=False)
        self.leave = Button(kit, tr("Quit"), icon="quit", kind="nav", name=tr("Quit Companion"))
        self.leave.setToolTip(tr("Stop Companion (Ctrl+Q)"))
        self.leave.clicked.connect(self.quit_wanted)
        ends = column(self.hold, self.leave, spacing=2)
        ends.setContentsMargins(0, 0, M, 0)
        box.addLayout(ends)

    def show_hold(self, *, held: bool) -> None:
        """The button says what pressing it would do."""
        self._held = held
        if held:
            self.hold.relabel(tr("Release"), icon="release", name=tr("Release everything"))
        else:
            self.hold.relabel(tr("Hold everything"), icon="hold")

    def choose(self, key: str) -> None:
        """Mark this page, and no other, as the present one."""
        for name, button in self.buttons.items():
            button.setChecked(name == key)


class _Scroll(QScrollArea):
    """The pages scroll where the window is low; the bar stands in the margin and takes no room from the words."""

    def __init__(self, pages: QWidget) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        pages.setProperty("role", "page")
        self._pages = pages
        self.setWidget(pages)

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() in {QEvent.Type.LayoutRequest, QEvent.Type.Show}:
            # The style sheet's smallest height would let the buttons shrink below their words.
            self._pages.setMinimumHeight(self._pages.sizeHint().height())
        return handled

    def minimumSizeHint(self) -> QSize:
        return QSize(self._pages.minimumSizeHint().width(), 80)

    def sizeHint(self) -> QSize:
        return self._pages.sizeHint()


def _chooser(sidebar: Sidebar, key: str) -> Callable[[], None]:
    return lambda: sidebar.chosen.emit(key)
