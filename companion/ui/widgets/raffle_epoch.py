"""The running epoch of the raffle: its commitment, its odds, its record, and what can be set."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from companion.ports.raffle import RaffleSettings, RaffleView
from companion.ui import times
from companion.ui.feature_words import epoch_state
from companion.ui.kit import Kit
from companion.ui.text import counted, isolated, number, tip, tr
from companion.ui.theme import LEAD, SMALL, S
from companion.ui.widgets.buttons import Button, CopyButton
from companion.ui.widgets.form import Form, figure, line, tick
from companion.ui.widgets.labels import IconLabel, Label, ShortLabel
from companion.ui.widgets.layout import Card, row
from companion.ui.widgets.wrap import Wrap

SMALLEST_RANGE: Final = 2
LARGEST_RANGE: Final = 1_000_000


def odds(per_hundred: float) -> str:
    """What to expect, for the streamer."""
    if per_hundred <= 0:
        return ""
    if per_hundred >= 1:
        return tr("About {count} wins in 100 rolls.").format(count=f"{per_hundred:.3g}")
    return tr("About one win in {rolls} rolls.").format(rolls=number(round(100 / per_hundred)))


class EpochCard(Card):
    """What is committed to, for chat to hold the streamer to."""

    settings_wanted = Signal()

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self._kit = kit
        self._commitment = ""
        self.title = Label(kit, size=LEAD, strong=True)
        self._icon = IconLabel(kit, "off", size=16)
        self.state = Label(kit, wrap=True)
        self.commitment = ShortLabel(kit, size=SMALL, tone="ink-soft")
        self.odds = Label(kit, wrap=True)
        self.record = Label(kit, wrap=True)
        self.copy = CopyButton(kit, lambda: self._commitment, text=tr("Copy commitment"), name=tr("Copy commitment"))
        self.settings = Button(kit, tr("Settings…"), icon="settings", name=tr("Raffle settings"))
        self.settings.clicked.connect(self.settings_wanted)
        self.body.addWidget(self.title)
        line_ = row(self._icon, self.state)
        line_.setAlignment(self._icon, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(line_)
        self.body.addWidget(self.commitment)
        self.body.addSpacing(S)
        for part in (self.odds, self.record):
            self.body.addWidget(part)
        self.body.addWidget(Wrap(self.copy, self.settings))

    def show_raffle(self, view: RaffleView) -> None:
        """Show the newest picture."""
        self._show_epoch(view)
        settings = view.settings
        prize = tr("1 to {range}, the prize: {prize}.").format(
            range=number(settings.range), prize=isolated(settings.prize)
        )
        self.odds.setText(f"{prize} {odds(view.wins_per_hundred)}")
        record = view.record
        self.record.say(
            tr("Closest losing roll: {viewer}, {distance} away.").format(
                viewer=isolated(record.viewer.display_name), distance=number(record.distance)
            )
            if record is not None
            else ""
        )
        self.record.setToolTip(tip(times.exact(record.at)) if record is not None else "")

    def _show_epoch(self, view: RaffleView) -> None:
        epoch = view.epoch
        self._commitment = epoch.commitment if epoch is not None else ""
        self.copy.setEnabled(epoch is not None)
        self.commitment.setVisible(epoch is not None)
        if epoch is None:
            self.title.setText(tr("No raffle is running"))
            self._icon.show_icon("off", "ink-soft")
            self.state.setText(
                tr(
                    "One opens when you go live: its commitment, which fixes the winning numbers, is posted in chat "
                    "before the first roll."
                )
            )
            return
        state = epoch_state(epoch.state)
        entries = counted(epoch.entries, "entry", "entries")
        self.title.setText(tr("Raffle {number} · {entries}").format(number=number(epoch.number), entries=entries))
        self._icon.show_icon(state.icon, state.tone)
        since = epoch.committed_at
        told = (
            tr(" Its commitment was posted {when} and fixes the winning numbers.").format(
                when=times.ago(since, self._kit.clock.now())
            )
            if since
            else ""
        )
        self.state.setText(f"{state.word}.{told}")
        self.state.setToolTip(tip(times.exact(since)) if since is not None else "")
        self.commitment.setText(epoch.commitment)


class RaffleForm(Form):
    """Range, prize, and who settles a win. The odds follow the range as it is typed."""

    def __init__(self, kit: Kit, parent: QWidget, view: RaffleView) -> None:
        super().__init__(kit, parent, title=tr("Raffle settings"), verb=tr("Save"))
        settings = view.settings
        self._had_range = settings.range if view.epoch is not None else None
        self.range = figure(settings.range, SMALLEST_RANGE, LARGEST_RANGE)
        self.range.setGroupSeparatorShown(True)
        self.odds = Label(kit, size=SMALL, tone="ink-soft", wrap=True)
        self.prize = line(settings.prize, longest=100)
        self.by_hand = tick(tr("I settle a win myself"), on=settings.win_stays_open)
        self.live_only = tick(tr("Only while I am live"), on=settings.live_only)
        self.add(tr("Highest number"), self.range)
        self.fields.addWidget(self.odds, self.fields.rowCount(), 1)
        self.add(tr("Prize"), self.prize, tr("Chat reads it when somebody wins."))
        self.add(tr("A win"), self.by_hand, tr("It then waits under Needs you until you settle it."))
        self.add(tr("Rolls"), self.live_only, tr("What is redeemed off air is given back."))
        self.range.valueChanged.connect(self._show_odds)
        self._show_odds()

    def settings(self) -> RaffleSettings:
        """What the fields say."""
        prize = self.prize.text().strip()
        return RaffleSettings(self.range.value(), prize, self.by_hand.isChecked(), self.live_only.isChecked())

    def _show_odds(self) -> None:
        text = odds(100 / self.range.value())
        if self._had_range not in {None, self.range.value()}:
            text = f"{text} {tr('Another range closes the running raffle and opens a new one.')}"
        self.odds.setText(text)
        if self.isVisible():
            self.fit()
