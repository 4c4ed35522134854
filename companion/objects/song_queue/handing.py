"""A request's way into Spotify's queue, as its saga takes it: its turn, the hand-over, and what came of that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy.orm import Session

from companion.kernel.instant import Instant
from companion.kernel.result import Err, Ok, Result
from companion.objects.song_queue import store
from companion.objects.song_queue.handover import LOOK_AFTER
from companion.objects.song_queue.line import NOT_LIVE, ON_HOLD, Line
from companion.objects.song_queue.memory import Memory
from companion.objects.song_queue.sessions import Sessions
from companion.objects.song_queue.sight import Sight
from companion.objects.song_queue.standing import GONE, Standing
from companion.ports.failures import SpotifyError, StorageFailed
from companion.ports.playback import QueueWatch
from companion.ports.song_steps import Granted, NotYet, Over, Turn
from companion.ports.transaction import Transaction
from companion.runtime.durable_object import Runtime
from companion.runtime.transactions import StorageFailure, session_of

PASSED_BY: Final = "Another request goes first."


class Handing:
    """Implements `ports.song_steps.SongHandOver`.

    `held`: whether everything is on hold. `on_change`: what is shown of Spotify's refusal has changed.
    """

    def __init__(
        self,
        *,
        runtime: Runtime,
        memory: Memory,
        line: Line,
        sight: Sight,
        sessions: Sessions,
        standing: Standing,
        playback: QueueWatch,
        held: Callable[[], bool],
        on_change: Callable[[], None],
    ) -> None:
        self._transactions = runtime.transactions
        self._clock = runtime.clock
        self._memory = memory
        self._line = line
        self._sight = sight
        self._sessions = sessions
        self._standing = standing
        self._playback = playback
        self._held = held
        self._on_change = on_change
        self.refusal: SpotifyError | None = None
        """Why Spotify takes no song of anybody's, until it takes one."""

    # ---- its turn

    def turn_in(self, tx: Transaction, request_id: str) -> Turn:
        """See `SongHandOver`."""
        session = session_of(tx)
        entry = store.find(session, request_id)
        if (ended := self._standing.ended_in(tx, entry)) is not None or entry is None:
            return ended or GONE
        if entry.is_set_aside:  # its run goes on after all
            entry = replace(entry, state="waiting")
            self._line.keep(tx, entry)
        if entry.granted or entry.state != "waiting":
            return Granted() if entry.state != "approval" else NotYet()
        plan = self._line.plan(session)
        if plan.grant == request_id:
            self._pass_by(session)
            self._line.keep(tx, replace(entry, granted=True))
            return Granted()
        return NotYet(plan.until if plan.first == request_id else None)

    def _pass_by(self, session: Session) -> None:
        """The turn of those that wait until the stream is live goes to another, and comes again after that one."""
        entries = store.active(session)
        back = self._line.held_back(entries)
        for entry in entries:
            if entry.granted and entry.id in back:
                store.put(session, replace(entry, granted=False))

    def paused(self, request_id: str) -> str | None:
        """See `SongHandOver`. Set aside it would not be planned with: those behind it would go first for ever."""
        if self._held():
            return ON_HOLD
        with self._transactions.begin() as tx:
            session = tx.session
            entry = store.find(session, request_id)
            if entry is not None and entry.is_set_aside:
                self._line.keep(tx, replace(entry, state="waiting"))
            entries = store.active(session)
            if request_id in self._line.held_back(entries):
                return NOT_LIVE
            passed_by = any(entry.id == request_id and not entry.granted for entry in entries)
            return PASSED_BY if passed_by and self._line.plan(session, entries).grant != request_id else None

    # ---- the hand-over

    def listed(self) -> Sequence[str]:
        """See `SongHandOver`."""
        return self._memory.known.listed

    def begin_handing(self, request_id: str) -> Result[Over | None, StorageFailed]:
        """See `SongHandOver`."""
        try:
            with self._transactions.begin() as tx:
                entry = store.find(tx.session, request_id)
                if (ended := self._standing.ended_in(tx, entry)) is not None or entry is None:
                    return Ok(ended or GONE)
                if entry.state == "waiting" or entry.is_set_aside:
                    after = replace(entry, state="waiting", granted=True, handing=True, missing_since=None)
                    store.put(tx.session, replace(after, handed_over_at=self._clock.now()))
                    self._memory.touch(tx)
                return Ok(None)
        except StorageFailure as failure:
            return Err(StorageFailed(failure.detail))

    def not_handed_over(self, request_id: str, note: str | None) -> Result[None, StorageFailed]:
        """See `SongHandOver`."""
        try:
            with self._transactions.begin() as tx:
                entry = store.find(tx.session, request_id)
                if entry is None or entry.state not in {"waiting", "undecided"}:
                    return Ok(None)
                entry = replace(entry, state="waiting", granted=True)
                since, now = entry.held_since, self._clock.now()
                if note is not None:
                    self._sight.hand_over_failed(first=since is None)
                    since = since or now
                after = replace(entry, handing=False, handed_over_at=None, missing_since=None, held_since=since)
                after = after if note is None else after.noted(note)
                self._line.keep(tx, self._sessions.unless_ended(after, now))
                return Ok(None)
        except StorageFailure as failure:
            return Err(StorageFailed(failure.detail))

    def turned_down(self, error: SpotifyError) -> None:
        """See `SongHandOver`."""
        self.refusal = error
        self._on_change()

    def not_there(self, request_id: str, at: Instant) -> Result[Instant, StorageFailed]:
        """See `SongHandOver`. A reading from before the first one means that the clock was set back."""
        try:
            with self._transactions.begin() as tx:
                entry = store.find(tx.session, request_id)
                if entry is None:
                    return Ok(at)
                if entry.missing_since is not None and entry.missing_since <= at:
                    return Ok(entry.missing_since)
                store.put(tx.session, replace(entry, missing_since=at))
                self._memory.touch(tx)
                return Ok(at)
        except StorageFailure as failure:
            return Err(StorageFailed(failure.detail))

    def handed_over_in(self, tx: Transaction, request_id: str) -> None:
        """See `SongHandOver`. It may have been seen in Spotify, or have begun to play, before the answer came."""
        entry = store.find(session_of(tx), request_id)
        if entry is None or entry.state not in {"waiting", "undecided"}:
            return
        now = self._clock.now()
        at = entry.handed_over_at or now
        after = replace(entry, state="handed_over", handed_over_at=at, granted=False, handing=False)
        after = replace(after, missing_since=None, held_since=None, note=None)
        self._line.keep(tx, self._sessions.unless_ended(after, now))
        tx.after_commit(self._taken)

    def _taken(self) -> None:
        self.refusal = None
        self._playback.look_soon(LOOK_AFTER)
