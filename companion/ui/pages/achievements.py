"""The Achievements page: what can be earned, who earned what, and any viewer's card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from companion.application.snapshots import AppSnapshot
from companion.ports.achievements import AchievementRank, Definition, RetroactivePreview, Unlock
from companion.ui import times
from companion.ui.dialogs import ask
from companion.ui.feature_words import announced, definition_row, emoji
from companion.ui.kit import Kit
from companion.ui.models.rows import Row
from companion.ui.pages.page import TWO_COLUMNS
from companion.ui.pages.work_page import WorkPage
from companion.ui.text import counted, isolated, number, tr
from companion.ui.widgets.buttons import Button
from companion.ui.widgets.definition_form import DefinitionForm, preview_words
from companion.ui.widgets.layout import Columns, pile
from companion.ui.widgets.list_card import ListCard
from companion.ui.widgets.row_list import MenuEntry, RowList
from companion.ui.widgets.viewer_card import ViewerCardView

_RECENT: Final = 20
_BOARD: Final = 10


class AchievementsPage(WorkPage):
    """Definitions in front; unlocks, leaderboard and viewers beside them where there is room."""

    def __init__(self, kit: Kit) -> None:
        self.new = Button(kit, tr("New achievement…"), icon="add", kind="primary")
        super().__init__(kit, tr("Achievements"), self.new)
        self._known: tuple[Definition, ...] = ()
        self.up = Button(kit, "", icon="up", name=tr("Move up (Alt+Up)"))
        self.down = Button(kit, "", icon="down", name=tr("Move down (Alt+Down)"))
        self.edit = Button(kit, tr("Change…"), icon="edit")
        self.switch = Button(kit, tr("Switch off"), icon="hide")
        self.give = Button(kit, tr("Apply to the past…"), icon="clock")
        self.delete = Button(kit, tr("Delete…"), icon="delete")
        self.definitions = ListCard(
            kit, tr("What can be earned"), RowList(kit, tr("Achievements"), most=9, movable=True),
            empty=tr("Achievements will stand here. Press New achievement to make the first one."),
            buttons=(self.up, self.down, self.edit, self.switch, self.give, self.delete),
        )  # fmt: skip
        self.recent = ListCard(
            kit, tr("Just unlocked"), RowList(kit, tr("Unlocks, newest first"), most=4),
            empty=tr("Unlocks will be listed here as viewers request songs, roll and take part."),
        )  # fmt: skip
        self.board = ListCard(
            kit, tr("Leaderboard"), RowList(kit, tr("Most achievements"), two_lines=False, most=5),
            empty=tr("The viewers with most achievements, once somebody has one."),
        )  # fmt: skip
        self.viewer = ViewerCardView(kit, self)
        left, right = pile(self.definitions, self.viewer), pile(self.recent, self.board)
        self.content.addWidget(Columns(left, right, threshold=TWO_COLUMNS, shares=(3, 2)))
        self.content.addStretch(1)
        self._connect()

    def render_snapshot(self, snapshot: AppSnapshot) -> None:
        self._known = snapshot.achievements
        self.definitions.show_rows([definition_row(each) for each in snapshot.achievements])
        self._show_buttons()

    def reload(self) -> None:
        actions = self.kit.app.actions.achievements
        self.read(lambda: actions.recent(limit=_RECENT), "recent unlocks", self._show_recent)
        self.read(lambda: actions.leaderboard(limit=_BOARD), "achievement leaderboard", self._show_board)

    def current(self) -> Definition | None:
        """The selected definition."""
        key = self.definitions.list.current_key()
        return next((each for each in self._known if each.id == key), None)

    def _connect(self) -> None:
        rows = self.definitions.list
        rows.chosen.connect(self._show_buttons)
        rows.opened.connect(self._edit)
        rows.delete_wanted.connect(self._ask_delete)
        rows.moved.connect(self._move)
        self.up.clicked.connect(lambda: rows.move_current(-1))
        self.down.clicked.connect(lambda: rows.move_current(1))
        rows.menu_of = self._menu
        self.new.clicked.connect(lambda: self._open(None))
        self.edit.clicked.connect(self._edit)
        self.switch.clicked.connect(self._toggle)
        self.give.clicked.connect(self._preview)
        self.delete.clicked.connect(self._ask_delete)

    def _menu(self, _key: str) -> list[MenuEntry]:
        rows = self.definitions.list
        return [
            MenuEntry(tr("Move up"), lambda: rows.move_current(-1), self.up.isEnabled()),
            MenuEntry(tr("Move down"), lambda: rows.move_current(1), self.down.isEnabled()),
            MenuEntry(self.edit.text(), self._edit),
            MenuEntry(self.switch.text(), self._toggle),
            MenuEntry(self.give.text(), self._preview),
            MenuEntry(self.delete.text(), self._ask_delete, self.delete.isEnabled()),
        ]

    def _show_buttons(self) -> None:
        definition = self.current()
        for button in (self.edit, self.switch, self.give):
            button.setEnabled(definition is not None)
        self.delete.setEnabled(definition is not None and not definition.builtin)
        self.up.setEnabled(definition is not None and definition != self._known[0])
        self.down.setEnabled(definition is not None and definition != self._known[-1])
        off = definition is not None and not definition.enabled
        self.switch.relabel(tr("Switch on") if off else tr("Switch off"), icon="show" if off else "hide")

    def _move(self, key: str, number: int) -> None:
        position = self.definitions.list.position_at(key, number)
        self.do(lambda: self.kit.app.actions.achievements.move(key, position), "move achievement")

    def _edit(self, _key: object = None) -> None:
        self._open(self.current())

    def _open(self, definition: Definition | None) -> None:
        form = DefinitionForm(self.kit, self, definition, taken=frozenset(each.id for each in self._known))
        form.saved.connect(lambda: self._save(form))
        form.open()

    def _save(self, form: DefinitionForm) -> None:
        wanted = form.definition()
        self.do_form(form, lambda: self.kit.app.actions.achievements.save(wanted), "save achievement")

    def _toggle(self) -> None:
        definition = self.current()
        if definition is not None:
            other = replace(definition, enabled=not definition.enabled)
            self.do(lambda: self.kit.app.actions.achievements.save(other), "switch achievement")

    def _preview(self) -> None:
        definition = self.current()
        if definition is not None:
            actions = self.kit.app.actions.achievements
            self.do(lambda: actions.preview(definition), "preview achievement", self._ask_apply)

    def _ask_apply(self, preview: RetroactivePreview) -> None:
        if not preview.total:
            self.say_info(preview_words(preview))
            return
        ask(
            self.kit,
            self,
            title=tr("Give {name} for the past?").format(name=isolated(preview.definition.name)),
            text=f"{preview_words(preview)} {tr('It is not told in chat, and cannot be taken back.')}",
            verb=tr("Give it to {viewers}").format(viewers=counted(preview.total, "viewer", "viewers")),
            on_yes=lambda: self._apply(preview.definition),
            danger=False,
        )

    def _apply(self, definition: Definition) -> None:
        actions = self.kit.app.actions.achievements
        self.do(lambda: actions.apply(definition.id), "apply achievement", self._applied)

    def _applied(self, count: int) -> None:
        self.say_info(tr("{viewers} unlocked it.").format(viewers=counted(count, "viewer", "viewers")))
        self.reload()

    def _ask_delete(self, _key: object = None) -> None:
        definition = self.current()
        if definition is None or definition.builtin:
            return
        ask(
            self.kit,
            self,
            title=tr("Delete {name}?").format(name=isolated(definition.name)),
            text=tr(
                "Nobody can earn it any more, and it goes from every viewer's card. Switching it off keeps it there."
            ),
            verb=tr("Delete"),
            on_yes=lambda: self.do(
                lambda: self.kit.app.actions.achievements.delete(definition.id), "delete achievement"
            ),
        )

    def _show_recent(self, unlocks: Sequence[Unlock]) -> None:
        now = self.kit.clock.now()
        self.recent.show_rows(
            [
                Row(
                    f"{each.viewer.user_id}:{each.definition.id}:{each.at.isoformat()}",
                    isolated(each.viewer.display_name),
                    each.definition.name,
                    state=times.ago(each.at, now),
                    right=announced(each.announcement),
                    lead=emoji(each.definition.icon),
                    icon="achievements",
                    tooltip=f"{each.viewer.display_name}\n{each.definition.name}\n{times.exact(each.at)}",
                )
                for each in unlocks
            ]
        )

    def _show_board(self, ranks: Sequence[AchievementRank]) -> None:
        self.board.show_rows(
            [
                Row(
                    each.viewer.user_id,
                    isolated(each.viewer.display_name),
                    right=number(each.unlocked),
                    lead=str(place),
                )
                for place, each in enumerate(ranks, start=1)
            ]
        )
