"""Buttons that go on in the next line, and lists as high as their rows."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QVBoxLayout, QWidget

from companion.ui.models.rows import Row
from companion.ui.widgets.buttons import Button
from companion.ui.widgets.row_list import RowList
from companion.ui.widgets.wrap import Wrap
from tests.ui.conftest import Desk, settle


def test_buttons_wrap_and_hidden_ones_take_no_room(desk: Desk) -> None:
    buttons = [Button(desk.ui.kit, f"A button with words {number}") for number in range(3)]
    holder = QWidget()
    box = QVBoxLayout(holder)
    wrap = Wrap(*buttons)
    box.addWidget(wrap)
    holder.resize(900, 60)
    holder.show()
    settle()
    assert len({button.y() for button in buttons}) == 1
    high = wrap.heightForWidth(200)
    assert high > 3 * buttons[0].height()
    buttons[1].hide()
    settle()
    assert wrap.heightForWidth(200) < high
    assert buttons[2].x() < 2 * buttons[0].width()
    assert Wrap().heightForWidth(100) == 0
    holder.deleteLater()


def test_a_list_grows_with_its_rows_up_to_a_limit(desk: Desk) -> None:
    rows = RowList(desk.ui.kit, "Things", most=3)
    heights = []
    for count in (0, 1, 2, 3, 9):
        rows.show_rows([Row(str(number), "Thing") for number in range(count)])
        heights.append(rows.sizeHint().height())
    assert heights[0] == heights[1] < heights[2] < heights[3] == heights[4]
    rows.deleteLater()


def test_a_list_leaves_room_for_what_stands_below_it(desk: Desk) -> None:
    rows = RowList(desk.ui.kit, "Things", most=9)
    rows.show_rows([Row(str(number), "Thing") for number in range(9)])
    whole = rows.sizeHint().height()
    rows.fit_into(whole - 1)
    assert rows.sizeHint().height() < whole
    rows.fit_into(10)
    few = rows.sizeHint().height()
    assert whole / 4 < few < whole / 2
    rows.fit_into(whole)
    assert rows.sizeHint().height() == whole
    rows.deleteLater()


def test_a_long_title_ends_before_the_words_behind_it(desk: Desk) -> None:
    def behind(title: str) -> QImage:
        rows = RowList(desk.ui.kit, "Things", two_lines=False)
        rows.show_rows([Row("thing", title, right="1,234,567 rolls")])
        rows.resize(300, 40)
        rows.show()
        settle()
        picture = rows.viewport().grab(QRect(200, 0, 100, 40)).toImage()
        rows.deleteLater()
        return picture

    assert behind("A title that is far too long for a narrow list") == behind("A")
