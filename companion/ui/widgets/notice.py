"""Messages in place: what happened, what it means, what to press."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from companion.application.messages import Message
from companion.ui.kit import Kit
from companion.ui.text import tr
from companion.ui.theme import XL, XS, L, M, S
from companion.ui.tokens import Tone
from companion.ui.widgets.buttons import Button
from companion.ui.widgets.labels import IconLabel, Label, set_dress
from companion.ui.widgets.layout import clear, column, row
from companion.ui.words import SEVERITY_TONES

_ICONS: dict[str, str] = {"info": "info", "warn": "warn", "bad": "bad"}


class Notice(QFrame):
    """One message on a tinted ground; hidden while it has none."""

    def __init__(self, kit: Kit, *, buttons: Sequence[Button] = (), dismiss: Callable[[], None] | None = None) -> None:
        super().__init__()
        self.setProperty("role", "notice")
        self._icon = IconLabel(kit, "info", tone="accent")
        self._title = Label(kit, strong=True, wrap=True)
        self._meaning = Label(kit, wrap=True)
        self._advice = Label(kit, wrap=True)
        self.message: Message | None = None
        self._buttons = row(*buttons, None)
        lines = column(self._title, self._meaning, self._advice, spacing=XS)
        if buttons:
            lines.addSpacing(XS)
            lines.addLayout(self._buttons)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(L, M, M, M)
        outer.setSpacing(M)
        outer.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        outer.addLayout(lines, 1)
        if dismiss is not None:
            close = Button(kit, "", icon="close", kind="quiet", name=tr("Dismiss"))
            close.clicked.connect(lambda _checked: dismiss())
            outer.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self.setVisible(False)

    def show_message(self, message: Message | None) -> None:
        """Show this one, or nothing."""
        if message is not None and message != self.message:
            tone: Tone = SEVERITY_TONES[message.severity]
            set_dress(self, "tone", tone)
            self._icon.show_icon(_ICONS[message.severity], tone)
            self._title.setText(message.title)
            self._meaning.say(message.meaning)
            self._advice.say(message.advice)
            self.setAccessibleName(message.text())
        self.message = message
        self.setVisible(message is not None)


class NoticeList(QWidget):
    """The notices of the snapshot, each with a button to dismiss it."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        self._shown: tuple[Message, ...] = ()
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(XL, M, XL, 0)
        self._box.setSpacing(S)
        self.setVisible(False)

    def show_notices(self, notices: tuple[Message, ...], dismiss: Callable[[str], None]) -> None:
        """Exchange what is shown; `dismiss` is called with the title of one that is to go."""
        if notices == self._shown:
            return
        self._shown = notices
        clear(self._box)
        for message in notices:
            notice = Notice(self._kit, dismiss=lambda title=message.title: dismiss(title))  # type: ignore[misc]  # mypy cannot type the default
            self._box.addWidget(notice)
            notice.show_message(message)
        self.setVisible(bool(notices))
