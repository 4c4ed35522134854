"""The line of viewers: what it says, and that it invents no peaks."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF

from companion.ports.stream import ViewerPoint
from companion.ui.widgets.sparkline import describe, place, smooth, thin
from tests.fakes.application import NOW

AREA = QRectF(0, 0, 300, 100)
counts = st.lists(st.integers(0, 50_000), min_size=2, max_size=240)


def points(values: list[int]) -> tuple[ViewerPoint, ...]:
    return tuple(ViewerPoint("s", NOW + timedelta(minutes=minute), value) for minute, value in enumerate(values))


@given(counts)
def test_every_spot_lies_inside_the_area(values: list[int]) -> None:
    spots = place(points(values), AREA)
    assert all(-0.01 <= spot.x() <= 300.01 and -0.01 <= spot.y() <= 100.01 for spot in spots)
    assert spots[0].x() == 0 and abs(spots[-1].x() - 300) < 0.01


@given(counts)
def test_the_smooth_line_never_leaves_the_counts(values: list[int]) -> None:
    spots = place(points(values), AREA)
    bounds = smooth(spots).controlPointRect()
    assert bounds.top() >= min(spot.y() for spot in spots) - 0.5
    assert bounds.bottom() <= max(spot.y() for spot in spots) + 0.5


@given(counts, st.integers(3, 60))
def test_thinning_keeps_both_ends_and_its_measure(values: list[int], most: int) -> None:
    whole = points(values)
    thinned = thin(whole, most)
    assert len(thinned) <= max(most, min(len(whole), most))
    assert thinned[0] == whole[0] and thinned[-1] == whole[-1]
    assert max(point.viewer_count for point in thinned) <= max(values)


def test_equal_counts_are_a_level_line() -> None:
    spots = place(points([7, 7, 7]), AREA)
    assert len({spot.y() for spot in spots}) == 1
    assert smooth([QPointF(0, 5), QPointF(1, 5)]).boundingRect().height() == 0


def test_the_line_in_words() -> None:
    assert describe(()) == "No viewer counts yet"
    text = describe(points([10, 30, 20]))
    assert text == "Viewers in the last 2 min: 10 at first, 20 now, between 10 and 30"
