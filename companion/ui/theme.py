"""Light and dark: the palette, the style sheet and the fonts, following the system while it runs."""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontInfo, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from companion.ui.tokens import Scheme, load_tokens

SMALL: Final = 12
BODY: Final = 13
LEAD: Final = 15
TITLE: Final = 20
LARGE: Final = 28
HUGE: Final = 44

XS: Final = 4
S: Final = 8
M: Final = 12
L: Final = 16
XL: Final = 24
XXL: Final = 32
RADIUS: Final = 8


class Theme(QObject):
    """The present look. `changed` is emitted after palette and style sheet have been exchanged."""

    changed = Signal()

    def __init__(self, *, app: QApplication, resources: Path) -> None:
        super().__init__()
        self._app = app
        self._schemes = load_tokens(resources / "qss" / "tokens.json")
        self._sheet = Template((resources / "qss" / "companion.qss").read_text(encoding="utf-8"))
        self._base_font = QFont(app.font())
        self._scale = max(1.0, QFontInfo(self._base_font).pixelSize() / BODY)
        self._started_dark = app.palette().color(QPalette.ColorRole.Window).lightness() < 128
        self._forced: Scheme | None = None
        self.scheme: Scheme = "light"

    def start(self) -> None:
        """Dress the application and follow the system from now on."""
        self._app.setStyle(QStyleFactory.create("Fusion"))
        self._app.styleHints().colorSchemeChanged.connect(self.refresh)
        self.refresh()

    def stop(self) -> None:
        """Follow the system no longer."""
        self._app.styleHints().colorSchemeChanged.disconnect(self.refresh)

    def force(self, scheme: Scheme | None) -> None:
        """Keep one scheme whatever the system says; `None` follows it again."""
        self._forced = scheme
        self.refresh()

    def refresh(self) -> None:
        """Take the scheme that holds now and dress the application in it."""
        self.scheme = self._forced or self._system_scheme()
        self._app.setPalette(self._palette())
        self._app.setFont(self.font(BODY))
        names = {name.replace("-", "_"): value for name, value in self._schemes[self.scheme].colours.items()}
        sizes = {f"px_{size}": f"{self.pixels(size)}px" for size in (SMALL, BODY, LEAD)}
        self._app.setStyleSheet(self._sheet.substitute(names | sizes))
        self.changed.emit()

    def color(self, name: str) -> QColor:
        """A token of the present scheme."""
        return QColor(self._schemes[self.scheme][name])

    def pixels(self, size: int) -> int:
        """A type size in pixels, larger where the system's own font is larger than ours."""
        return round(size * self._scale)

    def font(self, size: int, *, strong: bool = False, tabular: bool = False) -> QFont:
        """The system's font in one of our sizes; `tabular` gives all figures one width."""
        font = QFont(self._base_font)
        font.setPixelSize(self.pixels(size))
        if strong:
            font.setWeight(QFont.Weight.DemiBold)
        if tabular:
            font.setFeature(QFont.Tag("tnum"), 1)
        return font

    def _system_scheme(self) -> Scheme:
        match self._app.styleHints().colorScheme():
            case Qt.ColorScheme.Dark:
                return "dark"
            case Qt.ColorScheme.Light:
                return "light"
            case _:
                return "dark" if self._started_dark else "light"

    def _palette(self) -> QPalette:
        roles = {
            QPalette.ColorRole.Window: "surface",
            QPalette.ColorRole.Base: "raised",
            QPalette.ColorRole.AlternateBase: "surface",
            QPalette.ColorRole.Button: "raised",
            QPalette.ColorRole.ToolTipBase: "raised",
            QPalette.ColorRole.WindowText: "ink",
            QPalette.ColorRole.Text: "ink",
            QPalette.ColorRole.ButtonText: "ink",
            QPalette.ColorRole.ToolTipText: "ink",
            QPalette.ColorRole.BrightText: "on-accent",
            QPalette.ColorRole.PlaceholderText: "ink-soft",
            QPalette.ColorRole.Highlight: "accent",
            QPalette.ColorRole.HighlightedText: "on-accent",
            QPalette.ColorRole.Link: "accent",
            QPalette.ColorRole.LinkVisited: "accent",
            QPalette.ColorRole.Mid: "line",
            QPalette.ColorRole.Accent: "accent",
        }
        palette = QPalette(self.color("raised"), self.color("surface"))
        for role, name in roles.items():
            palette.setColor(role, self.color(name))
        texts = (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText)
        for role in texts:
            palette.setColor(QPalette.ColorGroup.Disabled, role, self.color("disabled"))
        return palette
