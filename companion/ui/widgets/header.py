"""The head of a page: its title and its one main action."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from companion.ui.kit import Kit
from companion.ui.theme import LARGE
from companion.ui.widgets.buttons import Button
from companion.ui.widgets.labels import Label
from companion.ui.widgets.layout import fill


class PageHeader(QWidget):
    """Title on the left, main action on the right."""

    def __init__(self, kit: Kit, title: str, action: Button | None = None) -> None:
        super().__init__()
        self.title = Label(kit, title, size=LARGE, strong=True)
        fill(QHBoxLayout(self), [self.title, None, action] if action is not None else [self.title, None])
        self.setMinimumHeight(40)
