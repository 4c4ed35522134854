"""Any viewer's achievements, looked up by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QWidget

from companion.ports.achievements import Progress, ViewerCard
from companion.ui import times
from companion.ui.feature_words import emoji
from companion.ui.kit import Kit
from companion.ui.models.rows import Row
from companion.ui.text import counted, isolated, number, tr
from companion.ui.widgets.buttons import Button
from companion.ui.widgets.form import line
from companion.ui.widgets.labels import Label
from companion.ui.widgets.layout import fill
from companion.ui.widgets.list_card import ListCard
from companion.ui.widgets.row_list import RowList

if TYPE_CHECKING:
    from companion.ui.pages.work_page import WorkPage


class ViewerCardView(ListCard):
    """Enter in the field looks up."""

    def __init__(self, kit: Kit, page: WorkPage) -> None:
        self._kit = kit
        self._page = page
        self.name = line(placeholder=tr("Name of a viewer"), longest=50)
        self.name.setAccessibleName(tr("Viewer to look up"))
        self.look = Button(kit, tr("Look up"), icon="search")
        head = QWidget()
        fill(QHBoxLayout(head), [self.name, self.look])
        super().__init__(
            kit,
            tr("A viewer's card"),
            RowList(kit, tr("Achievements of the viewer"), most=6),
            empty=tr("Type a viewer's name to see what they have earned, and how far they are."),
            head=head,
        )
        self.summary = Label(kit, strong=True, wrap=True)
        self.summary.hide()
        self.body.insertWidget(2, self.summary)
        self.name.returnPressed.connect(self._look)
        self.look.clicked.connect(self._look)

    def _look(self) -> None:
        name = self.name.text().strip()
        if name:
            actions = self._kit.app.actions.achievements
            self._page.do(lambda: actions.viewer(name), "viewer card", self._show)

    def _show(self, card: ViewerCard) -> None:
        words = tr("{viewer}: {unlocked}, {streak} played in a row (at most {longest})")
        self.summary.say(
            words.format(
                viewer=isolated(card.viewer.display_name),
                unlocked=counted(card.unlocked, "achievement", "achievements"),
                streak=counted(card.streak, "request", "requests"),
                longest=number(card.longest_streak),
            )
        )
        now = self._kit.clock.now()
        self.show_rows([_progress_row(each, times.ago(each.unlocked_at, now) if each.unlocked_at else "")
                        for each in card.achievements])  # fmt: skip


def _progress_row(each: Progress, when: str) -> Row:
    definition = each.definition
    goal = number(definition.threshold) if definition.threshold is not None else "1"
    return Row(
        definition.id,
        definition.name,
        definition.description,
        state=tr("Unlocked") if when else "",
        right=when or tr("{progress} of {goal}").format(progress=number(each.progress), goal=goal),
        tone="good" if when else "ink-soft",
        lead=emoji(definition.icon),
        icon="achievements",
        faded=not when,
    )
