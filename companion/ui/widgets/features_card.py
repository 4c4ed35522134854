"""What Companion may do at Twitch: one switch for each feature, with its reason and whether Twitch has agreed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from companion.application.features import TWITCH_FEATURES, FeatureView
from companion.application.snapshots import AppSnapshot
from companion.ui.kit import Kit
from companion.ui.text import tr
from companion.ui.theme import SMALL, L, M
from companion.ui.widgets.buttons import Button
from companion.ui.widgets.form import dress_edges, tick
from companion.ui.widgets.labels import Label
from companion.ui.widgets.layout import Card, column, fill, row
from companion.ui.words import State, feature_reason, feature_state, feature_title

_COLUMNS: Final = 2


class FeatureRow(QWidget):
    """One feature."""

    def __init__(self, kit: Kit, name: str) -> None:
        super().__init__()
        self.switch = tick(feature_title(name), on=False)
        self.switch.setAccessibleName(feature_title(name))
        self.switch.setAccessibleDescription(feature_reason(name))
        self.reason = Label(kit, feature_reason(name), size=SMALL, tone="ink-soft", wrap=True)
        self.state = Label(kit, size=SMALL, wrap=True)
        fill(QVBoxLayout(self), [row(self.switch, None), self.reason, self.state, None], spacing=2)

    def show_feature(self, view: FeatureView) -> None:
        """Show the newest state."""
        self.switch.setChecked(view.on)
        state: State | None = feature_state(view)
        self.state.say(state.word if state is not None else "")
        if state is not None:
            self.state.set_tone(state.tone)


class FeaturesCard(Card):
    """All of Twitch's features. `switched` carries the name and whether it shall be on."""

    switched = Signal(str, bool)
    sign_in_wanted = Signal(object)

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit, tr("What Companion may do at Twitch"))
        self._kit = kit
        intro = tr("Twitch is asked only for what is switched on here, the next time you sign in.")
        self.body.addWidget(Label(kit, intro, tone="ink-soft", wrap=True))
        self.rows = {name: FeatureRow(kit, name) for name in TWITCH_FEATURES}
        grid = QGridLayout()
        grid.setHorizontalSpacing(L)
        grid.setVerticalSpacing(M)
        for number, (name, shown) in enumerate(self.rows.items()):
            shown.switch.clicked.connect(_teller(self, name))
            grid.addWidget(shown, number // _COLUMNS, number % _COLUMNS)
        for side in range(_COLUMNS):
            grid.setColumnStretch(side, 1)
        self.body.addLayout(grid)
        self.missing = Label(kit, tone="warn", wrap=True)
        self.sign_in = Button(kit, tr("Sign in again to give the permission"), icon="twitch", kind="primary")
        self.sign_in.clicked.connect(lambda: self.sign_in_wanted.emit("twitch"))
        self.offer = QWidget()
        fill(QVBoxLayout(self.offer), [column(self.missing, row(self.sign_in, None))])
        self.body.addWidget(self.offer)
        self._dress()
        kit.theme.changed.connect(self._dress)

    def show_snapshot(self, snapshot: AppSnapshot) -> None:
        """Show the newest state."""
        for view in snapshot.features:
            self.rows[view.name].show_feature(view)
        lacking = [feature_title(view.name) for view in snapshot.features if view.missing]
        self.missing.say(tr("Twitch has not agreed yet: {features}.").format(features=", ".join(lacking)))
        self.offer.setVisible(bool(lacking))

    def _dress(self) -> None:
        dress_edges(self._kit, self)


def _teller(card: FeaturesCard, name: str) -> Callable[[bool], None]:
    return lambda on: card.switched.emit(name, on)
