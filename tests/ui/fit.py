"""Finds text that is cut off, and stretches every text as a longer language would."""

from __future__ import annotations

from PySide6.QtCore import QTranslator
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from companion.ui.widgets.labels import ShortLabel

SLACK = 1


def cut_texts(root: QWidget) -> list[str]:
    """One line for each visible label or button below `root` that has less room than its text needs."""
    widgets: list[QLabel | QPushButton] = [*root.findChildren(QLabel), *root.findChildren(QPushButton)]
    return [
        f"{type(widget).__name__} {widget.text()!r}: has {widget.width()}x{widget.height()}, needs {need}"
        for widget in widgets
        if widget.isVisible() and widget.text() and (need := _lacks(widget)) is not None
    ]


def _lacks(widget: QLabel | QPushButton) -> str | None:
    """What the widget needs, if it has less; labels that shorten themselves show the rest in their tooltip."""
    if isinstance(widget, ShortLabel):
        return None
    if isinstance(widget, QLabel) and widget.wordWrap():
        height = widget.heightForWidth(widget.width())
        return f"{height} high" if height > widget.height() + SLACK else None
    need = widget.sizeHint()
    narrow = need.width() > widget.width() + SLACK
    low = need.height() > widget.height() + SLACK
    return f"{need.width()}x{need.height()}" if narrow or low else None


def beyond_edges(root: QWidget) -> list[str]:
    """One line for each visible button that reaches beyond the left or right edge of its window."""
    found = []
    for button in root.findChildren(QPushButton):
        left = button.mapTo(root, button.rect().topLeft()).x()
        if button.isVisible() and (left < 0 or left + button.width() > root.width()):
            found.append(f"{button.text()!r} ends at {left + button.width()} of {root.width()}")
    return found


class Stretcher(QTranslator):
    """A language that says everything with three tenths more letters."""

    def isEmpty(self) -> bool:
        return False

    def translate(self, context: str, source: str, disambiguation: str | None = None, n: int = -1) -> str:
        plain = source.split("{", maxsplit=1)[0] if "{" in source else source
        extra = max(1, round(len(source) * 0.3))
        return f"{source} {'wem '[: max(1, extra % 4)]}{'wemi ' * (extra // 5)}".rstrip() if plain or source else source
