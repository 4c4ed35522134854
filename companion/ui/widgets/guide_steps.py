"""The parts of the login window: progress, pages to read, and the field for the client id."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from companion.application.messages import Message
from companion.ui.guides.guide import Guide, Line, Step
from companion.ui.kit import Kit
from companion.ui.text import tr
from companion.ui.theme import BODY, SMALL, TITLE, L, M, S
from companion.ui.tokens import Tone
from companion.ui.widgets.buttons import Button, CopyButton
from companion.ui.widgets.clearable import ClearableField
from companion.ui.widgets.labels import IconLabel, Label
from companion.ui.widgets.layout import row


class StepHead(QWidget):
    """Which of how many steps this is, and its title."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._place = Label(kit, size=SMALL, tone="ink-soft")
        self.title = Label(kit, size=TITLE, strong=True, wrap=True)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(2)
        box.addWidget(self._place)
        box.addWidget(self.title)

    def show_step(self, guide: Guide, index: int) -> None:
        """Head this step."""
        place = tr("{service}, step {number} of {total}")
        self._place.say(place.format(service=guide.service, number=index + 1, total=len(guide.steps)))
        self.title.setText(guide.steps[index].title)

    def show_title(self, place: str, title: str) -> None:
        """Head something that is no step."""
        self._place.say(place)
        self.title.setText(title)


class ReadStep(QWidget):
    """What to do elsewhere, as a numbered list, with what must be copied and the page to open."""

    link_wanted = Signal(str)

    def __init__(self, kit: Kit, step: Step) -> None:
        super().__init__()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(M)
        box.addWidget(Label(kit, step.intro, tone="ink-soft", wrap=True))
        for number, line in enumerate(step.lines, start=1):
            box.addLayout(_line(kit, number, line))
        if step.link is not None:
            link = step.link
            button = Button(kit, link.label, icon="open")
            button.clicked.connect(lambda: self.link_wanted.emit(link.address))
            box.addLayout(row(28, button, None, spacing=0))
        box.addStretch(1)


def _line(kit: Kit, number: int, line: Line) -> QHBoxLayout:
    layout = QHBoxLayout()
    layout.setSpacing(M)
    figure = Label(kit, str(number), size=BODY, tone="accent", strong=True, tabular=True)
    figure.setFixedWidth(kit.theme.pixels(L))
    layout.addWidget(figure, 0, Qt.AlignmentFlag.AlignTop)
    texts = QVBoxLayout()
    texts.setSpacing(S - 2)
    texts.addWidget(Label(kit, line.text, strong=line.strong, wrap=True))
    if line.copy:
        value = line.copy
        field = QLineEdit(value)
        field.setReadOnly(True)
        field.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        field.setAccessibleName(tr("To be copied: {value}").format(value=value))
        copy = CopyButton(kit, lambda: value, text=tr("Copy"), name=tr("Copy {value}").format(value=value))
        texts.addLayout(row(field, copy))
    layout.addLayout(texts, 1)
    return layout


class ClientIdStep(QWidget):
    """The field for the client id, checked as it is typed."""

    changed = Signal()
    submitted = Signal()

    def __init__(self, kit: Kit, guide: Guide, step: Step) -> None:
        super().__init__()
        self._kit = kit
        self._guide = guide
        self.field = ClearableField(kit, placeholder=guide.placeholder, name=tr("Client ID"))
        self.field.setFont(kit.theme.font(BODY))
        self._icon = IconLabel(kit, "info", size=16)
        self.verdict = Label(kit, size=SMALL, tone="ink-soft", wrap=True)
        self.problem: Message | None = None
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(M)
        box.addWidget(Label(kit, step.intro, tone="ink-soft", wrap=True))
        box.addWidget(self.field)
        line = row(spacing=S)
        line.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self.verdict, 1)
        box.addLayout(line)
        box.addStretch(1)
        self.field.textChanged.connect(self._check)
        self.field.returnPressed.connect(self.submitted)
        self._check()

    def text(self) -> str:
        """What was pasted, without the blanks around it."""
        return self.field.text().strip()

    def usable(self) -> bool:
        """Whether it has the form of a client id."""
        return bool(self.text()) and self.problem is None

    def _check(self) -> None:
        text = self.text()
        self.problem = self._kit.app.check_client_id(self._guide.provider, text) if text else None
        if not text:
            self._say("info", "ink-soft", tr("Companion checks it as you paste."))
        elif self.problem is not None:
            parts = (self.problem.title, self.problem.advice)
            self._say("warn", "warn", " ".join(part for part in parts if part))
        else:
            self._say("good", "good", tr("It has the right form."))
        self.changed.emit()

    def _say(self, icon: str, tone: Tone, text: str) -> None:
        self._icon.show_icon(icon, tone)
        self.verdict.set_tone(tone)
        self.verdict.setText(text)
