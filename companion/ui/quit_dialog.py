"""What quitting means for requests that wait: asked once, before anything stops."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from companion.application.messages import Message
from companion.application.quitting import session_open
from companion.application.snapshots import AppSnapshot
from companion.kernel.result import Err, Result
from companion.ui import times
from companion.ui.dialogs import Spoken
from companion.ui.kit import Kit
from companion.ui.text import counted, tr
from companion.ui.widgets.buttons import Button
from companion.ui.widgets.labels import IconLabel
from companion.ui.widgets.layout import column
from companion.ui.widgets.notice import Notice
from companion.ui.widgets.wrap import Wrap
from companion.ui.words import waiting_requests

_ICON: Final = 22


def asks_first(snapshot: AppSnapshot) -> bool:
    """Whether quitting now would leave requests behind that somebody waits for."""
    return session_open(snapshot.stream) and waiting_requests(snapshot) > 0


class QuitDialog(Spoken):
    """Three ways on. `quit_wanted` carries whether the session is kept; Esc and *Do not quit* go on as before."""

    quit_wanted = Signal(bool)

    def __init__(self, kit: Kit, parent: QWidget, snapshot: AppSnapshot) -> None:
        waiting = counted(waiting_requests(snapshot), "request waits", "requests wait")
        super().__init__(parent, waiting)
        self._kit = kit
        self.stay = Button(kit, tr("Do not quit"))
        self.keep = Button(kit, tr("Keep and quit"), kind="primary")
        self.back = Button(kit, tr("Give back and quit"))
        self.answer = Notice(kit)
        self.stay.clicked.connect(self.reject)
        self.keep.clicked.connect(lambda: self._leave(keep=True))
        self.back.clicked.connect(self._give_back)
        self.text = _meaning(snapshot)
        buttons = column(self.answer, Wrap(self.stay, self.back, self.keep))
        self.fill(kit, IconLabel(kit, "warn", tone="warn", size=_ICON), self.text, buttons)
        self.stay.setFocus()
        self._unsettled = False

    def _give_back(self) -> None:
        if self._unsettled:
            self._leave(keep=False)
            return
        for button in (self.back, self.keep):
            button.setEnabled(False)
        self.back.relabel(tr("Giving back…"))
        self._kit.bridge.run(self._kit.app.actions.quitting.give_back, "give points back", self._gave_back)

    def _gave_back(self, result: Result[int, Message]) -> None:
        if isinstance(result, Err):
            self._show(result.error)
            self.back.relabel(tr("Give back and quit"))
            self.keep.setEnabled(True)
        elif result.value:
            self._unsettled = True
            self._show(_not_yet(result.value))
            self.back.relabel(tr("Quit"))
        else:
            self._leave(keep=False)
        self.back.setEnabled(True)

    def _show(self, message: Message) -> None:
        self.answer.show_message(message)
        self.fit()

    def _leave(self, *, keep: bool) -> None:
        self.accept()
        self.quit_wanted.emit(keep)


def _meaning(snapshot: AppSnapshot) -> str:
    back = tr("Give back: all leave the queue, and the points paid for them return at once.")
    until = snapshot.stream.resume_until
    if snapshot.stream.is_live or until is None:
        kept = tr(
            "Keep: all go on when Companion is back during this stream; else the points return at the next start."
        )
    else:
        kept = tr(
            "Keep: all go on if Companion and the stream are back before {when}; else the points return at the next "
            "start."
        ).format(when=times.clock_time(until))
    return f"{kept}\n{back}"


def _not_yet(count: int) -> Message:
    title = counted(count, "request has not got its points back yet.", "requests have not got their points back yet.")
    return Message(
        title, tr("They left the queue."), tr("Companion goes on with it, at the next start as well."), "warn"
    )
