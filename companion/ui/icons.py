"""Icons: our own SVGs, drawn in the colour that is wanted at the sharpness of the screen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

if TYPE_CHECKING:  # the first icon is shown before the application is imported
    from companion.application.snapshots import TrayState

_TRAY_SIZES: Final = (16, 20, 22, 24, 32, 48, 64)
_APP_SIZES: Final = (16, 24, 32, 48, 64, 128, 256)
_TRAY_NAMES: Final[dict[TrayState, str]] = {
    "off": "tray-off",
    "live": "tray-live",
    "needs_you": "tray-needs-you",
    "starting": "tray-starting",
}


class Icons:
    """Reads each file once. Raises `FileNotFoundError` for a name without a file: that is a bug."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sources: dict[str, str] = {}
        self._renderers: dict[tuple[str, str], QSvgRenderer] = {}

    def paint(self, painter: QPainter, name: str, colour: QColor, area: QRectF) -> None:
        """Draw the icon into `area`."""
        self._renderer(name, colour.name()).render(painter, area)

    def pixmap(self, name: str, colour: QColor, size: int, ratio: float = 1.0, gap: int = 0) -> QPixmap:
        """The icon, `size` logical pixels high and wide, for a screen with this device pixel ratio."""
        renderer = self._renderer(name, colour.name())
        pixels = round(size * ratio)
        pixmap = QPixmap(QSize(round((size + gap) * ratio), pixels))
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        renderer.render(painter, QRectF(0, 0, pixels, pixels))
        painter.end()
        pixmap.setDevicePixelRatio(ratio)
        return pixmap

    def icon(self, name: str, colour: QColor, disabled: QColor, *, size: int, gap: int = 0) -> QIcon:
        """The same for buttons, sharp at 100, 150, 200 and 300 %; `gap` pixels stay free after it."""
        icon = QIcon()
        for ratio in (1.0, 1.5, 2.0, 3.0):
            icon.addPixmap(self.pixmap(name, colour, size, ratio, gap), QIcon.Mode.Normal)
            icon.addPixmap(self.pixmap(name, disabled, size, ratio, gap), QIcon.Mode.Disabled)
        return icon

    def tray(self, state: TrayState) -> QIcon:
        """One of the four tray icons; their colours stand on light and on dark panels."""
        return self._of_sizes(_TRAY_NAMES[state], _TRAY_SIZES)

    def app(self) -> QIcon:
        """The application's own icon."""
        return self._of_sizes("app", _APP_SIZES)

    def _of_sizes(self, name: str, sizes: tuple[int, ...]) -> QIcon:
        icon = QIcon()
        for size in sizes:
            icon.addPixmap(self.pixmap(name, QColor(Qt.GlobalColor.black), size))
        return icon

    def _renderer(self, name: str, colour: str) -> QSvgRenderer:
        known = self._renderers.get((name, colour))
        if known is None:
            if name not in self._sources:
                self._sources[name] = (self._folder / f"{name}.svg").read_text(encoding="utf-8")
            known = QSvgRenderer(QByteArray(self._sources[name].replace("currentColor", colour).encode()))
            self._renderers[name, colour] = known
        return known
