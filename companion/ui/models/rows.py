"""Rows for lists: one line of words with an optional second one, a mark in front and a state behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QAbstractListModel, QMimeData, QModelIndex, QPersistentModelIndex, Qt, Signal

from companion.ui.text import tip
from companion.ui.tokens import Tone

Index = QModelIndex | QPersistentModelIndex
_MIME: Final = "application/x-companion-row"


@dataclass(frozen=True, slots=True)
class Row:
    """`key` names the thing. `lead` (a number, an emoji) or `icon` stands in front; `state` and `right` behind."""

    key: str
    title: str
    detail: str = ""
    state: str = ""
    right: str = ""
    tone: Tone = "ink-soft"
    lead: str = ""
    icon: str = ""
    tooltip: str = ""
    faded: bool = False
    movable: bool = False

    def spoken(self) -> str:
        """All words in reading order, for screen readers and for finding."""
        words = (self.lead, self.title, self.detail, self.state, self.right)
        return ", ".join(word for word in words if word)


class RowsModel(QAbstractListModel):
    """Holds rows; `moved` tells that the row `key` was dropped where the row with this number stands."""

    moved = Signal(str, int)

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[Row, ...] = ()

    def show_rows(self, rows: Sequence[Row]) -> bool:
        """Exchange the rows; True when it was more than words that changed."""
        new = tuple(rows)
        if new == self.rows:
            return False
        if [row.key for row in new] == [row.key for row in self.rows]:
            self.rows = new
            self.dataChanged.emit(self.index(0), self.index(len(new) - 1))
            return False
        self.beginResetModel()
        self.rows = new
        self.endResetModel()
        return True

    def number_of(self, key: str) -> int | None:
        """Where the row is, None when it is gone."""
        return next((number for number, row in enumerate(self.rows) if row.key == key), None)

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(row.tooltip or "\n".join(words for words in (row.title, row.detail) if words))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return row.spoken()
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        if index.isValid() and self.rows[index.row()].movable:
            flags |= Qt.ItemFlag.ItemIsDragEnabled
        return flags | Qt.ItemFlag.ItemIsDropEnabled if not index.isValid() else flags

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        data = QMimeData()
        if indexes:
            data.setData(_MIME, self.rows[indexes[0].row()].key.encode())
        return data

    def dropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index) -> bool:
        """Tells `moved` and changes nothing itself: the next picture brings the new order."""
        key = bytes(data.data(_MIME).data()).decode()
        number = self.number_of(key)
        if number is None:
            return False
        target = len(self.rows) if row < 0 else row
        self.moved.emit(key, target - 1 if target > number else target)
        return False
