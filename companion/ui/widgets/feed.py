"""The event feed: a list with the newest first, for arrow keys and type-to-find."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QTextLayout, QTextOption
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from companion.application.snapshots import FeedEntry
from companion.ui import times
from companion.ui.kit import Kit
from companion.ui.text import sentence, tip, tr
from companion.ui.theme import BODY, SMALL, S
from companion.ui.tokens import Tone

_Index = QModelIndex | QPersistentModelIndex
_ROW: Final = 34
_USUAL_TIME: Final = "59 min ago"
_ANYWHERE: Final = QTextOption()
_ANYWHERE.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
_KINDS: Final[dict[str, tuple[str, Tone]]] = {
    "stream_online": ("live", "live"),
    "stream_offline": ("off", "ink-soft"),
    "stream_session_ended": ("off", "ink-soft"),
    "now_playing_changed": ("spotify", "accent"),
    "gap": ("eventsub", "warn"),
    "settled_at_twitch": ("twitch", "ink-soft"),
    "song_request_success": ("requests", "good"),
    "song_request_refused": ("requests", "ink-soft"),
    "raffle_roll": ("raffle", "accent"),
    "raffle_epoch": ("raffle", "ink-soft"),
    "achievement_unlocked": ("achievements", "accent"),
    "follow": ("viewers", "accent"),
    "subscription": ("viewers", "accent"),
    "gift": ("viewers", "accent"),
    "cheer": ("twitch", "accent"),
    "raid": ("viewers", "accent"),
}


class FeedModel(QAbstractListModel):
    """The entries of the newest snapshot."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        self.entries: tuple[FeedEntry, ...] = ()

    def show_entries(self, entries: tuple[FeedEntry, ...]) -> None:
        """Exchange the entries; new ones on top are inserted, so that the selection stays where it was."""
        if entries == self.entries:
            return
        new = len(entries) - len(self.entries)
        if new > 0 and entries[new:] == self.entries:
            self.beginInsertRows(QModelIndex(), 0, new - 1)
            self.entries = entries
            self.endInsertRows()
        else:
            self.beginResetModel()
            self.entries = entries
            self.endResetModel()

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.entries)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        if not index.isValid():
            return None
        entry = self.entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.text
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(f"{times.exact(entry.at)}\n{entry.text}")
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{times.ago(entry.at, self._kit.clock.now())}: {entry.text}"
        return None


class FeedRow(QStyledItemDelegate):
    """Draws one entry: icon, text in one line or two, time."""

    def __init__(self, kit: Kit, model: FeedModel, view: QListView) -> None:
        super().__init__(view)
        self._kit = kit
        self._model = model
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        text = sentence(self._model.entries[index.row()].text)
        font = self._kit.theme.font(BODY)
        when = times.ago(self._model.entries[index.row()].at, self._kit.clock.now())
        lines = two_lines(text, font, self._room(QRectF(self._view.viewport().rect()), when).width())
        spare = self._kit.theme.pixels(BODY) * 2 + S - round(QFontMetricsF(font).height())
        return QSize(120, max(_ROW, spare + round(QFontMetricsF(font).lineSpacing() * len(lines))))

    def _room(self, area: QRectF, when: str) -> QRectF:
        """Where the text stands: between the icon and the time, which does not push it about while it grows."""
        metrics = QFontMetricsF(self._kit.theme.font(SMALL, tabular=True))
        taken = max(metrics.horizontalAdvance(words) for words in (when, _USUAL_TIME))
        return area.adjusted(S + 16 + S, 0, -(taken + 3 * S), 0)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        entry = self._model.entries[index.row()]
        theme = self._kit.theme
        area = QRectF(option.rect)
        state = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_Selected and state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("accent-tint"))
            painter.drawRoundedRect(area.adjusted(0, 1, 0, -1), 6, 6)
        icon, tone = _KINDS.get(entry.kind, ("info", "ink-soft"))
        box = QRectF(area.left() + S, area.center().y() - 8, 16, 16)
        self._kit.icons.paint(painter, icon, theme.color(tone), box)
        painter.setFont(theme.font(SMALL, tabular=True))
        when = times.ago(entry.at, self._kit.clock.now())
        painter.setPen(theme.color("ink-soft"))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(area.adjusted(0, 0, -S, 0), int(middle | Qt.AlignmentFlag.AlignRight), when)
        painter.setFont(theme.font(BODY))
        painter.setPen(theme.color("ink"))
        room = self._room(area, when)
        text = "\n".join(two_lines(sentence(entry.text), painter.font(), room.width()))
        painter.drawText(room, int(middle | Qt.AlignmentFlag.AlignLeft), text)
        painter.restore()


def two_lines(text: str, font: QFont, width: float) -> list[str]:
    """The text as it stands in this width: one line, or two of which the second ends in an ellipsis where it must."""
    layout = QTextLayout(text, font)
    layout.setTextOption(_ANYWHERE)
    layout.beginLayout()
    line = layout.createLine()
    line.setLineWidth(max(width, 1))
    layout.endLayout()
    units, end = text.encode("utf-16-le"), 2 * line.textLength()  # Qt counts an emoji twice
    first, rest = units[:end].decode("utf-16-le").rstrip(), units[end:].decode("utf-16-le").strip()
    if not rest:
        return [first]
    return [first, QFontMetricsF(font).elidedText(rest, Qt.TextElideMode.ElideRight, max(width, 1))]


class FeedList(QListView):
    """Arrow keys move, letters find (anywhere in the text), Ctrl+C copies the line."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self.entries = FeedModel(kit)
        self._sought = ""
        self._sought_at = 0.0
        self._clock = kit.clock
        self.setModel(self.entries)
        self.setItemDelegate(FeedRow(kit, self.entries, self))
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setTabKeyNavigation(False)
        self.setAccessibleName(tr("Events, newest first"))

    def keyboardSearch(self, search: str) -> None:
        """Go to the next entry that contains what was typed within the last second."""
        now = self._clock.monotonic()
        self._sought = self._sought + search if now - self._sought_at < 1.0 else search
        self._sought_at = now
        start = max(self.currentIndex().row(), 0)
        rows = self.entries.entries
        for step in range(len(rows)):
            number = (start + step) % len(rows)
            if self._sought.casefold() in rows[number].text.casefold():
                self.setCurrentIndex(self.entries.index(number))
                return
