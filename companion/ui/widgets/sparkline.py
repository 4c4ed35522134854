"""The viewer count as a quiet line."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from companion.ports.stream import ViewerPoint
from companion.ui import times
from companion.ui.kit import Kit
from companion.ui.text import number, tr

_EDGE: Final = 6.0
_PEN: Final = 2.0
_MOST: Final = 48


class Sparkline(QWidget):
    """Draws counts over time. Below two points there is nothing to draw and nothing is drawn."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        self._points: tuple[ViewerPoint, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMaximumHeight(600)
        self.setAccessibleName(tr("Viewers over time"))

    def sizeHint(self) -> QSize:
        return QSize(260, 96)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 84)

    def show_points(self, points: tuple[ViewerPoint, ...]) -> None:
        """Draw these, ascending in time."""
        if points != self._points:
            self._points = points
            text = describe(points)
            self.setAccessibleDescription(text)
            self.setToolTip(text)
            self.update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if len(self._points) < 2:
            return
        area = QRectF(self.rect()).adjusted(_EDGE, _EDGE, -_EDGE, -_EDGE)
        spots = place(thin(self._points, _MOST), area)
        line = smooth(spots)
        colour = self._kit.theme.color("accent")
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._fill(painter, line, spots, colour)
        painter.setPen(QPen(colour, _PEN, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(line)
        painter.setPen(QPen(self._kit.theme.color("raised"), _PEN))
        painter.setBrush(colour)
        painter.drawEllipse(spots[-1], 4.5, 4.5)
        painter.end()

    def _fill(self, painter: QPainter, line: QPainterPath, spots: Sequence[QPointF], colour: QColor) -> None:
        floor = float(self.height())
        body = QPainterPath(line)
        body.lineTo(spots[-1].x(), floor)
        body.lineTo(spots[0].x(), floor)
        body.closeSubpath()
        top, bottom = QColor(colour), QColor(colour)
        top.setAlphaF(0.20)
        bottom.setAlphaF(0.0)
        gradient = QLinearGradient(0, min(spot.y() for spot in spots), 0, floor)
        gradient.setColorAt(0, top)
        gradient.setColorAt(1, bottom)
        painter.fillPath(body, gradient)


def place(points: Sequence[ViewerPoint], area: QRectF) -> list[QPointF]:
    """Where each point stands: time from left to right, counts from 0.6 of the largest (or less) upwards.

    So a handful of viewers more or less never looks like a storm.
    """
    start, end = points[0].at, points[-1].at
    length = max((end - start).total_seconds(), 1.0)
    high = max(point.viewer_count for point in points)
    low = min(point.viewer_count for point in points)
    floor = max(0.0, min(low - (high - low) * 0.35, high * 0.6))
    height = max(high - floor, 1.0)
    return [
        QPointF(
            area.left() + area.width() * (point.at - start).total_seconds() / length,
            area.bottom() - area.height() * (point.viewer_count - floor) / height,
        )
        for point in points
    ]


def thin(points: Sequence[ViewerPoint], most: int) -> list[ViewerPoint]:
    """At most about `most` points: neighbours are averaged, the first and the last stay as they are."""
    if len(points) <= most:
        return list(points)
    size = -(-(len(points) - 2) // (most - 2))
    inner = points[1:-1]
    return [points[0], *(_average(inner[at : at + size]) for at in range(0, len(inner), size)), points[-1]]


def _average(group: Sequence[ViewerPoint]) -> ViewerPoint:
    count = round(sum(point.viewer_count for point in group) / len(group))
    return ViewerPoint(group[0].session_id, group[len(group) // 2].at, count)


def smooth(spots: Sequence[QPointF]) -> QPainterPath:
    """A line through all spots that never rises above or falls below two neighbours (monotone cubic)."""
    path = QPainterPath(spots[0])
    slopes = _slopes(spots)
    for index in range(len(spots) - 1):
        here, there = spots[index], spots[index + 1]
        third = (there.x() - here.x()) / 3
        path.cubicTo(
            here.x() + third, here.y() + third * slopes[index],
            there.x() - third, there.y() - third * slopes[index + 1],
            there.x(), there.y(),
        )  # fmt: skip
    return path


def _slopes(spots: Sequence[QPointF]) -> list[float]:
    steps = [(there.y() - here.y()) / max(there.x() - here.x(), 1e-6) for here, there in pairwise(spots)]
    slopes = [steps[0]]
    for before, after in pairwise(steps):
        slopes.append(0.0 if before * after <= 0 else 2 * before * after / (before + after))
    return [*slopes, steps[-1]]


def describe(points: Sequence[ViewerPoint]) -> str:
    """The line in words, for who does not see it."""
    if not points:
        return tr("No viewer counts yet")
    counts = [point.viewer_count for point in points]
    return tr("Viewers in the last {span}: {first} at first, {last} now, between {low} and {high}").format(
        span=times.span(points[-1].at - points[0].at),
        first=number(counts[0]),
        last=number(counts[-1]),
        low=number(min(counts)),
        high=number(max(counts)),
    )
