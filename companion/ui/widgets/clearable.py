"""A field for one line with a button that empties it."""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLineEdit, QToolButton

from companion.ui.kit import Kit
from companion.ui.text import tr

_ICON: Final = 16


class ClearableField(QLineEdit):
    """The button wears our own icon: Qt's is the same in light and dark, and on a dark ground nobody sees it."""

    def __init__(self, kit: Kit, *, placeholder: str, name: str) -> None:
        super().__init__()
        self._kit = kit
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(name)
        self.setClearButtonEnabled(True)
        (self.clear_action,) = self.findChildren(QAction)
        (self._button,) = self.findChildren(QToolButton)
        self._button.setAccessibleName(tr("Empty the field"))
        self._tint()
        kit.theme.changed.connect(self._tint)

    def _tint(self) -> None:
        theme = self._kit.theme
        colours = theme.color("ink-soft"), theme.color("disabled")
        self.clear_action.setIcon(self._kit.icons.icon("close", *colours, size=_ICON))
        self._button.setVisible(bool(self.text()))  # an icon that changes brings the button out
