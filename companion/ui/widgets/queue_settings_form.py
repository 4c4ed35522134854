"""The rules for requests: how they are handed over, and what each kind of viewer may ask for."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QGridLayout, QWidget

from companion.ports.song_rules import QueueSettings
from companion.ui.feature_words import HAND_OVERS
from companion.ui.kit import Kit
from companion.ui.text import tr
from companion.ui.theme import L
from companion.ui.widgets.form import Form, choice, figure, tick
from companion.ui.widgets.layout import rule
from companion.ui.widgets.rules_grid import RulesGrid, length, minutes


class QueueSettingsForm(Form):
    """Everything that can be set about the queue."""

    def __init__(self, kit: Kit, parent: QWidget, settings: QueueSettings) -> None:
        super().__init__(kit, parent, title=tr("Rules for requests"), verb=tr("Save rules"))
        self._old = settings
        self.hand_over = choice([(mode, tr(words)) for mode, words in HAND_OVERS.items()], settings.hand_over)
        self.refund_after = figure(minutes(settings.refund_after), 1, 24 * 60, unit=tr("min"))
        self.approval = tick(tr("Each request waits for my yes"), on=settings.needs_approval)
        self.links_only = tick(tr("Spotify links only, no search"), on=settings.links_only)
        self.refund_skipped = tick(tr("Give points back when I skip"), on=settings.refund_skipped)
        self.keep_unheard = tick(tr("Keep points of songs nobody heard"), on=settings.keep_points_of_unheard)
        self.limits = RulesGrid(kit, settings)
        self.add(tr("Handing over"), self.hand_over)
        self.add(tr("Wait for Spotify"), self.refund_after, tr("After that the points go back."))
        self.add_wide(self._ticks())
        self.add_wide(rule())
        self.add_wide(self.limits)

    def settings(self) -> QueueSettings:
        """What the fields say."""
        return replace(
            self._old,
            hand_over=self.hand_over.currentData(),
            rules=self.limits.all_rules(),
            links_only=self.links_only.isChecked(),
            needs_approval=self.approval.isChecked(),
            refund_after=length(self.refund_after, self._old.refund_after),
            keep_points_of_unheard=self.keep_unheard.isChecked(),
            refund_skipped=self.refund_skipped.isChecked(),
        )

    def _ticks(self) -> QWidget:
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(L)
        ticks = (self.approval, self.links_only, self.refund_skipped, self.keep_unheard)
        for number, field in enumerate(ticks):
            grid.addWidget(field, number // 2, number % 2)
        return holder
