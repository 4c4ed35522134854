"""The Commands page: the catalogue with its filter, the values and counters behind it, and what raids get."""

from __future__ import annotations

from dataclasses import replace

from companion.application.snapshots import AppSnapshot
from companion.ports.chat_commands import Command, StoredValue
from companion.ui.dialogs import ask
from companion.ui.feature_words import command_row
from companion.ui.kit import Kit
from companion.ui.models.rows import Row
from companion.ui.pages.page import TWO_COLUMNS
from companion.ui.pages.work_page import WorkPage
from companion.ui.text import number, tr
from companion.ui.widgets.buttons import Button
from companion.ui.widgets.clearable import ClearableField
from companion.ui.widgets.command_form import CommandForm, ValueForm
from companion.ui.widgets.layout import Columns, pile
from companion.ui.widgets.list_card import ListCard
from companion.ui.widgets.raids_card import RaidsCard
from companion.ui.widgets.row_list import MenuEntry, RowList


class CommandsPage(WorkPage):
    """Enter changes the selected command, Delete deletes it."""

    def __init__(self, kit: Kit) -> None:
        self.new = Button(kit, tr("New command…"), icon="add", kind="primary")
        super().__init__(kit, tr("Commands"), self.new)
        self._commands: tuple[Command, ...] = ()
        self._values: tuple[StoredValue, ...] = ()
        self.filter = ClearableField(kit, placeholder=tr("Filter by name or text"), name=tr("Filter commands"))
        self.filter.setMaxLength(60)
        self.edit = Button(kit, tr("Change…"), icon="edit")
        self.switch = Button(kit, tr("Switch off"), icon="hide")
        self.delete = Button(kit, tr("Delete…"), icon="delete")
        self.list = ListCard(
            kit, tr("Chat commands"), RowList(kit, tr("Commands by name"), most=10),
            empty="", buttons=(self.edit, self.switch, self.delete), head=self.filter,
        )  # fmt: skip
        self.set = Button(kit, tr("Set…"), icon="edit", name=tr("Set value or count"))
        self.values = ListCard(
            kit, tr("Values and counters"), RowList(kit, tr("Values and counters"), most=6),
            empty=tr("What commands with a value or a counter show stands here, once there is such a command."),
            buttons=(self.set,),
        )  # fmt: skip
        self.raids = RaidsCard(kit, self)
        right = pile(self.values, self.raids)
        self.content.addWidget(Columns(pile(self.list), right, threshold=TWO_COLUMNS, shares=(3, 2)))
        self.content.addStretch(1)
        self._connect()

    def render_snapshot(self, snapshot: AppSnapshot) -> None:
        self._commands, self._values = snapshot.commands, snapshot.values
        self._show_list()
        self.values.show_rows([_value_row(each, self._counts(each.name)) for each in snapshot.values])
        self.raids.show_snapshot(snapshot)
        self._show_buttons()

    def current(self) -> Command | None:
        """The selected command."""
        key = self.list.list.current_key()
        return next((each for each in self._commands if each.name == key), None)

    def _connect(self) -> None:
        rows = self.list.list
        rows.chosen.connect(self._show_buttons)
        rows.opened.connect(self._edit)
        rows.delete_wanted.connect(self._ask_delete)
        rows.menu_of = self._menu
        self.values.list.chosen.connect(self._show_buttons)
        self.values.list.opened.connect(self._set_value)
        self.filter.textChanged.connect(self._show_list)
        self.new.clicked.connect(lambda: self._open(None))
        self.edit.clicked.connect(self._edit)
        self.switch.clicked.connect(self._toggle)
        self.delete.clicked.connect(self._ask_delete)
        self.set.clicked.connect(self._set_value)

    def _menu(self, _key: str) -> list[MenuEntry]:
        return [
            MenuEntry(self.edit.text(), self._edit),
            MenuEntry(self.switch.text(), self._toggle),
            MenuEntry(self.delete.text(), self._ask_delete),
        ]

    def _show_list(self) -> None:
        sought = self.filter.text().strip().lstrip("!").casefold()
        self.list.empty.setText(
            tr("No command fits. Empty the filter, or press New command.")
            if self._commands
            else tr("Commands will stand here. Press New command to make the first one.")
        )
        rows = [command_row(each) for each in self._commands]
        self.list.show_rows([row for row in rows if sought in row.spoken().casefold()])

    def _show_buttons(self) -> None:
        command = self.current()
        for button in (self.edit, self.switch, self.delete):
            button.setEnabled(command is not None)
        off = command is not None and not command.enabled
        self.switch.relabel(tr("Switch on") if off else tr("Switch off"), icon="show" if off else "hide")
        self.set.setEnabled(self.values.list.current_key() is not None)

    def _counts(self, value: str) -> bool:
        return any(each.value_of == value and each.kind == "counter" for each in self._commands)

    def _edit(self, _key: object = None) -> None:
        command = self.current()
        if command is not None:
            self._open(command)

    def _open(self, command: Command | None) -> None:
        form = CommandForm(self.kit, self, command)
        form.saved.connect(lambda: self._save(form, command))
        form.open()

    def _save(self, form: CommandForm, old: Command | None) -> None:
        wanted, actions = form.command(), self.kit.app.actions.commands
        if old is None:
            self.do_form(form, lambda: actions.create(wanted), "create command", lambda made: self._choose(made.name))
        else:
            self.do_form(form, lambda: actions.update(old.name, wanted), "change command")

    def _choose(self, name: str) -> None:
        self.filter.clear()
        self.list.list.choose(name)

    def _toggle(self) -> None:
        command = self.current()
        if command is not None:
            other = replace(command, enabled=not command.enabled)
            self.do(lambda: self.kit.app.actions.commands.update(command.name, other), "switch command")

    def _ask_delete(self, _key: object = None) -> None:
        command = self.current()
        if command is None:
            return
        lost = tr("Chat gets no answer to !{name} any more.").format(name=command.name)
        value = command.value_of
        if value is not None and not any(each.value_of == value for each in self._commands if each != command):
            lost = f"{lost} {tr('What it counted or showed is deleted with it.')}"
        stays = tr("It stays deleted after updates too; switching it off keeps it.") if command.builtin else ""
        ask(
            self.kit,
            self,
            title=tr("Delete !{name}?").format(name=command.name),
            text=f"{lost} {stays}".strip(),
            verb=tr("Delete"),
            on_yes=lambda: self.do(lambda: self.kit.app.actions.commands.delete(command.name), "delete command"),
        )

    def _set_value(self, _key: object = None) -> None:
        key = self.values.list.current_key()
        value = next((each for each in self._values if each.name == key), None)
        command = next((each for each in self._commands if each.value_of == key), None)
        if value is None or command is None:
            return
        form = ValueForm(self.kit, self, value, counts=self._counts(value.name))
        form.saved.connect(lambda: self._save_value(form, command.name))
        form.open()

    def _save_value(self, form: ValueForm, name: str) -> None:
        text = form.text()
        self.do_form(form, lambda: self.kit.app.actions.commands.set_value(name, text), "set value")


def _value_row(value: StoredValue, counts: bool) -> Row:
    shown = number(value.count) if counts else value.text or "–"
    users = " ".join(f"!{name}" for name in value.used_by)
    return Row(value.name, shown, users, right=value.name, icon="commands", tooltip=f"{value.name}\n{shown}\n{users}")
