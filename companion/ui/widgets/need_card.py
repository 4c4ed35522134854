"""One thing to decide: what happened, what it means for the viewer's points, and the ways out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from companion.application.needs_you_items import Choice, NeedsYouItem
from companion.ui import times
from companion.ui.feature_words import CHOICE_NAMES, ITEM_ICONS
from companion.ui.kit import Kit
from companion.ui.text import sentence, tip, tr
from companion.ui.theme import SMALL, L
from companion.ui.widgets.buttons import Button
from companion.ui.widgets.labels import IconLabel, Label
from companion.ui.widgets.layout import Card, clear, column, row
from companion.ui.widgets.wrap import Wrap

_PLAINLY_GOOD: Final[frozenset[Choice]] = frozenset({"approve", "synchronise", "replay", "retry"})
"""Nothing is lost by these; where points are at stake no button is put forward."""


class NeedCard(Card):
    """`decided` carries the item and the choice."""

    decided = Signal(object, object)

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self._kit = kit
        self._item: NeedsYouItem | None = None
        self._icon = IconLabel(kit, "warn", tone="warn", size=22)
        self.title = Label(kit, strong=True, wrap=True)
        self.happened = Label(kit, wrap=True)
        self.meaning = Label(kit, tone="ink-soft", wrap=True)
        self.when = Label(kit, size=SMALL, tone="ink-soft")
        self._buttons_box = QVBoxLayout()
        self.buttons: dict[Choice, Button] = {}
        head = row(self.title, self.when)
        head.setAlignment(self.when, Qt.AlignmentFlag.AlignTop)
        words = column(head, self.happened, self.meaning, self._buttons_box)
        line = QHBoxLayout()
        line.setSpacing(L)
        line.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(words, 1)
        self.body.addLayout(line)

    def show_item(self, item: NeedsYouItem) -> None:
        """Show the newest state; the buttons are exchanged only when others are offered."""
        before, self._item = self._item, item
        icon, tone = ITEM_ICONS[item.kind]
        self._icon.show_icon(icon, tone)
        self.title.setText(sentence(item.title))
        self.happened.setText(sentence(item.happened))
        self.meaning.setText(sentence(item.meaning))
        self.when.say(times.ago(item.at, self._kit.clock.now()) if item.at is not None else "")
        self.when.setToolTip(tip(times.exact(item.at)) if item.at is not None else "")
        self.setAccessibleName(item.title)
        if before is None or before.choices != item.choices:
            self._exchange(item)

    def _exchange(self, item: NeedsYouItem) -> None:
        clear(self._buttons_box)
        self.buttons = {}
        for choice in item.choices:
            word = tr(CHOICE_NAMES[choice])
            button = Button(
                self._kit, word, kind="primary" if choice in _PLAINLY_GOOD and choice == item.choices[0] else "plain",
                name=tr("{verb}: {thing}").format(verb=word, thing=item.title),
            )  # fmt: skip
            button.clicked.connect(_decider(self, choice))
            self.buttons[choice] = button
        self._buttons_box.addWidget(Wrap(*self.buttons.values()))

    def decide(self, choice: Choice) -> None:
        """As if its button had been pressed."""
        if self._item is not None:
            self.decided.emit(self._item, choice)


def _decider(card: NeedCard, choice: Choice) -> Callable[[], None]:
    return lambda: card.decide(choice)
