"""What the pages for requests, raffle, achievements and commands share: acting, answering, reading what is long."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

from shiboken6 import isValid

from companion.application.messages import Message
from companion.application.snapshots import AppSnapshot
from companion.kernel.result import Err, Result
from companion.ui.kit import Kit
from companion.ui.pages.page import Page
from companion.ui.widgets.buttons import Button
from companion.ui.widgets.form import Form
from companion.ui.widgets.notice import Notice

T = TypeVar("T")

_RELOAD_TICKS: Final = 15


class WorkPage(Page):
    """`answer` says how the last action ended; `reload` reads again what no picture carries."""

    def __init__(self, kit: Kit, title: str, action: Button | None = None) -> None:
        super().__init__(kit, title, action)
        self.answer = Notice(kit, dismiss=lambda: self.answer.show_message(None))
        self.content.addWidget(self.answer)
        self._ticks = 0

    def opened(self) -> None:
        self.reload()

    def reload(self) -> None:
        """Read again what is shown of history, leaderboards and the like."""

    def tick(self, snapshot: AppSnapshot) -> None:
        self._ticks += 1
        self.render_snapshot(snapshot)
        if self._ticks % _RELOAD_TICKS == 0:
            self.reload()

    def do(
        self, action: Callable[[], Coroutine[Any, Any, Result[T, Message]]], name: str,
        then: Callable[[T], None] | None = None,
    ) -> None:  # fmt: skip
        """Run `action`; its failure is said at the top of the page, its success is handed to `then`."""
        self.kit.bridge.run(action, name, lambda result: self._done(result, then))

    def read(
        self, action: Callable[[], Coroutine[Any, Any, Result[T, Message]]], name: str, then: Callable[[T], None]
    ) -> None:
        """The same for reading: success takes no message away."""
        self.kit.bridge.run(action, name, lambda result: self._read(result, then))

    def do_form(
        self, form: Form, action: Callable[[], Coroutine[Any, Any, Result[T, Message]]], name: str,
        then: Callable[[T], None] | None = None,
    ) -> None:  # fmt: skip
        """Run what a form asks for: it closes on success and says what is wrong otherwise."""

        def done(result: Result[T, Message]) -> None:
            there = isValid(form)  # a person may have closed it meanwhile
            if isinstance(result, Err) and there:
                form.show_problem(result.error)
                return
            if there:
                form.accept()
            self._done(result, then)

        self.kit.bridge.run(action, name, done)

    def say(self, message: Message | None) -> None:
        """Show how it ended, where it can be seen."""
        self.answer.show_message(message)
        if message is not None:
            self.verticalScrollBar().setValue(0)

    def say_info(self, words: str) -> None:
        """Something went well and is not seen otherwise."""
        self.say(Message(words, severity="info"))

    def _done(self, result: Result[T, Message], then: Callable[[T], None] | None) -> None:
        self.say(result.error if isinstance(result, Err) else None)
        if not isinstance(result, Err) and then is not None:
            then(result.value)

    def _read(self, result: Result[T, Message], then: Callable[[T], None]) -> None:
        if isinstance(result, Err):
            self.answer.show_message(result.error)
        else:
            then(result.value)
