"""Text: plain labels, one-line labels that shorten themselves, and icons as labels."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from companion.ui.kit import Kit
from companion.ui.text import tip
from companion.ui.theme import BODY
from companion.ui.tokens import Tone


def set_dress(widget: QWidget, name: str, value: str) -> None:
    """Set a property that the style sheet asks for, and dress the widget anew when it differs."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
        widget.update()


class Label(QLabel):
    """Plain text in one of our sizes and colours; markup in it is shown, not obeyed."""

    def __init__(
        self, kit: Kit, text: str = "", *, size: int = BODY, tone: Tone = "ink", strong: bool = False,
        wrap: bool = False, tabular: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(kit.theme.font(size, strong=strong, tabular=tabular))
        self.setWordWrap(wrap)
        if wrap:
            policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
            policy.setHeightForWidth(True)
            self.setSizePolicy(policy)
        self.set_tone(tone)
        self.setText(text)

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        if not self.wordWrap():
            return hint
        # The height for a width is asked for separately; the hint's own would be that of the narrowest label.
        return QSize(min(hint.width(), 160), self.fontMetrics().height())

    def set_tone(self, tone: Tone) -> None:
        """Another colour."""
        set_dress(self, "tone", tone)

    def say(self, text: str) -> None:
        """Show `text`, and nothing at all when it is empty."""
        self.setText(text)
        self.setVisible(bool(text))


class ShortLabel(Label):
    """One line that ends in an ellipsis when room is short; the whole text is then in the tooltip."""

    def __init__(self, kit: Kit, text: str = "", *, size: int = BODY, tone: Tone = "ink", strong: bool = False) -> None:
        self._whole = ""
        super().__init__(kit, size=size, tone=tone, strong=strong)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setText(text)

    def setText(self, text: str) -> None:
        """Remember the whole text and show what fits."""
        self._whole = " ".join(text.split())
        self.setAccessibleName(self._whole)
        self._fit()
        self.updateGeometry()

    def whole(self) -> str:
        """The text before shortening."""
        return self._whole

    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * 6, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self._whole) + 2, super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        shown = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, max(self.width(), 1))
        super().setText(shown)
        self.setToolTip(tip(self._whole) if shown != self._whole else "")


class IconLabel(QWidget):
    """An icon that follows the colours of the present scheme. Decoration: a word stands beside it."""

    def __init__(self, kit: Kit, name: str, *, tone: Tone = "ink-soft", size: int = 20) -> None:
        super().__init__()
        self._kit = kit
        self._name = name
        self._tone: Tone = tone
        self._size = size
        self.setFixedSize(size, size)

    def show_icon(self, name: str, tone: Tone) -> None:
        """Another icon, another colour."""
        if (name, tone) != (self._name, self._tone):
            self._name, self._tone = name, tone
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        area = QRectF(0, 0, self._size, self._size)
        self._kit.icons.paint(painter, self._name, self._kit.theme.color(self._tone), area)
        painter.end()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()
