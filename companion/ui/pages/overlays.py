"""The Overlays page: addresses for OBS, how to put them there, and the port they stand on."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from companion.application.messages import Message
from companion.application.snapshots import AppSnapshot
from companion.kernel.result import Err, Result
from companion.ui.dialogs import ask
from companion.ui.kit import Kit
from companion.ui.pages.page import Page
from companion.ui.text import tr
from companion.ui.theme import BODY, SMALL, L, M
from companion.ui.widgets.buttons import Button
from companion.ui.widgets.labels import Label
from companion.ui.widgets.layout import Card, row
from companion.ui.widgets.notice import Notice
from companion.ui.widgets.overlay_card import OverlayCard

_NAMES = ("live", "now-playing", "queue", "raffle", "achievement")


class OverlaysPage(Page):
    """Each overlay's card, three steps for OBS, and new addresses."""

    mend_wanted = Signal(object)

    def __init__(self, kit: Kit) -> None:
        renew = Button(kit, tr("Make new addresses…"), icon="refresh")
        super().__init__(kit, tr("Overlays"), renew)
        renew.clicked.connect(self._ask_renew)
        self.renew = renew
        self.try_again = Button(kit, tr("Try again"), icon="refresh", kind="primary")
        self.move_away = Button(kit, "")
        self.try_again.clicked.connect(lambda: self.mend_wanted.emit("retry_port"))
        self.move_away.clicked.connect(lambda: self.mend_wanted.emit("move_port"))
        self.port = Notice(kit, buttons=(self.try_again, self.move_away))
        self.problem = Notice(kit, dismiss=lambda: self.problem.show_message(None))
        self._cards = QVBoxLayout()
        self._cards.setSpacing(L)
        self.cards: dict[str, OverlayCard] = {}
        for name in _NAMES:
            self._add_card(name)
        self.content.addWidget(self.problem)
        self.content.addWidget(self.port)
        self.content.addLayout(self._cards)
        self.content.addWidget(_Steps(kit))
        self.content.addStretch(1)

    def render_snapshot(self, snapshot: AppSnapshot) -> None:
        overlays = snapshot.overlays
        for name in overlays.urls:
            if name not in self.cards:
                self._add_card(name)
        for card in self.cards.values():
            card.show_snapshot(snapshot)
        self.port.show_message(overlays.problem)
        self.move_away.setVisible(overlays.move_to is not None)
        if overlays.move_to is not None:
            self.move_away.relabel(tr("Move to {port} (overlay addresses change)").format(port=overlays.move_to))
        self.renew.setEnabled(overlays.serving)

    def _add_card(self, name: str) -> None:
        card = OverlayCard(self.kit, name)
        card.open_wanted.connect(self._open)
        self.cards[name] = card
        self._cards.addWidget(card)

    def _open(self, address: str) -> None:
        self.kit.bridge.run(lambda: self.kit.app.open_in_browser(address), "open overlay", self._answered)

    def _ask_renew(self) -> None:
        ask(
            self.kit,
            self,
            title=tr("Make new overlay addresses?"),
            text=tr(
                "Every address in use stops working at once. Each browser source in OBS must be given its new address, "
                "or it stays empty."
            ),
            verb=tr("Make new addresses"),
            on_yes=self._renew,
        )

    def _renew(self) -> None:
        self.kit.bridge.run(self.kit.app.renew_overlay_tokens, "renew overlay addresses", self._answered)

    def _answered(self, result: Result[None, Message]) -> None:
        self.problem.show_message(result.error if isinstance(result, Err) else None)


class _Steps(Card):
    """How an overlay comes into OBS."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit, tr("Put an overlay into OBS"))
        steps = (
            tr("In OBS, press + below Sources and choose Browser."),
            tr("Press Copy above, and paste the address into URL."),
            tr("Set width 1920 and height 1080, press OK, and move it where you like."),
        )
        for number, text in enumerate(steps, start=1):
            line = QHBoxLayout()
            line.setSpacing(M)
            figure = Label(kit, str(number), size=BODY, tone="accent", strong=True, tabular=True)
            line.addWidget(figure, 0, Qt.AlignmentFlag.AlignTop)
            line.addWidget(Label(kit, text, wrap=True), 1)
            self.body.addLayout(line)
        note = tr(
            "Does OBS often start before Companion? Then tick Local file in step 2 and paste what Copy file gives: "
            "that file waits for Companion, and needs no change when addresses do."
        )
        self.body.addLayout(row(Label(kit, note, size=SMALL, tone="ink-soft", wrap=True)))
