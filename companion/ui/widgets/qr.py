"""An address as a QR code, drawn module by module: dark on white in both schemes, as readers want it."""

from __future__ import annotations

from typing import Final

import segno
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from companion.ui.text import tr

_QUIET: Final = 4


class QrCode(QWidget):
    """Kept in memory only: the address holds a code that is worth a login for half an hour."""

    def __init__(self, *, side: int) -> None:
        super().__init__()
        self._side = side
        self._address = ""
        self._rows: tuple[bytes, ...] = ()
        self.setFixedSize(side, side)
        self.setAccessibleName(tr("QR code of the address, for your phone"))

    def show_address(self, address: str) -> None:
        """Draw this address; an empty one draws nothing."""
        if address != self._address:
            self._address = address
            code = segno.make_qr(address, error="m") if address else None
            self._rows = tuple(bytes(line) for line in code.matrix) if code is not None else ()
            whole = len(self._rows) + 2 * _QUIET
            self.setFixedSize(*(2 * [max(3, round(self._side / whole)) * whole]))
            self.update()

    def modules(self) -> int:
        """Dots in one line, without the quiet border."""
        return len(self._rows)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._rows:
            return
        ratio = self.devicePixelRatioF()
        dot = round(self.width() * ratio / (len(self._rows) + 2 * _QUIET)) / ratio
        edge = (self.width() - dot * len(self._rows)) / 2
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(Qt.GlobalColor.white))
        painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        for y, line in enumerate(self._rows):
            for x, dark in enumerate(line):
                if dark:
                    painter.fillRect(QRectF(edge + x * dot, edge + y * dot, dot, dot), QColor(Qt.GlobalColor.black))
        painter.end()
