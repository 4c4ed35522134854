"""Questions and messages in windows of their own; never blocking, always opened with `open()`."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from companion.application.messages import Message
from companion.ui.kit import Kit
from companion.ui.text import tr
from companion.ui.theme import LEAD, XL, L, S
from companion.ui.widgets.buttons import Button
from companion.ui.widgets.labels import IconLabel, Label
from companion.ui.widgets.layout import column, row
from companion.ui.words import SEVERITY_TONES


class Question(QDialog):
    """A title, the lines that say what is lost, a verb, and *Cancel*. Esc cancels; Enter presses what is focused."""

    def __init__(
        self, kit: Kit, parent: QWidget, *, title: str, text: str, verb: str, danger: bool = True, icon: str = "warn"
    ) -> None:
        super().__init__(parent)
        self.text = text
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.confirm = Button(kit, verb, kind="danger" if danger else "primary")
        self.cancel = Button(kit, tr("Cancel"))
        self.confirm.clicked.connect(self.accept)
        self.cancel.clicked.connect(self.reject)
        head = row(IconLabel(kit, icon, tone="warn", size=22), Label(kit, title, size=LEAD, strong=True), None)
        body = Label(kit, text, wrap=True)
        body.setMinimumWidth(380)
        body.setMaximumWidth(440)
        box = QVBoxLayout(self)
        box.setContentsMargins(XL, L, XL, L)
        box.addLayout(column(head, body, S, row(None, self.cancel, self.confirm), spacing=L))
        self.cancel.setFocus()


def ask(
    kit: Kit, parent: QWidget, *, title: str, text: str, verb: str, on_yes: Callable[[], None], danger: bool = True
) -> Question:
    """Ask once; `on_yes` is called when the person presses the verb."""
    question = Question(kit, parent, title=title, text=text, verb=verb, danger=danger)
    question.accepted.connect(on_yes)
    question.open()
    return question


class Told(QDialog):
    """A message with one button."""

    def __init__(self, kit: Kit, parent: QWidget, message: Message) -> None:
        super().__init__(parent)
        self.setWindowTitle(message.title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        tone = SEVERITY_TONES[message.severity]
        close = Button(kit, tr("Close"), kind="primary")
        close.clicked.connect(self.accept)
        head = row(
            IconLabel(kit, message.severity, tone=tone, size=22),
            Label(kit, message.title, size=LEAD, strong=True),
            None,
        )
        body = Label(kit, " ".join(part for part in (message.meaning, message.advice) if part), wrap=True)
        body.setMinimumWidth(380)
        body.setMaximumWidth(440)
        box = QVBoxLayout(self)
        box.setContentsMargins(XL, L, XL, L)
        box.addLayout(column(head, body, S, row(None, close), spacing=L))
        close.setFocus()


def tell(kit: Kit, parent: QWidget, message: Message) -> Told:
    """Show a message until it is closed."""
    told = Told(kit, parent, message)
    told.open()
    return told
