"""What is known of one request: whether it is over and why, whether it was sent, and whether it was seen."""

from __future__ import annotations

from typing import Final

from companion.kernel.instant import Clock
from companion.objects.song_queue import dashboard, store
from companion.objects.song_queue.line import Line
from companion.objects.song_queue.memory import Memory
from companion.objects.song_queue.progress import SESSION_ENDED, VANISHED, unheard
from companion.objects.song_queue.sessions import Sessions
from companion.objects.song_queue.state import Entry
from companion.ports.song_rules import QueueSettings
from companion.ports.song_steps import Over
from companion.ports.transaction import Transaction
from companion.runtime.transactions import Transactions

GONE: Final = Over("gone", "Your song is not in the queue any more.")
_UNHEARD: Final = frozenset({VANISHED, SESSION_ENDED})


class Standing:
    """Implements `ports.song_steps.SongStanding`; the parts of the queue ask the rest within their transactions."""

    def __init__(
        self, *, transactions: Transactions, memory: Memory, line: Line, sessions: Sessions, clock: Clock
    ) -> None:
        self._transactions = transactions
        self._memory = memory
        self._line = line
        self._sessions = sessions
        self._clock = clock

    def get_settings(self) -> QueueSettings:
        """See `SongStanding`."""
        return self._memory.settings

    def given_back(self, request_id: str) -> Over | None:
        """See `SongStanding`."""
        with self._transactions.reading() as session:
            return dashboard.given_back(session, request_id)

    def why_not(self, request_id: str) -> Over | None:
        """See `SongStanding`."""
        with self._transactions.reading() as session:
            return self._over_by_now(store.find(session, request_id))

    def why_taken_out(self, request_id: str) -> Over | None:
        """See `SongStanding`."""
        with self._transactions.reading() as session:
            entry = store.find(session, request_id)
        ended = None if entry is None else self.over(entry)
        return None if ended is None or ended.code in _UNHEARD else ended

    def never_sent(self, request_id: str) -> bool:
        """See `SongStanding`."""
        with self._transactions.reading() as session:
            entry = store.find(session, request_id)
            return entry is not None and (entry.is_set_aside or (entry.state == "waiting" and not entry.handing))

    def was_seen(self, request_id: str) -> bool:
        """See `SongStanding`."""
        with self._transactions.reading() as session:
            entry = store.find(session, request_id)
            return entry is not None and entry.seen_at is not None

    def over(self, entry: Entry | None) -> Over | None:
        """Why it will not be heard, by what is written of it; None while it may be, and when it was."""
        if entry is None:
            return GONE
        if entry.active or entry.state == "played":
            return None
        code = entry.over_code or "gone"
        keep = code in _UNHEARD and self._memory.settings.keep_points_of_unheard
        return Over(code, entry.over_text or GONE.text, keep=keep)

    def ended_in(self, tx: Transaction, entry: Entry | None) -> Over | None:
        """Why it must not be handed over any more, and that written down if nobody has done so yet.

        Its run goes on to its points then, and nobody else would take it off the queue.
        """
        ended = self._over_by_now(entry)
        if ended is not None and entry is not None and entry.active:
            self._line.keep(tx, unheard(entry, self._clock.now()))
        return ended

    def _over_by_now(self, entry: Entry | None) -> Over | None:
        """Over, also if it was in Spotify's hands when its session ended, so that nobody has said so yet."""
        if entry is not None and (entry.state == "waiting" or entry.is_set_aside) and self._sessions.has_ended(entry):
            entry = unheard(entry, self._clock.now())
        return self.over(entry)
