"""Buttons: verbs with an icon, page buttons with a badge, and copying with its confirmation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, TypeAlias

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QHideEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy

from companion.ui.kit import Kit
from companion.ui.text import tip, tr
from companion.ui.theme import BODY, SMALL
from companion.ui.tokens import Tone

Kind: TypeAlias = Literal["plain", "primary", "danger", "quiet", "nav", "tab"]

ENTER_KEYS: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
"""Press the button that has the keyboard, as the space bar does, in dialogs and out of them."""

_TONES: Final[dict[Kind, Tone]] = {
    "plain": "ink",
    "primary": "on-accent",
    "danger": "bad",
    "quiet": "accent",
    "nav": "ink-soft",
    "tab": "ink-soft",
}
_ICON: Final = 18
_GAP: Final[dict[Kind, int]] = {"nav": 8}
_CONFIRMED_MS: Final = 1600
_MOST_COUNTED: Final = 9


class Button(QPushButton):
    """A button whose icon follows the colour scheme. `name` is what a screen reader says (default: the text)."""

    def __init__(self, kit: Kit, text: str, *, icon: str | None = None, kind: Kind = "plain", name: str = "") -> None:
        super().__init__(text)
        self._kit = kit
        self._icon_name = icon
        self._kind: Kind = kind
        self.setProperty("kind", kind)
        self.setAutoDefault(False)
        self.setFont(kit.theme.font(BODY))
        self._gap = _GAP.get(kind, 4) if text else 0
        self.setIconSize(QSize(_ICON + self._gap, _ICON))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        if not text:
            self.setToolTip(tip(name))
        self.setAccessibleName(name or text)
        self._tint()
        kit.theme.changed.connect(self._tint)

    def relabel(self, text: str, *, icon: str | None = None, name: str = "") -> None:
        """Another verb (and icon)."""
        self.setText(text)
        self.setAccessibleName(name or text)
        if icon is not None and icon != self._icon_name:
            self._icon_name = icon
            self._tint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in ENTER_KEYS:
            self.click()
        else:
            super().keyPressEvent(event)

    def set_kind(self, kind: Kind) -> None:
        """Another dress, e.g. from plain to primary."""
        if kind != self._kind:
            self._kind = kind
            self.setProperty("kind", kind)
            self.style().unpolish(self)
            self.style().polish(self)
            self._tint()

    def _tone(self) -> Tone:
        return _TONES[self._kind]

    def _tint(self) -> None:
        if self._icon_name is None:
            return
        theme = self._kit.theme
        colours = theme.color(self._tone()), theme.color("disabled")
        self.setIcon(self._kit.icons.icon(self._icon_name, *colours, size=_ICON, gap=self._gap))


class NavButton(Button):
    """A page of the sidebar: icon, word, and a badge for what needs the person."""

    def __init__(self, kit: Kit, text: str, *, icon: str) -> None:
        super().__init__(kit, text, icon=icon, kind="nav")
        self._badge = 0
        self._label = text
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.toggled.connect(self._tint)

    def set_badge(self, count: int) -> None:
        """How many things here need the person; 0 shows nothing."""
        if count != self._badge:
            self._badge = count
            waiting = tr("{page}, {count} need you").format(page=self._label, count=count)
            self.setAccessibleName(waiting if count else self._label)
            self.update()

    def badge(self) -> int:
        """The number on the badge."""
        return self._badge

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(max(hint.width() + 40, 152), max(hint.height(), 40))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._badge:
            return
        theme = self._kit.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        text = str(self._badge) if self._badge <= _MOST_COUNTED else f"{_MOST_COUNTED}+"
        width = 18 if self._badge <= _MOST_COUNTED else 26
        area = QRectF(self.width() - 14 - width, self.height() / 2 - 9, width, 18)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("warn"))
        painter.drawRoundedRect(area, 9, 9)
        painter.setFont(theme.font(SMALL, strong=True, tabular=True))
        painter.setPen(theme.color("raised"))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)
        painter.end()

    def _tone(self) -> Tone:
        return "accent" if self.isChecked() else "ink-soft"


class CopyButton(Button):
    """Copies what `source` gives and says so for a moment."""

    def __init__(self, kit: Kit, source: Callable[[], str], *, text: str, name: str, kind: Kind = "plain") -> None:
        super().__init__(kit, text, icon="copy", kind=kind, name=name)
        self._source = source
        self._texts = (text, name)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_CONFIRMED_MS)
        self._timer.timeout.connect(self._restore)
        self.clicked.connect(self._copy)

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        if not self._texts[0]:
            return hint
        metrics = self.fontMetrics()
        spare = metrics.horizontalAdvance(tr("Copied")) - metrics.horizontalAdvance(self.text())
        return QSize(hint.width() + max(0, spare), hint.height())

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()
        self._restore()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._source())
        self.relabel(tr("Copied") if self._texts[0] else "", icon="check", name=tr("Copied"))
        self._timer.start()

    def _restore(self) -> None:
        self.relabel(self._texts[0], icon="copy", name=self._texts[1])
