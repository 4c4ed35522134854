"""While the database cannot be written: a notice that says so, and catching up once it can be again."""

from __future__ import annotations

from collections.abc import Callable

from companion.application.companion import CompanionApplication
from companion.application.explain import explain_storage, explain_storage_again
from companion.application.messages import Message
from companion.kernel.instant import Clock, Instant


class StorageTrouble:
    """Told by `Transactions` of the first failure and of the first write that succeeds after it."""

    def __init__(self, *, clock: Clock, catch_up: Callable[[], None]) -> None:
        self._clock = clock
        self._catch_up = catch_up
        self._application: CompanionApplication | None = None
        self._shown: Message | None = None
        self._since: Instant | None = None

    def show_in(self, application: CompanionApplication) -> None:
        """Where notices go; before this nothing can have failed."""
        self._application = application

    def failed(self, detail: str) -> None:
        """A transaction was rolled back because SQLite could not do it."""
        if self._application is None:
            return
        self._since = self._since or self._clock.now()
        self._shown = explain_storage(detail)
        self._application.notice(self._shown)

    def recovered(self) -> None:
        """Something was written again."""
        if self._application is None or self._shown is None or self._since is None:
            return
        self._application.dismiss_notice(self._shown.title)
        self._application.notice(explain_storage_again(self._since, self._clock.now()))
        self._shown = self._since = None
        self._catch_up()
