"""One overlay: what it shows, its address under a cover, and who is connected."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit

from companion.application.snapshots import AppSnapshot
from companion.ui.kit import Kit
from companion.ui.text import counted, tr
from companion.ui.theme import LEAD, SMALL, XS, M
from companion.ui.widgets.buttons import Button, CopyButton
from companion.ui.widgets.labels import IconLabel, Label
from companion.ui.widgets.layout import Card, column, row

_KNOWN: Final[dict[str, tuple[str, str, str]]] = {
    "live": ("Live", "Whether you are live, for how long, and how many watch.", "live"),
    "now-playing": ("Now playing", "The song that plays, with its cover and progress.", "spotify"),
    "queue": ("Song requests", "What plays and for whom, and the next five requests.", "requests"),
    "raffle": ("Raffle", "Each roll as it happens, how close it came, and a win across the screen.", "raffle"),
    "achievement": ("Achievements", "A card for a few seconds whenever somebody unlocks one.", "achievements"),
}


def overlay_title(name: str) -> str:
    """What people call an overlay."""
    return tr(_KNOWN[name][0]) if name in _KNOWN else name


class OverlayCard(Card):
    """The address holds its access token, so it stays covered until it is asked for."""

    open_wanted = Signal(object)

    def __init__(self, kit: Kit, name: str) -> None:
        super().__init__(kit)
        self.name = name
        self._address = ""
        self._file = ""
        title = overlay_title(name)
        _, purpose, icon = _KNOWN.get(name, (name, "", "overlays"))
        self.address = QLineEdit()
        self.address.setReadOnly(True)
        self.address.setPlaceholderText(tr("No address yet"))
        self.address.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.address.setAccessibleName(tr("Address of the overlay {title}").format(title=title))
        self.address.setFont(kit.theme.font(SMALL))
        self.pages = Label(kit, size=SMALL)
        self._pages_icon = IconLabel(kit, "off", size=14)
        self.reveal = Button(kit, tr("Show"), icon="show", name=tr("Show address: {title}").format(title=title))
        self.reveal.setCheckable(True)
        self.copy = CopyButton(
            kit, lambda: self._address, text=tr("Copy"), name=tr("Copy address: {title}").format(title=title),
            kind="primary",
        )  # fmt: skip
        self.copy_file = CopyButton(
            kit,
            lambda: self._file,
            text=tr("Copy file"),
            name=tr("Copy path of the local file: {title}").format(title=title),
        )
        self.copy_file.setToolTip(tr("For a browser source with Local file ticked: it waits until Companion runs"))
        self.open = Button(kit, tr("Open"), icon="open", name=tr("Open in browser: {title}").format(title=title))
        self.reveal.toggled.connect(self._cover)
        self.open.clicked.connect(lambda: self.open_wanted.emit(self._address))
        self.body.addLayout(self._head(kit, icon, title, tr(purpose)))
        self.body.addSpacing(XS)
        self.body.addLayout(row(self.address, self.reveal, self.copy, self.copy_file, self.open))
        self._cover()

    def show_snapshot(self, snapshot: AppSnapshot) -> None:
        """Show the newest address and how many pages hold it."""
        self._address = snapshot.overlays.urls.get(self.name, "")
        for button in (self.reveal, self.copy, self.open):
            button.setEnabled(bool(self._address))
        self._file = snapshot.overlays.files.get(self.name, "")
        self.copy_file.setEnabled(bool(self._file))
        connected = snapshot.overlays.connected_pages.get(self.name, 0)
        self.pages.setText(
            counted(connected, "page connected", "pages connected") if connected else tr("Not in OBS yet")
        )
        self.pages.set_tone("good" if connected else "ink-soft")
        self._pages_icon.show_icon("good" if connected else "off", "good" if connected else "ink-soft")
        self._cover()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.reveal.setChecked(False)

    def _head(self, kit: Kit, icon: str, title: str, purpose: str) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setSpacing(M)
        head.addWidget(IconLabel(kit, icon, size=22), 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(
            column(
                Label(kit, title, size=LEAD, strong=True),
                Label(kit, purpose, tone="ink-soft", wrap=True),
                spacing=2,
            ),
            1,
        )
        head.addLayout(row(self._pages_icon, self.pages, spacing=6), 0)
        head.setAlignment(Qt.AlignmentFlag.AlignTop)
        return head

    def _cover(self) -> None:
        shown = self.reveal.isChecked()
        self.reveal.relabel(tr("Hide") if shown else tr("Show"), icon="hide" if shown else "show")
        text = self._address if shown else covered(self._address)
        if self.address.text() != text:
            self.address.setText(text)
            self.address.setCursorPosition(0)


def covered(address: str) -> str:
    """The address with everything after its question mark hidden."""
    place, mark, secret = address.partition("?")
    return f"{place}{mark}{'•' * 16}" if secret else address
