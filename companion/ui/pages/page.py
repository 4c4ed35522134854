"""What all pages share: they scroll when they must, and never grow longer lines than can be read."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from companion.application.snapshots import AppSnapshot
from companion.ui.kit import Kit
from companion.ui.theme import XL, L
from companion.ui.widgets.buttons import Button
from companion.ui.widgets.header import PageHeader
from companion.ui.widgets.row_list import RowList

WIDEST: Final = 1280
TWO_COLUMNS: Final = 820
_AROUND_A_LIST: Final = 240
"""The page's title, the list's own heading and two lines of buttons below it."""


class Page(QScrollArea):
    """A title, one main action, and content below. Sub-classes put widgets into `content`."""

    def __init__(self, kit: Kit, title: str, action: Button | None = None) -> None:
        super().__init__()
        self.kit = kit
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(title)
        holder = QWidget()
        holder.setProperty("role", "page")
        holder.setMaximumWidth(WIDEST)
        self.content = QVBoxLayout(holder)
        self.content.setContentsMargins(XL, L, XL, XL)
        self.content.setSpacing(L)
        self.content.addWidget(PageHeader(kit, title, action))
        self.setWidget(holder)

    def render_snapshot(self, snapshot: AppSnapshot) -> None:
        """Show the newest picture."""
        raise NotImplementedError

    def tick(self, snapshot: AppSnapshot) -> None:
        """A second has passed: bring relative times up to date."""

    def opened(self) -> None:
        """The person has come to this page."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for rows in self.findChildren(RowList):
            rows.fit_into(self.viewport().height() - _AROUND_A_LIST)
