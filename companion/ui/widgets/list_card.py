"""A card around a list: heading, the list or what will be here one day, and buttons below."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from companion.ui.kit import Kit
from companion.ui.models.rows import Row
from companion.ui.widgets.labels import Label
from companion.ui.widgets.layout import Card, Switch
from companion.ui.widgets.row_list import RowList
from companion.ui.widgets.wrap import Wrap


class ListCard(Card):
    """`empty` says what will be listed and how to make it happen; `buttons` stand below and wrap."""

    def __init__(
        self, kit: Kit, title: str, rows: RowList, *, empty: str, buttons: Sequence[QWidget] = (),
        head: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(kit, title)
        self.list = rows
        self._has_buttons = bool(buttons)
        self.empty = Label(kit, empty, tone="ink-soft", wrap=True)
        self._views = Switch(rows, self.empty)
        if head is not None:
            self.body.addWidget(head)
        self.body.addWidget(self._views)
        self._buttons = Wrap(*buttons)
        self.body.addWidget(self._buttons)
        self.show_rows(())

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Exchange the rows."""
        self.list.show_rows(rows)
        self._views.show_view(0 if rows else 1)
        self._buttons.setVisible(bool(rows) and self._has_buttons)
