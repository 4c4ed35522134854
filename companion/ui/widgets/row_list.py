"""A list of rows: arrow keys move, Enter opens, Delete removes, letters find, Alt with an arrow moves the row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QFont, QKeyEvent, QPainter
from PySide6.QtWidgets import QListView, QMenu, QSizePolicy, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from companion.ui.kit import Kit
from companion.ui.models.rows import Index, Row, RowsModel
from companion.ui.theme import BODY, LEAD, SMALL, M, S
from companion.ui.widgets.buttons import ENTER_KEYS

_MARK: Final = 26
_LEFT: Final = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
_RIGHT: Final = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
_CENTRE: Final = int(Qt.AlignmentFlag.AlignCenter)
_TYPING_REST: Final = 1.0
_FEWEST: Final = 3


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One entry of a row's menu."""

    label: str
    action: Callable[[], None]
    enabled: bool = True


class RowPainter(QStyledItemDelegate):
    """Draws one row; whatever has no room ends in an ellipsis."""

    def __init__(self, kit: Kit, model: RowsModel, parent: QWidget, *, two_lines: bool) -> None:
        super().__init__(parent)
        self._kit = kit
        self._model = model
        self._lines = (BODY, SMALL) if two_lines else (BODY,)

    def height(self) -> int:
        """Of every row, in pixels."""
        return sum(round(self._kit.theme.pixels(size) * 1.4) for size in self._lines) + 2 * S

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(120, self.height())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row, theme = self._model.rows[index.row()], self._kit.theme
        area = QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            focused = option.state & QStyle.StateFlag.State_HasFocus
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("accent-tint" if focused else "press"))
            painter.drawRoundedRect(area.adjusted(0, 1, 0, -1), 6, 6)
        left = self._paint_mark(painter, row, area)
        room = area.adjusted(left, S - 1, -S, 1 - S)
        upper, lower = room, QRectF()
        if len(self._lines) == 2:
            share = room.height() * BODY / (BODY + SMALL)
            upper, lower = room.adjusted(0, 0, 0, share - room.height()), room.adjusted(0, share, 0, 0)
        soft = theme.color("ink-soft")
        used = self._words(painter, row.state, upper, theme.font(SMALL, strong=True), theme.color(row.tone))
        ink = soft if row.faded else theme.color("ink")
        beside = upper.adjusted(0, 0, -used, 0)
        two = len(self._lines) == 2
        used = self._words(painter, row.right, lower if two else beside, theme.font(SMALL, tabular=True), soft)
        if two:
            self._text(painter, row.detail, lower.adjusted(0, 0, -used, 0), theme.font(SMALL), soft)
        else:
            beside = beside.adjusted(0, 0, -used, 0)
        self._text(painter, row.title, beside, theme.font(BODY), ink)
        painter.restore()

    def _paint_mark(self, painter: QPainter, row: Row, area: QRectF) -> float:
        """The mark in front; where the words begin."""
        theme = self._kit.theme
        box = QRectF(area.left() + S - 2, area.center().y() - _MARK / 2, _MARK, _MARK)
        if row.lead:
            painter.setFont(theme.font(LEAD if len(row.lead) < 3 else SMALL, tabular=True))
            painter.setPen(theme.color("ink-soft"))
            painter.drawText(box, _CENTRE, row.lead)
        elif row.icon:
            self._kit.icons.paint(painter, row.icon, theme.color(row.tone), box.adjusted(4, 4, -4, -4))
        else:
            return S
        return S + _MARK + S

    def _words(self, painter: QPainter, words: str, area: QRectF, font: QFont, colour: object) -> float:
        """Words at the right end; how much room they took."""
        if not words:
            return 0
        painter.setFont(font)
        painter.setPen(colour)
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, int(area.width() * 0.6))
        painter.drawText(area, _RIGHT, shown)
        return painter.fontMetrics().horizontalAdvance(shown) + M

    def _text(self, painter: QPainter, words: str, area: QRectF, font: QFont, colour: object) -> None:
        painter.setFont(font)
        painter.setPen(colour)
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, max(0, int(area.width())))
        painter.drawText(area, _LEFT, shown)


class RowList(QListView):
    """As high as its rows, up to `most` of them. Signals carry the key of the row they are about."""

    opened = Signal(str)
    delete_wanted = Signal(str)
    chosen = Signal(str)
    moved = Signal(str, int)

    def __init__(self, kit: Kit, name: str, *, most: int = 8, two_lines: bool = True, movable: bool = False) -> None:
        super().__init__()
        self.rows = RowsModel()
        self.menu_of: Callable[[str], Sequence[MenuEntry]] | None = None
        self._clock = kit.clock
        self._most = most
        self._room: int | None = None
        self._sought = ""
        self._sought_at = 0.0
        self._painter = RowPainter(kit, self.rows, self, two_lines=two_lines)
        self.setModel(self.rows)
        self.setItemDelegate(self._painter)
        self.setUniformItemSizes(True)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setTabKeyNavigation(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)
        if movable:
            self.setDragDropMode(QListView.DragDropMode.InternalMove)
            self.setDefaultDropAction(Qt.DropAction.MoveAction)
            self.setDropIndicatorShown(True)
        self.rows.moved.connect(self.moved)
        self.doubleClicked.connect(lambda index: self.opened.emit(self.rows.rows[index.row()].key))
        self.selectionModel().currentChanged.connect(lambda *_: self.chosen.emit(self.current_key() or ""))

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Exchange the rows; the selection stays on its row, or where it was when that is gone."""
        key, number = self.current_key(), self.currentIndex().row()
        if not self.rows.show_rows(rows):
            return
        self.updateGeometry()
        kept = self.rows.number_of(key) if key is not None else None
        if kept is None and number >= 0 and self.rows.rows:
            kept = min(number, len(self.rows.rows) - 1)
        if kept is not None:
            self.setCurrentIndex(self.rows.index(kept))
        self.chosen.emit(self.current_key() or "")

    def current_key(self) -> str | None:
        """The key of the selected row."""
        number = self.currentIndex().row()
        return self.rows.rows[number].key if 0 <= number < len(self.rows.rows) else None

    def choose(self, key: str) -> None:
        """Select this row."""
        number = self.rows.number_of(key)
        if number is not None:
            self.setCurrentIndex(self.rows.index(number))

    def fit_into(self, height: int) -> None:
        """Show no more rows at once than this height holds, so that what stands below the list can be seen with it."""
        if height != self._room:
            self._room = height
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        most = self._most
        if self._room is not None:
            most = min(most, max(_FEWEST, (self._room - S) // self._painter.height()))
        shown = min(max(len(self.rows.rows), 1), most)
        return QSize(240, shown * self._painter.height() + S)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, self.sizeHint().height())

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Whoever comes by keyboard stands on a row at once."""
        super().focusInEvent(event)
        by_keyboard = event.reason() in {Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason}
        if by_keyboard and self.current_key() is None and self.rows.rows:
            self.setCurrentIndex(self.rows.index(0))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = self.current_key()
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if key is None:
            super().keyPressEvent(event)
        elif step is not None and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.move_current(step)
        elif event.key() in ENTER_KEYS:
            self.opened.emit(key)
        elif event.key() == Qt.Key.Key_Delete:
            self.delete_wanted.emit(key)
        else:
            super().keyPressEvent(event)

    def move_current(self, step: int) -> None:
        """Ask for the selected row to stand one higher (-1) or lower (1), where it may."""
        number = self.currentIndex().row()
        target = number + step
        if 0 <= target < len(self.rows.rows) and self.rows.rows[number].movable and self.rows.rows[target].movable:
            self.moved.emit(self.rows.rows[number].key, target)

    def position_at(self, key: str, number: int) -> int:
        """Where `key` stands among the movable rows, from 1, once it takes the place of row `number` (see `moved`)."""
        own = self.rows.number_of(key)
        below = own is not None and number > own
        return 1 + sum(row.movable and row.key != key for row in self.rows.rows[: number + below])

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        key = self.current_key()
        entries = self.menu_of(key) if self.menu_of is not None and key is not None else ()
        if entries:
            self._menu(entries).popup(self._menu_place(event))

    def show_menu(self, entries: Sequence[MenuEntry], under: QWidget) -> None:
        """Open a menu below a button."""
        self._menu(entries).popup(under.mapToGlobal(under.rect().bottomLeft()))

    def _menu_place(self, event: QContextMenuEvent) -> QPoint:
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            return self.viewport().mapToGlobal(self.visualRect(self.currentIndex()).center())
        return event.globalPos()

    def _menu(self, entries: Sequence[MenuEntry]) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for entry in entries:
            action = menu.addAction(entry.label)
            action.setEnabled(entry.enabled)
            action.triggered.connect(entry.action)
        return menu

    def keyboardSearch(self, search: str) -> None:
        """Go to the next row that contains what was typed within the last second."""
        now = self._clock.monotonic()
        going_on = now - self._sought_at < _TYPING_REST
        self._sought = self._sought + search if going_on else search
        self._sought_at = now
        rows = self.rows.rows
        start = max(self.currentIndex().row() + (0 if going_on else 1), 0)
        for step in range(len(rows)):
            number = (start + step) % len(rows)
            if self._sought.casefold() in rows[number].spoken().casefold():
                self.setCurrentIndex(self.rows.index(number))
                return
