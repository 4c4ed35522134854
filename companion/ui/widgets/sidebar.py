"""The sidebar: which page, and the way out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout

from companion.ui.kit import Kit
from companion.ui.text import tip, tr
from companion.ui.theme import LEAD, XS, M, S
from companion.ui.widgets.buttons import Button, NavButton
from companion.ui.widgets.labels import IconLabel, Label
from companion.ui.widgets.layout import row


@dataclass(frozen=True, slots=True)
class Entry:
    """One page: its key, its word and its icon."""

    key: str
    title: str
    icon: str


class Sidebar(QFrame):
    """Emits `chosen` with the key of a page. Ctrl+1, Ctrl+2, ... are bound by the window."""

    chosen = Signal(str)
    quit_wanted = Signal()

    def __init__(self, kit: Kit, entries: Sequence[Entry]) -> None:
        super().__init__()
        self.setProperty("role", "sidebar")
        self.buttons: dict[str, NavButton] = {}
        box = QVBoxLayout(self)
        box.setContentsMargins(M, M, M, M)
        box.setSpacing(XS)
        name = row(S, IconLabel(kit, "app", size=24), Label(kit, "Companion", size=LEAD, strong=True), None)
        name.setContentsMargins(0, S, 0, M)
        box.addLayout(name)
        for number, entry in enumerate(entries, start=1):
            button = NavButton(kit, entry.title, icon=entry.icon)
            button.setToolTip(tip(tr("{page} (Ctrl+{number})").format(page=entry.title, number=number)))
            button.clicked.connect(_chooser(self, entry.key))
            self.buttons[entry.key] = button
            box.addWidget(button)
        box.addStretch(1)
        self.leave = Button(kit, tr("Quit"), icon="quit", kind="nav", name=tr("Quit Companion"))
        self.leave.setToolTip(tr("Stop Companion (Ctrl+Q)"))
        self.leave.clicked.connect(self.quit_wanted)
        box.addWidget(self.leave)

    def choose(self, key: str) -> None:
        """Mark this page, and no other, as the present one."""
        for name, button in self.buttons.items():
            button.setChecked(name == key)


def _chooser(sidebar: Sidebar, key: str) -> Callable[[], None]:
    return lambda: sidebar.chosen.emit(key)
