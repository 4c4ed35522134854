"""Cards, rows, and columns that stand side by side only where there is room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from companion.ui.kit import Kit
from companion.ui.theme import LEAD, XL, L, S
from companion.ui.widgets.labels import Label

Item: TypeAlias = QWidget | QLayout | int | None


def fill(layout: QBoxLayout, items: Sequence[Item], *, margins: int = 0, spacing: int = S) -> None:
    """Put `items` in: widgets, layouts, gaps in pixels, and `None` for whatever room is left."""
    layout.setContentsMargins(margins, margins, margins, margins)
    layout.setSpacing(spacing)
    for item in items:
        if item is None:
            layout.addStretch(1)
        elif isinstance(item, int):
            layout.addSpacing(item)
        elif isinstance(item, QLayout):
            layout.addLayout(item)
        else:
            layout.addWidget(item)


def row(*items: Item, spacing: int = S) -> QHBoxLayout:
    """Side by side."""
    layout = QHBoxLayout()
    fill(layout, items, spacing=spacing)
    return layout


def column(*items: Item, spacing: int = S) -> QVBoxLayout:
    """One below the other."""
    layout = QVBoxLayout()
    fill(layout, items, spacing=spacing)
    return layout


class Card(QFrame):
    """A raised surface with an optional heading."""

    def __init__(self, kit: Kit, title: str = "") -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(XL - 4, L, XL - 4, L)
        self.body.setSpacing(S)
        if title:
            self.body.addWidget(Label(kit, title, size=LEAD, strong=True))


class Columns(QWidget):
    """Two columns where the room is at least `threshold` pixels wide, one otherwise."""

    def __init__(self, first: QWidget, second: QWidget, *, threshold: int, shares: tuple[int, int] = (1, 1)) -> None:
        super().__init__()
        self._threshold = threshold
        self._sides = (first, second)
        self._shares = shares
        self._box = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(L)
        for side in (first, second):
            side.setSizePolicy(QSizePolicy.Policy.Ignored, side.sizePolicy().verticalPolicy())
            self._box.addWidget(side)
        self.wide = False

    def _least(self) -> int:
        """What both columns need at least, side by side and in their shares."""
        needs = (side.minimumSizeHint().width() / share for side, share in zip(self._sides, self._shares, strict=True))
        return round(max(needs) * sum(self._shares)) + self._box.spacing()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._choose()

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._choose()
        return handled

    def _choose(self) -> None:
        wide = self.width() >= max(self._threshold, self._least())
        if wide == self.wide:
            return
        self.wide = wide
        self._box.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)
        for index, share in enumerate(self._shares):
            self._box.setStretch(index, share if wide else 0)


class Switch(QWidget):
    """One of several views, as large as the present one wants to be and not as the largest."""

    def __init__(self, *views: QWidget) -> None:
        super().__init__()
        self._views = views
        fill(QVBoxLayout(self), views)
        self.show_view(0)

    def show_view(self, number: int) -> None:
        """Show the view with this number."""
        for index, view in enumerate(self._views):
            view.setVisible(index == number)


def stack(growing: QWidget, *others: QWidget) -> QWidget:
    """One below the other; the first one grows as far as it may, the room left over is at the end."""
    holder = QWidget()
    box = QVBoxLayout(holder)
    fill(box, [growing, *others], spacing=L)
    box.setStretchFactor(growing, 1)
    box.addStretch(0)
    return holder


def pile(*widgets: QWidget) -> QWidget:
    """One below the other, none higher than it wants to be; the room left over is at the end."""
    holder = QWidget()
    fill(QVBoxLayout(holder), [*widgets, None], spacing=L)
    return holder


def clear(layout: QLayout) -> None:
    """Take every widget out of `layout`, for good."""
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()


def rule() -> QFrame:
    """A hairline."""
    line = QFrame()
    line.setProperty("role", "rule")
    line.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    line.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return line
