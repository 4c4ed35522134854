"""One command in a form, its reply shown as chat would read it while it is typed; and one value."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from PySide6.QtWidgets import QWidget

from companion.kernel.result import Err
from companion.ports.chat_commands import Command, CommandKind, StoredValue
from companion.ports.viewers import ROLES, Role
from companion.ui.feature_words import KIND_NAMES, ROLE_NAMES
from companion.ui.kit import Kit
from companion.ui.text import tr
from companion.ui.theme import SMALL
from companion.ui.widgets.form import Form, choice, figure, line, tick
from companion.ui.widgets.labels import Label
from companion.ui.widgets.layout import row

_OWN_KINDS: Final[tuple[CommandKind, ...]] = ("static", "dynamic", "counter")
_LONGEST_WAIT: Final = 3600
_PLACEHOLDERS: Final = (
    "{user} {target} {args} {count} {value} {random:a|b|c} {uptime} {viewers} {song} {time:Europe/Berlin}"
)


class CommandForm(Form):
    """`command` None: a new one. A built-in command keeps its kind and has no text."""

    def __init__(self, kit: Kit, parent: QWidget, command: Command | None) -> None:
        title = tr("New command") if command is None else tr("Change !{name}").format(name=command.name)
        super().__init__(kit, parent, title=title, verb=tr("Save"))
        self._old = command
        start = command or Command("", "static")
        kinds = _OWN_KINDS if start.kind != "computed" else ("computed",)
        roles: list[tuple[Role, str]] = [(role, tr(ROLE_NAMES[role])) for role in ROLES]
        self.name = line(start.name, longest=50)
        self.aliases = line(" ".join(start.aliases), placeholder=tr("Further names, with spaces between"), longest=200)
        self.kind = choice([(kind, tr(KIND_NAMES[kind])) for kind in kinds], start.kind)
        self.template = line(start.template, placeholder=tr("What chat reads"), longest=500)
        self.shown = Label(kit, wrap=True)
        self.value_of = line(start.value_of or "", placeholder=tr("the command's own"), longest=50)
        self.role = choice(roles, start.role)
        self.set_role = choice(roles, start.set_role)
        self.cooldown = figure(_seconds(start.cooldown), 0, _LONGEST_WAIT, unit=tr("s"), none=tr("none"))
        self.own_cooldown = figure(_seconds(start.viewer_cooldown), 0, _LONGEST_WAIT, unit=tr("s"), none=tr("none"))
        self.enabled = tick(tr("Answers in chat"), on=start.enabled)
        self._lay_out(computed=start.kind == "computed")
        self.template.textChanged.connect(self._check)
        self.name.textChanged.connect(self._check)
        self.kind.currentIndexChanged.connect(self._check)
        self._check()

    def command(self) -> Command:
        """What the fields say."""
        old, kind = self._old, self.kind.currentData()
        name = _bare(self.name.text())
        keeps = kind in {"dynamic", "counter"}
        return Command(
            name=name,
            kind=kind,
            aliases=tuple(_bare(alias) for alias in self.aliases.text().replace(",", " ").split()),
            template=self.template.text().strip(),
            computed=old.computed if old is not None else None,
            value_of=(_bare(self.value_of.text()) or name) if keeps else None,
            role=self.role.currentData(),
            set_role=self.set_role.currentData(),
            cooldown=timedelta(seconds=self.cooldown.value()),
            viewer_cooldown=timedelta(seconds=self.own_cooldown.value()),
            enabled=self.enabled.isChecked(),
            builtin=old.builtin if old is not None else False,
        )

    def _lay_out(self, *, computed: bool) -> None:
        self.add(tr("Name"), self.name)
        self.add(tr("Other names"), self.aliases)
        self._computed = computed
        if not computed:
            self.add(tr("Kind"), self.kind)
            self.add(tr("Reply"), self.template, tr("May contain {names}").format(names=_PLACEHOLDERS))
            self.fields.addWidget(self.shown, self.fields.rowCount(), 1)
            self._value_label = Label(self.kit, tr("Value or counter"), wrap=True)
            number = self.fields.rowCount()
            self.value_of.setAccessibleName(tr("Value or counter"))
            self.set_role.setAccessibleName(tr("Who may set it"))
            self._set_label = Label(self.kit, tr("set by"), size=SMALL, tone="ink-soft")
            self.fields.addWidget(self._value_label, number, 0)
            self.fields.addLayout(row(self.value_of, self._set_label, self.set_role), number, 1)
        self.add(tr("Who may use it"), self.role)
        self.own_cooldown.setAccessibleName(tr("Pause for each viewer"))
        self.add(tr("Pause for everybody"), self.cooldown)
        self.fields.addWidget(Label(self.kit, tr("Pause for each viewer"), wrap=True), self.fields.rowCount(), 0)
        self.fields.addWidget(self.own_cooldown, self.fields.rowCount() - 1, 1)
        self.add(tr("Switched on"), self.enabled)

    def _check(self) -> None:
        """Show the reply as it would be, or what is wrong with it; a wrong one cannot be saved."""
        named = bool(_bare(self.name.text()))
        if self._computed:
            self.save.setEnabled(named)
            return
        keeps = self.kind.currentData() in {"dynamic", "counter"}
        for part in (self._value_label, self.value_of, self._set_label, self.set_role):
            part.setVisible(keeps)
        template = self.template.text().strip()
        shown = self.kit.app.actions.commands.preview(template) if template else None
        wrong = isinstance(shown, Err)
        self.shown.set_tone("warn" if wrong else "ink-soft")
        if shown is None:
            self.shown.setText(tr("What chat will read is shown here while you type."))
        elif isinstance(shown, Err):
            self.shown.setText(shown.error.meaning or shown.error.title)
        else:
            self.shown.setText(f"“{shown.value}”")
        self.save.setEnabled(named and shown is not None and not wrong)
        if self.isVisible():
            self.fit()


class ValueForm(Form):
    """A value's text, or a counter's count."""

    def __init__(self, kit: Kit, parent: QWidget, value: StoredValue, *, counts: bool) -> None:
        title = tr("Set {name}").format(name=value.name)
        super().__init__(kit, parent, title=title, verb=tr("Set"))
        self._counts = counts
        self.value = line(value.text, longest=400)
        self.count = figure(value.count, 0, 1_000_000_000)
        users = ", ".join(f"!{name}" for name in value.used_by)
        hint = tr("Shown by {commands}.").format(commands=users) if users else ""
        if counts:
            self.add(tr("Count"), self.count, hint)
        else:
            self.add(tr("Value"), self.value, hint)

    def text(self) -> str:
        """What the field says."""
        return str(self.count.value()) if self._counts else self.value.text().strip()


def _seconds(length: timedelta) -> int:
    return round(length.total_seconds())


def _bare(name: str) -> str:
    return name.strip().lstrip("!").lower()
