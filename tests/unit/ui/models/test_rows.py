"""Rows: what a change of rows tells a view, and what a screen reader hears."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy

from companion.ui.models.rows import Row, RowsModel

ONE, TWO, THREE = Row("1", "One", "first", "Open", "now"), Row("2", "Two"), Row("3", "Three", lead="3")


def model_of(*rows: Row) -> RowsModel:
    model = RowsModel()
    model.show_rows(rows)
    return model


def test_the_same_rows_change_nothing(qapp: object) -> None:
    model = model_of(ONE, TWO)
    changed, reset = QSignalSpy(model.dataChanged), QSignalSpy(model.modelReset)
    assert not model.show_rows([ONE, TWO])
    assert (changed.count(), reset.count()) == (0, 0)


def test_other_words_for_the_same_things_keep_the_rows(qapp: object) -> None:
    model = model_of(ONE, TWO)
    changed, reset = QSignalSpy(model.dataChanged), QSignalSpy(model.modelReset)
    assert not model.show_rows([ONE, Row("2", "Zwei")])
    assert (changed.count(), reset.count()) == (1, 0)
    assert model.data(model.index(1)) == "Zwei"


def test_other_things_are_other_rows(qapp: object) -> None:
    model = model_of(ONE, TWO)
    reset = QSignalSpy(model.modelReset)
    assert model.show_rows([TWO, THREE])
    assert reset.count() == 1
    assert (model.number_of("2"), model.number_of("1"), model.rowCount()) == (0, None, 2)


def test_a_screen_reader_hears_all_words(qapp: object) -> None:
    model = model_of(ONE, THREE)
    assert model.data(model.index(0), Qt.ItemDataRole.AccessibleTextRole) == "One, first, Open, now"
    assert model.data(model.index(1), Qt.ItemDataRole.AccessibleTextRole) == "3, Three"


def test_markup_in_a_tooltip_is_shown_not_obeyed(qapp: object) -> None:
    model = model_of(Row("1", "<b>Ann</b>"))
    assert "&lt;b&gt;" in cast("str", model.data(model.index(0), Qt.ItemDataRole.ToolTipRole))
