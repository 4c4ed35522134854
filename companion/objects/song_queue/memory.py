"""What the song queue remembers of what is stored: everything is on disk, and read again after each commit."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from companion.kernel.instant import Instant
from companion.objects.song_queue import block_lists, store
from companion.objects.song_queue.occurrences import Known
from companion.objects.song_queue.progress import VANISHED, VANISHED_TEXT
from companion.objects.song_queue.state import Entry, over
from companion.ports.song_rules import Block, QueueSettings
from companion.ports.transaction import Transaction
from companion.runtime.stored_settings import read_settings
from companion.runtime.transactions import StorageFailure, Transactions, session_of

NAME: Final = "song_queue"
"""Under this name the object's settings and receipts are stored."""
_OUT_OF_THE_QUEUE: Final = timedelta(hours=24)
"""An undecided request leaves the queue at the first start after so long; its run stays with the streamer."""


class Memory:
    """The newest picture that was committed. At the beginning of a transaction it is what is stored.

    `changed` is called each time the requests were read again.
    """

    def __init__(self, *, transactions: Transactions, changed: Callable[[], None], logger: logging.Logger) -> None:
        self._transactions = transactions
        self._changed = changed
        self._logger = logger
        self.settings = QueueSettings()
        self.blocks: tuple[Block, ...] = ()
        self.entries: tuple[Entry, ...] = ()
        """Those that are not over, in order."""
        self.known = Known()
        """What the last picture of Spotify came to."""
        self._read_after: Transaction | None = None
        self._stale = False

    def load(self, now: Instant) -> None:
        """Read everything, and let go of what is too old. Raises `StorageFailure`."""
        with self._transactions.begin() as tx:
            self.settings = read_settings(tx.session, NAME, QueueSettings, QueueSettings(), now)
            self.blocks = block_lists.read(tx.session)
            store.purge(tx.session, now)
            for entry in store.active(tx.session):
                since = entry.handed_over_at or entry.requested_at
                if entry.state == "undecided" and now - since > _OUT_OF_THE_QUEUE:
                    store.put(tx.session, over(entry, "vanished", at=now, code=VANISHED, text=VANISHED_TEXT))
        self._reload()

    def touch(self, tx: Transaction) -> None:
        """Have the requests read again after the commit of `tx`, once.

        Asked for each time: what was asked within a savepoint that is rolled back is forgotten with it.
        """

        def reload() -> None:
            if self._read_after is not tx:
                self._read_after = tx
                self._reload()

        tx.after_commit(reload)

    def learn(self, tx: Transaction, known: Known) -> None:
        """Store what a picture of Spotify came to, if it is anything new."""
        if known != self.known:
            store.put_seen(session_of(tx), known)
            tx.after_commit(lambda: self._take(known))

    def catch_up(self) -> None:
        """Read again what could not be read when it was time. Before a transaction that goes by what is remembered."""
        if self._stale:
            self._reload()

    def _take(self, known: Known) -> None:
        self.known = known

    def _reload(self) -> None:
        try:
            with self._transactions.begin() as tx:
                self.entries, self.known = store.active(tx.session), store.seen(tx.session)
        except StorageFailure:
            self._logger.warning("the song queue could not be read again: storage failed")
            self._stale = True
            return
        self._stale = False
        self._changed()
