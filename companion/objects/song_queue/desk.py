"""What happens to requests beside their own runs: people take them out, move them, say yes, and a session ends."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from companion.kernel.instant import Clock
from companion.kernel.result import Err, Ok, Result
from companion.objects.song_queue import store, views
from companion.objects.song_queue.line import Line
from companion.objects.song_queue.progress import unheard
from companion.objects.song_queue.sessions import unheard_in
from companion.objects.song_queue.state import Entry, over
from companion.ports.events import StreamSessionEnded
from companion.ports.sagas import SagaStarter
from companion.ports.song_queue import BadSettings, CannotWithdraw, NoSuchRequest, SongRequest
from companion.ports.transaction import Transaction
from companion.runtime.transactions import session_of

REMOVED: Final = "removed"
WITHDRAWN: Final = "withdrawn"
REJECTED: Final = "rejected"


class Desk:
    """Each method joins the caller's transaction, and wakes the runs that it concerns."""

    def __init__(self, *, line: Line, sagas: SagaStarter, clock: Clock) -> None:
        self._line = line
        self._sagas = sagas
        self._clock = clock

    def remove_in(
        self, tx: Transaction, request_id: str, *, by: str, user_id: str | None
    ) -> Result[SongRequest, NoSuchRequest | CannotWithdraw]:
        """See `SongQueuePort.remove`. With an undecided one its run has its answer, and gives the points back."""
        entry = store.find(session_of(tx), request_id)
        if entry is None or not entry.active:
            return Err(NoSuchRequest(request_id))
        now = self._clock.now()
        sent = entry.handing and not entry.is_stuck(now)
        if sent or entry.state in {"handed_over", "playing"}:
            return Err(CannotWithdraw(request_id))
        own = user_id == entry.viewer.user_id
        text = f"You took “{entry.track.title}” back." if own else f"{by} took your song out of the queue."
        entry = over(entry, "removed", at=now, code=WITHDRAWN if own else REMOVED, text=text)
        self._line.put(tx, entry)
        return Ok(views.request(entry))

    def reorder_in(
        self, tx: Transaction, request_id: str, position: int
    ) -> Result[None, NoSuchRequest | CannotWithdraw | BadSettings]:
        """See `SongQueuePort.reorder`. One whose turn has come keeps its place at the front."""
        session = session_of(tx)
        entries = store.active(session)
        waiting = [entry for entry in entries if entry.state == "waiting"]
        ahead = sum(entry.state == "handed_over" for entry in entries)
        found = store.find(session, request_id)
        if found is None or not found.active:
            return Err(NoSuchRequest(request_id))
        if found.state != "waiting" or found.granted:
            return Err(CannotWithdraw(request_id))
        first, last = ahead + (2 if waiting[0].granted else 1), ahead + len(waiting)
        if not first <= position <= last:
            return Err(BadSettings(f"position must lie between {first} and {last}"))
        others = [entry for entry in waiting if entry.id != request_id]
        others.insert(position - ahead - 1, found)
        store.rewrite_places(session, others)
        session.flush()
        self._line.moved(tx)
        return Ok(None)

    def approve_in(self, tx: Transaction, request_id: str, *, yes: bool) -> Result[Entry, NoSuchRequest]:
        """See `SongQueuePort.approve`."""
        entry = store.find(session_of(tx), request_id)
        if entry is None or entry.state != "approval":
            return Err(NoSuchRequest(request_id))
        if yes:
            entry = replace(entry, state="waiting")
        else:
            text = "This song was not picked for the stream."
            entry = over(entry, "removed", at=self._clock.now(), code=REJECTED, text=text)
        self._line.put(tx, entry)
        return Ok(entry)

    def end_session_in(self, tx: Transaction, ended: StreamSessionEnded) -> None:
        """What was not heard is over. What may have been stays with the streamer."""
        session, now = session_of(tx), self._clock.now()
        for entry in unheard_in(store.active(session), ended, now):
            store.put(session, unheard(entry, now))
            if entry.state != "undecided" or entry.is_set_aside:
                self._sagas.wake_in(tx, entry.id)
        self._line.moved(tx)
