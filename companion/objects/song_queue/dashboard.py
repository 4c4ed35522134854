"""What Twitch's dashboard does to a request: its redemption is given back or fulfilled while it waits.

What cannot be taken out of the queue here is remembered as given back by a receipt: its saga asks for it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from sqlalchemy.orm import Session

from companion.kernel.instant import Clock
from companion.objects.song_queue import store
from companion.objects.song_queue.line import Line
from companion.objects.song_queue.state import FULFILLED_NOTE, Entry, over
from companion.ports.rewards import Verdict
from companion.ports.sagas import SagaStarter
from companion.ports.song_steps import Over
from companion.ports.transaction import Transaction
from companion.runtime import outbox
from companion.runtime.transactions import session_of

_GIVEN_BACK: Final = Over("given_back", "It was given back in Twitch's dashboard.")
_RECEIVER: Final = "song_queue_given_back"


def given_back(session: Session, request_id: str) -> Over | None:
    """Why it is over, if it is remembered as given back there."""
    return _GIVEN_BACK if outbox.has_receipt(session, _RECEIVER, request_id) else None


class Dashboard:
    """Writes down what somebody did there."""

    def __init__(self, *, line: Line, sagas: SagaStarter, clock: Clock) -> None:
        self._line = line
        self._sagas = sagas
        self._clock = clock

    def settled_in(self, tx: Transaction, request_id: str, verdict: Verdict) -> bool:
        """See `SongQueuePort.settled_at_twitch`."""
        entry = store.find(session_of(tx), request_id)
        if verdict == "fulfilled":
            return entry is not None and self._fulfilled(tx, entry)
        if entry is None:
            self._sagas.wake_in(tx, request_id)  # its song is still looked up, and Spotify may be away
            return self._remember(tx, request_id)
        return self._given_back(tx, entry)

    def _given_back(self, tx: Transaction, entry: Entry) -> bool:
        """What is past withdrawing goes its way, unless it turns out that it never got to Spotify."""
        now = self._clock.now()
        sent = entry.handing and not entry.is_stuck(now)
        if sent or entry.state not in {"approval", "waiting", "undecided"}:
            return entry.active and self._remember(tx, entry.id)
        self._line.put(tx, over(entry, "removed", at=now, code=_GIVEN_BACK.code, text=_GIVEN_BACK.text))
        return True

    def _remember(self, tx: Transaction, request_id: str) -> bool:
        return outbox.claim_receipt(session_of(tx), _RECEIVER, request_id, self._clock.now())

    def _fulfilled(self, tx: Transaction, entry: Entry) -> bool:
        """Our own fulfilment comes after it was heard, so this was not ours."""
        if entry.state not in {"approval", "waiting"} or entry.points_spent:
            return False
        self._line.keep(tx, replace(entry, note=" ".join(filter(None, (entry.note, FULFILLED_NOTE)))))
        return True
