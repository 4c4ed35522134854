"""One achievement in a form: texts, icon, what unlocks it, and who would have earned it already."""

from __future__ import annotations

import re
from typing import Final

from PySide6.QtWidgets import QWidget

from companion.application.messages import Message
from companion.kernel.result import Err, Result
from companion.ports.achievements import Definition, RetroactivePreview, Scope
from companion.ui.feature_words import TRIGGERS, code_points, emoji
from companion.ui.kit import Kit
from companion.ui.text import counted, isolated, number, tr
from companion.ui.widgets.buttons import Button
from companion.ui.widgets.form import Form, choice, figure, line, tick
from companion.ui.widgets.labels import Label

_NAMED: Final = 5
_LARGEST: Final = 1_000_000


def preview_words(preview: RetroactivePreview) -> str:
    """Who would unlock it, in a sentence."""
    if not preview.total:
        return tr("Nobody would unlock it by what happened so far.")
    names = ", ".join(isolated(viewer.display_name) for viewer in preview.viewers[:_NAMED])
    more = preview.total - min(len(preview.viewers), _NAMED)
    tail = tr(" and {count} more").format(count=number(more)) if more > 0 else ""
    who = counted(preview.total, "viewer", "viewers")
    return tr("{who} would unlock it by what happened so far: {names}{tail}.").format(who=who, names=names, tail=tail)


def fresh_id(name: str, taken: frozenset[str]) -> str:
    """An id that speaks of the name and is not taken."""
    stem = re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")[:40] or "achievement"
    number, found = 2, stem
    while found in taken:
        number, found = number + 1, f"{stem}_{number}"
    return found


class DefinitionForm(Form):
    """`definition` None: a new one."""

    def __init__(self, kit: Kit, parent: QWidget, definition: Definition | None, *, taken: frozenset[str]) -> None:
        title = tr("New achievement") if definition is None else tr("Change achievement")
        super().__init__(kit, parent, title=title, verb=tr("Save"))
        self._old = definition
        self._taken = taken
        start = definition or Definition("", "", "", "1f3b5", "song_request", 10, "cumulative")
        scopes: list[tuple[Scope, str]] = [
            ("cumulative", tr("Counts for ever")), ("session", tr("Each stream begins anew")),
        ]  # fmt: skip
        self.name = line(start.name, longest=60)
        self.text = line(start.description, longest=140)
        self.icon = line(emoji(start.icon), longest=12)
        self.trigger = choice([(trigger, tr(words)) for trigger, words in TRIGGERS.items()], start.trigger)
        self.threshold = figure(start.threshold or 0, 0, _LARGEST, none=tr("the first time"))
        self.scope = choice(scopes, start.scope)
        self.enabled = tick(tr("Can be earned"), on=start.enabled)
        self.preview = Button(kit, tr("Who would unlock it?"), icon="viewers")
        self.previewed = Label(kit, tone="ink-soft", wrap=True)
        self.previewed.hide()
        self._lay_out()
        self.preview.clicked.connect(self._preview)
        self.name.textChanged.connect(self._check)
        self._check()

    def definition(self) -> Definition:
        """What the fields say."""
        old, name = self._old, self.name.text().strip()
        return Definition(
            id=old.id if old is not None else fresh_id(name, self._taken),
            name=name,
            description=self.text.text().strip(),
            icon=code_points(self.icon.text()),
            trigger=self.trigger.currentData(),
            threshold=self.threshold.value() or None,
            scope=self.scope.currentData(),
            enabled=self.enabled.isChecked(),
            builtin=old.builtin if old is not None else False,
        )

    def _lay_out(self) -> None:
        self.add(tr("Name"), self.name)
        self.add(tr("What for"), self.text)
        self.add(tr("Emoji"), self.icon)
        self.add(tr("Unlocked by"), self.trigger)
        self.add(tr("How often"), self.threshold)
        self.add(tr("Counting"), self.scope)
        self.add(tr("Switched on"), self.enabled)
        self.add_wide(self.previewed)
        self.extra.addWidget(self.preview)

    def _check(self) -> None:
        self.save.setEnabled(bool(self.name.text().strip()))

    def _preview(self) -> None:
        wanted = self.definition()
        self.kit.bridge.run(lambda: self.kit.app.actions.achievements.preview(wanted), "preview", self._previewed)

    def _previewed(self, result: Result[RetroactivePreview, Message]) -> None:
        if isinstance(result, Err):
            self.show_problem(result.error)
            return
        self.show_problem(None)
        self.previewed.say(preview_words(result.value))
        self.fit()
