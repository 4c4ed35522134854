"""Forms in windows of their own: labels and fields, what is wrong, *Cancel* and a verb. Opened with `open()`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette, QShowEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QGridLayout, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from companion.application.messages import Message
from companion.ui.kit import Kit
from companion.ui.text import tr
from companion.ui.theme import LEAD, SMALL, XL, L, M, S
from companion.ui.widgets.buttons import Button
from companion.ui.widgets.labels import Label
from companion.ui.widgets.layout import column, row
from companion.ui.widgets.notice import Notice

T = TypeVar("T")

_WIDTH: Final = 520
_HEIGHT: Final = 32


class Form(QDialog):
    """`saved` is emitted by the verb; the owner closes it with `accept`, or shows what is wrong."""

    saved = Signal()

    def __init__(self, kit: Kit, parent: QWidget, *, title: str, verb: str) -> None:
        super().__init__(parent)
        self.kit = kit
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._first: QWidget | None = None
        self.problem = Notice(kit)
        self.fields = QGridLayout()
        self.fields.setHorizontalSpacing(L)
        self.fields.setVerticalSpacing(S)
        self.fields.setColumnStretch(1, 1)
        self.save = Button(kit, verb, kind="primary")
        self.cancel = Button(kit, tr("Cancel"))
        self.save.clicked.connect(self._press)
        self.cancel.clicked.connect(self.reject)
        self.extra = row(spacing=M)
        head = Label(kit, title, size=LEAD, strong=True, wrap=True)
        buttons = row(self.extra, None, self.cancel, self.save)
        box = QVBoxLayout(self)
        box.setContentsMargins(XL, L, XL, L)
        box.addLayout(column(head, self.fields, self.problem, buttons, spacing=L))

    def add(self, label: str, field: QWidget, hint: str = "") -> None:
        """One line: the label names the field for screen readers as well."""
        number = self.fields.rowCount()
        self._first = self._first or field
        words = Label(self.kit, label, wrap=True)
        words.setMinimumWidth(150)
        field.setAccessibleName(label)
        field.setAccessibleDescription(hint)
        self.fields.addWidget(words, number, 0)
        self.fields.addWidget(field, number, 1)
        if hint:
            self.fields.addWidget(Label(self.kit, hint, size=SMALL, tone="ink-soft", wrap=True), number + 1, 1)

    def add_wide(self, widget: QWidget) -> None:
        """Something over both columns."""
        self.fields.addWidget(widget, self.fields.rowCount(), 0, 1, 2)

    def show_problem(self, message: Message | None) -> None:
        """Say what is wrong, and let the person go on."""
        self.problem.show_message(message)
        self.save.setEnabled(True)
        self.fit()

    def fit(self) -> None:
        """As high as the words need."""
        layout = self.layout()
        if layout is not None:
            layout.activate()
            width = max(_WIDTH, layout.totalMinimumSize().width())
            self.resize(width, max(layout.totalHeightForWidth(width), layout.totalMinimumSize().height()))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        dress_edges(self.kit, self)
        self.fit()
        if self._first is not None:
            self._first.setFocus(Qt.FocusReason.OtherFocusReason)
        if isinstance(self._first, QLineEdit):
            self._first.setCursorPosition(0)

    def _press(self) -> None:
        self.save.setEnabled(False)
        self.saved.emit()


def dress_edges(kit: Kit, root: QWidget) -> None:
    """Fusion outlines its controls in a shade of the window, which on our dark ground is none."""
    edge = kit.theme.color("edge")
    for kind in (QSpinBox, QComboBox, QCheckBox):
        for field in root.findChildren(kind):
            palette = field.palette()
            palette.setColor(QPalette.ColorRole.Window, edge.lighter(140))
            field.setPalette(palette)


def line(text: str = "", *, placeholder: str = "", longest: int = 200) -> QLineEdit:
    """A field for one line."""
    field = QLineEdit(text)
    field.setPlaceholderText(placeholder)
    field.setMaxLength(longest)
    field.setCursorPosition(0)
    return field


def figure(value: int, low: int, high: int, *, unit: str = "", none: str = "") -> QSpinBox:
    """A field for a whole number; `none` is what the lowest value is called."""
    field = QSpinBox()
    field.setMinimumHeight(_HEIGHT)
    field.setRange(low, high)
    field.setValue(value)
    field.setSuffix(f" {unit}" if unit else "")
    field.setSpecialValueText(none)
    field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return field


def choice(options: Sequence[tuple[T, str]], value: T) -> QComboBox:
    """A field for one of several; `currentData` is the value."""
    field = QComboBox()
    field.setMinimumHeight(_HEIGHT)
    for option, label in options:
        field.addItem(label, option)
    field.setCurrentIndex(next((number for number, (option, _) in enumerate(options) if option == value), 0))
    return field


def tick(label: str, *, on: bool) -> QCheckBox:
    """A field for yes or no."""
    field = QCheckBox(label)
    field.setChecked(on)
    return field
