"""The limits for song requests, of one way of asking and one role at a time."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeAlias

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QSpinBox, QVBoxLayout, QWidget

from companion.ports.song_rules import MOST_QUEUED, RULE_ROLES, RULE_SOURCES, QueueSettings, RequestSource, SourceRules
from companion.ports.viewers import Role
from companion.ui.feature_words import ROLE_NAMES, SOURCE_NAMES
from companion.ui.kit import Kit
from companion.ui.text import tr
from companion.ui.theme import SMALL, XS, L, S
from companion.ui.widgets.buttons import Button
from companion.ui.widgets.form import choice, figure, tick
from companion.ui.widgets.labels import Label
from companion.ui.widgets.layout import column, fill, row
from companion.ui.widgets.wrap import Wrap

Who: TypeAlias = tuple[RequestSource, Role]

_COLUMNS = 3
_NO_LIMIT = 0
_DAY = 24 * 60


class RulesGrid(QWidget):
    """Whose limits are shown is chosen above them. Keeps all of them while it is open."""

    def __init__(self, kit: Kit, settings: QueueSettings) -> None:
        super().__init__()
        self.rules: dict[Who, SourceRules] = {
            (source, role): settings.rules_for(source, role) for source in RULE_SOURCES for role in RULE_ROLES
        }
        self.source = choice([(source, tr(SOURCE_NAMES[source])) for source in RULE_SOURCES], "reward")
        self.role = choice([(role, tr(ROLE_NAMES[role])) for role in RULE_ROLES], "everyone")
        self.for_all = Button(kit, "")
        none = tr("no limit")
        self.at_once = figure(0, _NO_LIMIT, 100, none=none)
        self.cooldown = figure(0, _NO_LIMIT, _DAY, unit=tr("min"), none=none)
        self.longest = figure(0, _NO_LIMIT, 180, unit=tr("min"), none=none)
        self.again = figure(0, 0, _DAY, unit=tr("min"), none=tr("allowed"))
        self.cap = figure(1, 1, MOST_QUEUED, unit=tr("requests"))
        self.enabled = tick(tr("May ask for songs"), on=True)
        self.explicit = tick(tr("Explicit songs are fine"), on=True)
        self.live_only = tick(tr("Only while I am live"), on=True)
        self._shown: Who = ("reward", "everyone")
        self._showing = False
        self._lay_out(kit)
        self._show()
        self._listen()

    def all_rules(self) -> dict[RequestSource, dict[Role, SourceRules]]:
        """What was set."""
        out: dict[RequestSource, dict[Role, SourceRules]] = {}
        for (source, role), rules in self.rules.items():
            out.setdefault(source, {})[role] = rules
        return out

    def _lay_out(self, kit: Kit) -> None:
        self.source.setAccessibleName(tr("Limits for this way of asking"))
        self.role.setAccessibleName(tr("Limits for these viewers"))
        whole = tr("The whole queue counts, with points and in chat.")
        self.cap.setAccessibleDescription(whole)
        grid = QGridLayout()
        grid.setHorizontalSpacing(L)
        grid.setVerticalSpacing(S)
        fields: list[tuple[str, QWidget]] = [
            (tr("At once in the queue"), self.at_once),
            (tr("Between two requests"), self.cooldown),
            (tr("Longest song"), self.longest),
            (tr("Same song again"), self.again),
            (tr("Queue is full at"), self.cap),
        ]
        for number, (label, field) in enumerate(fields):
            field.setAccessibleName(label)
            place = divmod(number, _COLUMNS)
            grid.addLayout(column(None, Label(kit, label, wrap=True), field, spacing=XS), *place)
            grid.setColumnStretch(place[1], 1)
        hint = Label(kit, whole, size=SMALL, tone="ink-soft", wrap=True)
        grid.addWidget(hint, *divmod(len(fields), _COLUMNS), Qt.AlignmentFlag.AlignBottom)
        who = row(Label(kit, tr("Limits for"), strong=True), self.source, self.role, self.for_all)
        who.setStretch(1, 1)
        who.setStretch(2, 1)
        fill(QVBoxLayout(self), [who, grid, Wrap(self.enabled, self.explicit, self.live_only)], spacing=S)

    def _listen(self) -> None:
        self.source.currentIndexChanged.connect(self._switch)
        self.role.currentIndexChanged.connect(self._switch)
        for number in (self.at_once, self.cooldown, self.longest, self.again, self.cap):
            number.valueChanged.connect(self._keep)
        for box in (self.enabled, self.explicit, self.live_only):
            box.toggled.connect(self._keep)
        self.for_all.clicked.connect(self._use_for_all)

    def _switch(self) -> None:
        self._shown = (self.source.currentData(), self.role.currentData())
        self._show()

    def _use_for_all(self) -> None:
        self.rules = dict.fromkeys(self.rules, self.rules[self._shown])
        self._tell_common()

    def _keep(self) -> None:
        if self._showing:
            return
        old = self.rules[self._shown]
        self.rules[self._shown] = SourceRules(
            enabled=self.enabled.isChecked(),
            most_at_once=self.at_once.value() or None,
            cooldown=length(self.cooldown, old.cooldown) or None,
            longest=length(self.longest, old.longest) or None,
            explicit_allowed=self.explicit.isChecked(),
            duplicate_window=length(self.again, old.duplicate_window),
            queue_cap=self.cap.value(),
            live_only=self.live_only.isChecked(),
        )
        self._tell_common()

    def _show(self) -> None:
        rules = self.rules[self._shown]
        self._showing = True
        self.enabled.setChecked(rules.enabled)
        self.explicit.setChecked(rules.explicit_allowed)
        self.live_only.setChecked(rules.live_only)
        self.at_once.setValue(rules.most_at_once or _NO_LIMIT)
        self.cap.setValue(rules.queue_cap)
        self.cooldown.setValue(minutes(rules.cooldown))
        self.longest.setValue(minutes(rules.longest))
        self.again.setValue(minutes(rules.duplicate_window))
        self._showing = False
        self._tell_common()

    def _tell_common(self) -> None:
        """Whether these limits hold for everybody, or can be made to."""
        common = len(set(self.rules.values())) == 1
        self.for_all.setEnabled(not common)
        if common:
            self.for_all.relabel(tr("Same for all"), name=tr("These limits hold for every way and all viewers"))
        else:
            self.for_all.relabel(tr("Use for all"), name=tr("Use these limits for every way and all viewers"))


def minutes(span: timedelta | None) -> int:
    """Whole minutes, no less than one for what is not nothing."""
    return max(1, round(span.total_seconds() / 60)) if span else 0


def length(field: QSpinBox, old: timedelta | None) -> timedelta:
    """What a field of minutes says: `old` to the second as long as it says the same as for that."""
    if field.value() == min(minutes(old), field.maximum()):
        return old or timedelta(0)
    return timedelta(minutes=field.value())
