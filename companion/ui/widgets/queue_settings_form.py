"""The rules for requests: how they are handed over, and what each kind of viewer may ask for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from PySide6.QtWidgets import QGridLayout, QWidget

from companion.ports.song_queue import MOST_QUEUED, RULE_ROLES, QueueSettings, RequestSource, SourceRules
from companion.ports.viewers import Role
from companion.ui.feature_words import HAND_OVERS, ROLE_NAMES, SOURCE_NAMES
from companion.ui.kit import Kit
from companion.ui.text import tr
from companion.ui.theme import L, S
from companion.ui.widgets.form import Form, choice, figure, tick
from companion.ui.widgets.labels import Label
from companion.ui.widgets.layout import row

_NO_LIMIT = 0


class RulesGrid(QWidget):
    """The limits of one source and role at a time; both are chosen above. Keeps all of them while it is open."""

    def __init__(self, kit: Kit, settings: QueueSettings) -> None:
        super().__init__()
        sources: tuple[RequestSource, ...] = ("reward", "command")
        self.rules: dict[tuple[RequestSource, Role], SourceRules] = {
            (source, role): settings.rules.get(source, {}).get(role, SourceRules())
            for source in sources
            for role in RULE_ROLES
        }
        self.source = choice([(source, tr(SOURCE_NAMES[source])) for source in sources], "reward")
        self.role = choice([(role, tr(ROLE_NAMES[role])) for role in RULE_ROLES], "everyone")
        self.enabled = tick(tr("May ask for songs"), on=True)
        self.explicit = tick(tr("Explicit songs are fine"), on=True)
        none = tr("no limit")
        self.at_once = figure(0, _NO_LIMIT, 100, none=none)
        self.cooldown = figure(0, _NO_LIMIT, 24 * 60, unit=tr("min"), none=none)
        self.longest = figure(0, _NO_LIMIT, 180, unit=tr("min"), none=none)
        self._lay_out(kit)
        self._shown: tuple[RequestSource, Role] = ("reward", "everyone")
        self._show()
        self.source.currentIndexChanged.connect(self._switch)
        self.role.currentIndexChanged.connect(self._switch)

    def all_rules(self) -> dict[RequestSource, dict[Role, SourceRules]]:
        """What was set, the shown ones included."""
        self._keep()
        out: dict[RequestSource, dict[Role, SourceRules]] = {}
        for (source, role), rules in self.rules.items():
            out.setdefault(source, {})[role] = rules
        return out

    def _lay_out(self, kit: Kit) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(L)
        grid.setVerticalSpacing(S)
        grid.setColumnStretch(1, 1)
        self.source.setAccessibleName(tr("Limits for this way of asking"))
        self.role.setAccessibleName(tr("Limits for these viewers"))
        lines: list[tuple[str, QWidget | None]] = [
            (tr("At once in the queue"), self.at_once),
            (tr("Time between two requests"), self.cooldown),
            (tr("Longest song"), self.longest),
        ]
        grid.addWidget(Label(kit, tr("Limits for"), strong=True), 0, 0)
        grid.addLayout(row(self.source, self.role), 0, 1)
        for number, (label, field) in enumerate(lines, start=1):
            grid.addWidget(Label(kit, label), number, 0)
            if field is not None:
                field.setAccessibleName(label)
                grid.addWidget(field, number, 1)
        grid.addLayout(row(self.enabled, self.explicit, None), len(lines) + 1, 1)

    def _switch(self) -> None:
        self._keep()
        self._shown = (self.source.currentData(), self.role.currentData())
        self._show()

    def _keep(self) -> None:
        cooldown, longest = self.cooldown.value(), self.longest.value()
        self.rules[self._shown] = SourceRules(
            enabled=self.enabled.isChecked(),
            most_at_once=self.at_once.value() or None,
            cooldown=timedelta(minutes=cooldown) if cooldown else None,
            longest=timedelta(minutes=longest) if longest else None,
            explicit_allowed=self.explicit.isChecked(),
        )

    def _show(self) -> None:
        rules = self.rules[self._shown]
        self.enabled.setChecked(rules.enabled)
        self.explicit.setChecked(rules.explicit_allowed)
        self.at_once.setValue(rules.most_at_once or _NO_LIMIT)
        self.cooldown.setValue(_minutes(rules.cooldown))
        self.longest.setValue(_minutes(rules.longest))


class QueueSettingsForm(Form):
    """Everything that can be set about the queue."""

    def __init__(self, kit: Kit, parent: QWidget, settings: QueueSettings) -> None:
        super().__init__(kit, parent, title=tr("Rules for requests"), verb=tr("Save rules"))
        self._old = settings
        self.hand_over = choice([(mode, tr(words)) for mode, words in HAND_OVERS.items()], settings.hand_over)
        self.cap = figure(settings.queue_cap, 1, MOST_QUEUED)
        self.again = figure(_minutes(settings.duplicate_window), 0, 24 * 60, unit=tr("min"), none=tr("allowed"))
        self.refund_after = figure(_minutes(settings.refund_after), 1, 24 * 60, unit=tr("min"))
        self.approval = tick(tr("Each request waits for my yes"), on=settings.needs_approval)
        self.links_only = tick(tr("Spotify links only, no search"), on=settings.links_only)
        self.live_only = tick(tr("Only while I am live"), on=settings.live_only)
        self.refund_skipped = tick(tr("Give points back when I skip"), on=settings.refund_skipped)
        self.keep_unheard = tick(tr("Keep points of songs nobody heard"), on=settings.keep_points_of_unheard)
        self.limits = RulesGrid(kit, settings)
        self.add(tr("Handing over"), self.hand_over)
        self.add(tr("Requests in the queue"), self.cap)
        self.add(tr("Same song again"), self.again)
        self.add(tr("Wait for Spotify"), self.refund_after, tr("After that the points go back."))
        self.add_wide(self._ticks())
        self.add_wide(self.limits)

    def settings(self) -> QueueSettings:
        """What the fields say."""
        return replace(
            self._old,
            hand_over=self.hand_over.currentData(),
            rules=self.limits.all_rules(),
            duplicate_window=timedelta(minutes=self.again.value()),
            queue_cap=self.cap.value(),
            live_only=self.live_only.isChecked(),
            links_only=self.links_only.isChecked(),
            needs_approval=self.approval.isChecked(),
            refund_after=timedelta(minutes=self.refund_after.value()),
            keep_points_of_unheard=self.keep_unheard.isChecked(),
            refund_skipped=self.refund_skipped.isChecked(),
        )

    def _ticks(self) -> QWidget:
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(L)
        ticks = (self.approval, self.links_only, self.live_only, self.refund_skipped, self.keep_unheard)
        for number, field in enumerate(ticks):
            grid.addWidget(field, number // 2, number % 2)
        return holder


def _minutes(length: timedelta | None) -> int:
    """Whole minutes, no less than one for what is not nothing."""
    if not length:
        return _NO_LIMIT
    return max(1, round(length.total_seconds() / 60))
