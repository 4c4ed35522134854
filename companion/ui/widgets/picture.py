"""Pictures: covers shown as they are, faces in a circle, and initials until one comes."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QWidget

from companion.ui.kit import Kit
from companion.ui.theme import LEAD

_CORNER: Final = 4.0


class Picture(QWidget):
    """A square for a picture by address.

    A cover keeps its proportions, uncropped and unaltered but for small round corners, as
    developer.spotify.com/documentation/design asks; a face (`round_face`) fills a circle.
    """

    def __init__(self, kit: Kit, *, side: int, round_face: bool = False, empty_icon: str = "spotify") -> None:
        super().__init__()
        self._kit = kit
        self._round = round_face
        self._icon = empty_icon
        self._address: str | None = None
        self._image: QImage | None = None
        self._initials = ""
        self.setFixedSize(side, side)

    def show_address(self, address: str | None, *, alternative: str, initials: str = "") -> None:
        """Show the picture at `address` as soon as it is here; `alternative` is its text for screen readers."""
        self.setAccessibleName(alternative)
        self._initials = initials
        if address != self._address:
            self._address = address
            self._image = self._kit.images.get(address, self._arrived) if address else None
        self.update()

    def has_image(self) -> bool:
        """Whether a picture is shown rather than its stand-in."""
        return self._image is not None

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        area = QRectF(self.rect())
        if self._image is None:
            self._paint_stand_in(painter, area)
        else:
            self._paint_image(painter, self._image, area)
        painter.end()

    def _arrived(self, address: str, image: QImage) -> None:
        if address == self._address:
            self._image = image
            self.update()

    def _paint_image(self, painter: QPainter, image: QImage, area: QRectF) -> None:
        mode = Qt.AspectRatioMode.KeepAspectRatioByExpanding if self._round else Qt.AspectRatioMode.KeepAspectRatio
        size = image.size().scaled(area.size().toSize(), mode)
        target = QRectF(0, 0, size.width(), size.height())
        target.moveCenter(area.center())
        clip = QPainterPath()
        if self._round:
            clip.addEllipse(area)
        else:
            clip.addRoundedRect(target, _CORNER, _CORNER)
        painter.setClipPath(clip)
        ratio = self.devicePixelRatioF()
        sharp = image.scaled(
            size * ratio, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        painter.drawImage(target, sharp)

    def _paint_stand_in(self, painter: QPainter, area: QRectF) -> None:
        theme = self._kit.theme
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("accent-tint" if self._round else "hover"))
        if self._round:
            painter.drawEllipse(area)
        else:
            painter.drawRoundedRect(area, _CORNER, _CORNER)
        if self._initials:
            painter.setPen(theme.color("accent"))
            painter.setFont(theme.font(LEAD if self.width() < 64 else 28, strong=True))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self._initials)
            return
        side = round(min(area.width(), area.height()) * 0.4)
        box = QRectF(0, 0, side, side)
        box.moveCenter(area.center())
        self._kit.icons.paint(painter, self._icon, theme.color("ink-soft"), box)


def initials(name: str) -> str:
    """Up to two first letters of a name."""
    return "".join(word[0] for word in name.replace("_", " ").split()[:2]).upper()
