"""What Twitch's dashboard does to a request: its redemption is given back or fulfilled while it waits."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from companion.kernel.result import Ok, Result
from companion.objects.song_queue import store
from companion.objects.song_queue.state import FULFILLED_NOTE, Entry, over
from companion.objects.song_queue.steps import SongQueueForSaga
from companion.ports.failures import StorageFailed
from companion.ports.rewards import Verdict
from companion.ports.song_steps import Over
from companion.ports.transaction import Transaction
from companion.runtime import outbox
from companion.runtime.durable_object import storage_to_result
from companion.runtime.transactions import session_of

_GIVEN_BACK: Final = Over("given_back", "It was given back in Twitch's dashboard.")
_RECEIVER: Final = "song_queue_given_back"


class SongQueueAtTwitch(SongQueueForSaga):
    """What cannot be taken out of the queue here is remembered as given back by a receipt: its saga asks for it."""

    @storage_to_result
    async def settled_at_twitch(self, request_id: str, verdict: Verdict) -> Result[bool, StorageFailed]:
        """See `SongQueuePort`."""
        with self.transactions.begin() as tx:
            entry = store.find(tx.session, request_id)
            if verdict == "fulfilled":
                return Ok(entry is not None and self._fulfilled_there(tx, entry))
            if entry is None:
                self._sagas.wake_in(tx, request_id)  # its song is still looked up, and Spotify may be away
                return Ok(self._remember(tx, request_id))
            return Ok(self._given_back_there(tx, entry))

    def _given_back_there(self, tx: Transaction, entry: Entry) -> bool:
        """What is past withdrawing goes its way, unless it turns out that it never got to Spotify."""
        now = self.clock.now()
        sent = entry.handing and not entry.is_stuck(now)
        if sent or entry.state not in {"approval", "waiting", "undecided"}:
            return entry.active and self._remember(tx, entry.id)
        self._put(tx, over(entry, "removed", at=now, code=_GIVEN_BACK.code, text=_GIVEN_BACK.text))
        return True

    def _remember(self, tx: Transaction, request_id: str) -> bool:
        return outbox.claim_receipt(session_of(tx), _RECEIVER, request_id, self.clock.now())

    def _fulfilled_there(self, tx: Transaction, entry: Entry) -> bool:
        """Our own fulfilment comes after it was heard, so this was not ours."""
        if entry.state not in {"approval", "waiting"} or entry.points_spent:
            return False
        self._keep(tx, replace(entry, note=" ".join(filter(None, (entry.note, FULFILLED_NOTE)))))
        return True

    def given_back(self, request_id: str) -> Over | None:
        """See `SongQueueSteps`."""
        with self.transactions.reading() as session:
            return _GIVEN_BACK if outbox.has_receipt(session, _RECEIVER, request_id) else None
