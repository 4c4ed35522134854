"""The Needs you page: one card for each thing that only the streamer can decide."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QVBoxLayout

from companion.application.needs_you_items import Choice, NeedsYouItem
from companion.application.snapshots import AppSnapshot
from companion.ui.dialogs import ask
from companion.ui.feature_words import CHOICE_NAMES
from companion.ui.kit import Kit
from companion.ui.pages.work_page import WorkPage
from companion.ui.text import tr
from companion.ui.theme import LEAD, L
from companion.ui.widgets.labels import IconLabel, Label
from companion.ui.widgets.layout import Card, column, row
from companion.ui.widgets.need_card import NeedCard

_LOST: Final[dict[Choice, str]] = {
    "fulfil": "The viewer's points are kept for good.",
    "ignore": "Companion forgets it. Points that Twitch still holds stay there until you settle them in the dashboard.",
    "refuse": "The song will not be played.",
    "discard": "It is gone for good, and what it told is not made up for.",
}
"""What a choice takes away. The others take nothing."""


class NeedsYouPage(WorkPage):
    """Cards keep their place while they stay; what is decided goes with the next picture."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit, tr("Needs you"))
        self.cards: dict[str, NeedCard] = {}
        self._box = QVBoxLayout()
        self._box.setSpacing(L)
        self.empty = Card(kit)
        words = column(
            Label(kit, tr("Nothing needs you"), size=LEAD, strong=True),
            Label(
                kit,
                tr(
                    "Companion settles requests and rolls by itself. What it cannot decide will stand here: an answer "
                    "that got lost, a request that waits for your yes, a reward that Twitch does not take."
                ),
                tone="ink-soft",
                wrap=True,
            ),
        )
        self.empty.body.addLayout(row(IconLabel(kit, "good", tone="good", size=28), words, spacing=L))
        self.content.addWidget(self.empty)
        self.content.addLayout(self._box)
        self.content.addStretch(1)

    def render_snapshot(self, snapshot: AppSnapshot) -> None:
        wanted = {item.key: item for item in snapshot.needs_you}
        for key in [key for key in self.cards if key not in wanted]:
            card = self.cards.pop(key)
            self._box.removeWidget(card)
            card.hide()
            card.deleteLater()
        for number, (key, item) in enumerate(wanted.items()):
            if key not in self.cards:
                self.cards[key] = NeedCard(self.kit)
                self.cards[key].decided.connect(self._decided)
                self._box.insertWidget(number, self.cards[key])
            self.cards[key].show_item(item)
        self.empty.setVisible(not wanted)

    def _decided(self, item: NeedsYouItem, choice: Choice) -> None:
        if choice not in _LOST:
            self._carry_out(item, choice)
            return
        ask(
            self.kit,
            self,
            title=tr("{verb}?").format(verb=tr(CHOICE_NAMES[choice])),
            text=f"{item.title}\n{tr(_LOST[choice])}",
            verb=tr(CHOICE_NAMES[choice]),
            on_yes=lambda: self._carry_out(item, choice),
        )

    def _carry_out(self, item: NeedsYouItem, choice: Choice) -> None:
        actions = self.kit.app.actions.needs_you
        self.do(lambda: actions.decide(item.kind, item.ref, choice, receiver=item.receiver), f"decide {choice}")
