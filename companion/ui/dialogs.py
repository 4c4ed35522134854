"""Questions and messages in windows of their own; never blocking, always opened with `open()`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QLayout, QVBoxLayout, QWidget

from companion.application.messages import Message
from companion.ui.kit import Kit
from companion.ui.text import tr
from companion.ui.theme import LEAD, XL, L, S
from companion.ui.widgets.buttons import Button
from companion.ui.widgets.labels import IconLabel, Label
from companion.ui.widgets.layout import column, row
from companion.ui.words import SEVERITY_TONES

_WIDTH: Final = 480


class Spoken(QDialog):
    """Icon and title, a text below, buttons below that; as high as its words need."""

    def __init__(self, parent: QWidget, title: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def fill(self, kit: Kit, mark: IconLabel, text: str, buttons: QLayout) -> None:
        """Both texts wrap: a title that made the window wider would leave the text too few lines."""
        head = row(mark, Label(kit, self.windowTitle(), size=LEAD, strong=True, wrap=True))
        head.setAlignment(mark, Qt.AlignmentFlag.AlignTop)
        body = Label(kit, text, wrap=True)
        if not text:
            body.hide()
        box = QVBoxLayout(self)
        box.setContentsMargins(XL, L, XL, L)
        box.addLayout(column(head, body, S, buttons, spacing=L))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.fit()

    def fit(self) -> None:
        """As high as the words need."""
        layout = self.layout()
        if layout is not None:
            width = max(_WIDTH, layout.totalMinimumSize().width())
            self.resize(width, layout.totalHeightForWidth(width))


class Question(Spoken):
    """A title, the lines that say what is lost, a verb, and *Cancel*. Esc cancels; Enter presses what is focused."""

    def __init__(
        self, kit: Kit, parent: QWidget, *, title: str, text: str, verb: str, danger: bool = True, icon: str = "warn"
    ) -> None:
        super().__init__(parent, title)
        self.text = text
        self.confirm = Button(kit, verb, kind="danger" if danger else "primary")
        self.cancel = Button(kit, tr("Cancel"))
        self.confirm.clicked.connect(self.accept)
        self.cancel.clicked.connect(self.reject)
        mark = IconLabel(kit, icon, tone="warn", size=22)
        self.fill(kit, mark, text, row(None, self.cancel, self.confirm))
        self.cancel.setFocus()


def ask(
    kit: Kit, parent: QWidget, *, title: str, text: str, verb: str, on_yes: Callable[[], None], danger: bool = True
) -> Question:
    """Ask once; `on_yes` is called when the person presses the verb."""
    question = Question(kit, parent, title=title, text=text, verb=verb, danger=danger)
    question.accepted.connect(on_yes)
    question.open()
    return question


class Told(Spoken):
    """A message with one button."""

    def __init__(self, kit: Kit, parent: QWidget, message: Message) -> None:
        super().__init__(parent, message.title)
        tone = SEVERITY_TONES[message.severity]
        close = Button(kit, tr("Close"), kind="primary")
        close.clicked.connect(self.accept)
        mark = IconLabel(kit, message.severity, tone=tone, size=22)
        text = " ".join(part for part in (message.meaning, message.advice) if part)
        self.fill(kit, mark, text, row(None, close))
        close.setFocus()


def tell(kit: Kit, parent: QWidget, message: Message) -> Told:
    """Show a message until it is closed."""
    told = Told(kit, parent, message)
    told.open()
    return told
