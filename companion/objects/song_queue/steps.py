"""The steps of a request's life, as its saga takes them: each joins the transaction of the saga's journal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy.orm import Session

from companion.kernel.instant import Instant
from companion.kernel.result import Err, Ok, Result
from companion.objects.song_queue import rules, store, views
from companion.objects.song_queue.core import LOOK_AFTER, NOT_LIVE, ON_HOLD, SongQueueCore
from companion.objects.song_queue.progress import SESSION_ENDED, VANISHED, unheard
from companion.objects.song_queue.state import NEVER_SEEN_AFTER, Entry, over
from companion.ports.events import SongRequestRefused, SongRequestSucceeded
from companion.ports.failures import SpotifyError, StorageFailed
from companion.ports.song_queue import RuleRefusal, SongRequest
from companion.ports.song_steps import (
    Admitted,
    Granted,
    Heard,
    NeverSeen,
    NewRequest,
    NotYet,
    Outcome,
    Over,
    Refused,
    Turn,
)
from companion.ports.transaction import Transaction
from companion.runtime.transactions import StorageFailure, session_of

TAKEN_BACK: Final = "taken_back"
LEFT: Final = "left_by_streamer"
PASSED_BY: Final = "Another request goes first."
_GONE: Final = Over("gone", "Your song is not in the queue any more.")
_UNHEARD: Final = frozenset({VANISHED, SESSION_ENDED})
_SKIPPED: Final = Over("skipped", "Your song was skipped.")


class SongQueueForSaga(SongQueueCore):
    """Implements `ports.song_steps.SongQueueSteps`, but for `get_settings`."""

    def admit_in(self, tx: Transaction, new: NewRequest) -> Admitted | RuleRefusal:
        """See `SongQueueSteps`."""
        session = session_of(tx)
        if (known := store.find(session, new.id)) is not None:
            return self._standing(tx, known)
        settings = self._settings
        window = settings.rules_for(new.source, new.role).duplicate_window
        facts = store.facts(session, new, live=self._stream.get_is_live(), window=window)
        refusal = rules.check(new, facts, settings, store.blocks(session))
        if refusal is not None:
            return refusal
        asks = settings.needs_approval and new.role != "broadcaster"
        entry = Entry(
            id=new.id,
            source=new.source,
            viewer=new.viewer,
            role=new.role,
            track=new.track,
            state="approval" if asks else "waiting",
            place=store.next_place(session),
            requested_at=new.requested_at,
            session_id=self._session_id(),
        )
        self._keep(tx, entry)
        return self._standing(tx, entry)

    def _standing(self, tx: Transaction, entry: Entry) -> Admitted:
        """With its number in line."""
        own = next((one for one in self._shown(store.active(session_of(tx))) if one.id == entry.id), None)
        place, wait = (None, None) if own is None else (own.position, own.expected_wait)
        return Admitted(place, None if wait is None else wait.total_seconds(), needs_approval=entry.state == "approval")

    def _shown(self, entries: Sequence[Entry]) -> tuple[SongRequest, ...]:
        playing = self._playback.get_state().picture
        return views.requests(entries, playing, self.clock.now(), held_back=self._held_back(entries))

    def remove_in(self, tx: Transaction, request_id: str) -> None:
        """See `SongQueueSteps`."""
        entry = store.find(session_of(tx), request_id)
        if entry is not None and entry.active and entry.state != "playing":
            self._keep(tx, over(entry, "removed", at=self.clock.now(), code=TAKEN_BACK, text=_GONE.text))

    def turn_in(self, tx: Transaction, request_id: str) -> Turn:
        """See `SongQueueSteps`."""
        session = session_of(tx)
        entry = store.find(session, request_id)
        if (ended := self._ended_in(tx, entry)) is not None or entry is None:
            return ended or _GONE
        if entry.is_set_aside:  # its run goes on after all
            entry = replace(entry, state="waiting")
            self._keep(tx, entry)
        if entry.granted or entry.state != "waiting":
            return Granted() if entry.state != "approval" else NotYet()
        plan = self._plan(session)
        if plan.grant == request_id:
            self._pass_by(session)
            self._keep(tx, replace(entry, granted=True))
            return Granted()
        return NotYet(plan.until if plan.first == request_id else None)

    def _pass_by(self, session: Session) -> None:
        """The turn of those that wait until the stream is live goes to another, and comes again after that one."""
        entries = store.active(session)
        back = self._held_back(entries)
        for entry in entries:
            if entry.granted and entry.id in back:
                store.put(session, replace(entry, granted=False))

    def _over(self, entry: Entry | None) -> Over | None:
        if entry is None:
            return _GONE
        if entry.active or entry.state == "played":
            return None
        code = entry.over_code or "gone"
        keep = code in _UNHEARD and self._settings.keep_points_of_unheard
        return Over(code, entry.over_text or _GONE.text, keep=keep)

    def why_not(self, request_id: str) -> Over | None:
        """See `SongQueueSteps`."""
        with self.transactions.reading() as session:
            return self._over_by_now(store.find(session, request_id))

    def _over_by_now(self, entry: Entry | None) -> Over | None:
        """The same, also if it was in Spotify's hands when its session ended, so that nobody has said so yet."""
        if entry is not None and (entry.state == "waiting" or entry.is_set_aside) and self._has_ended(entry):
            entry = unheard(entry, self.clock.now())
        return self._over(entry)

    def _ended_in(self, tx: Transaction, entry: Entry | None) -> Over | None:
        """The same, and written down: its run goes on to its points, and nobody else would take it off the queue."""
        ended = self._over_by_now(entry)
        if ended is not None and entry is not None and entry.active:
            self._keep(tx, unheard(entry, self.clock.now()))
        return ended

    def paused(self, request_id: str) -> str | None:
        """See `SongQueueSteps`. Set aside it would not be planned with: those behind it would go first for ever."""
        if self._held():
            return ON_HOLD
        with self.transactions.begin() as tx:
            session = tx.session
            entry = store.find(session, request_id)
            if entry is not None and entry.is_set_aside:
                self._keep(tx, replace(entry, state="waiting"))
            entries = store.active(session)
            if request_id in self._held_back(entries):
                return NOT_LIVE
            passed_by = any(entry.id == request_id and not entry.granted for entry in entries)
            return PASSED_BY if passed_by and self._plan(session, entries).grant != request_id else None

    def listed(self) -> Sequence[str]:
        """See `SongQueueSteps`."""
        return self._known.listed

    def begin_handing(self, request_id: str) -> Result[Over | None, StorageFailed]:
        """See `SongQueueSteps`."""
        try:
            with self.transactions.begin() as tx:
                entry = store.find(tx.session, request_id)
                if (ended := self._ended_in(tx, entry)) is not None or entry is None:
                    return Ok(ended or _GONE)
                if entry.state == "waiting" or entry.is_set_aside:
                    after = replace(entry, state="waiting", granted=True, handing=True, missing_since=None)
                    store.put(tx.session, replace(after, handed_over_at=self.clock.now()))
                    self._touch(tx)
                return Ok(None)
        except StorageFailure as failure:
            return Err(StorageFailed(failure.detail))

    def not_handed_over(self, request_id: str, note: str | None) -> Result[None, StorageFailed]:
        """See `SongQueueSteps`."""
        try:
            with self.transactions.begin() as tx:
                entry = store.find(tx.session, request_id)
                if entry is None or entry.state not in {"waiting", "undecided"}:
                    return Ok(None)
                entry = replace(entry, state="waiting", granted=True)
                since = entry.held_since
                if note is not None:
                    self._out_of_sight = self._out_of_sight or since is None or not self._sees_spotify()
                    since = since or self.clock.now()
                after = replace(entry, handing=False, handed_over_at=None, missing_since=None, held_since=since)
                self._keep(tx, self._after_hand_over(after if note is None else after.noted(note)))
                return Ok(None)
        except StorageFailure as failure:
            return Err(StorageFailed(failure.detail))

    def _sees_spotify(self) -> bool:
        state = self._playback.get_state()
        return state.problem is None and state.picture is not None and state.picture.kind != "nothing"

    def turned_down(self, error: SpotifyError) -> None:
        """See `SongQueueSteps`."""
        self._turned_down = error
        self._on_change()

    def never_sent(self, request_id: str) -> bool:
        """See `SongQueueSteps`."""
        with self.transactions.reading() as session:
            entry = store.find(session, request_id)
            return entry is not None and (entry.is_set_aside or (entry.state == "waiting" and not entry.handing))

    def not_there(self, request_id: str, at: Instant) -> Result[Instant, StorageFailed]:
        """See `SongQueueSteps`. A reading from before the first one means that the clock was set back."""
        try:
            with self.transactions.begin() as tx:
                entry = store.find(tx.session, request_id)
                if entry is None:
                    return Ok(at)
                if entry.missing_since is not None and entry.missing_since <= at:
                    return Ok(entry.missing_since)
                store.put(tx.session, replace(entry, missing_since=at))
                self._touch(tx)
                return Ok(at)
        except StorageFailure as failure:
            return Err(StorageFailed(failure.detail))

    def was_seen(self, request_id: str) -> bool:
        """See `SongQueueSteps`."""
        with self.transactions.reading() as session:
            entry = store.find(session, request_id)
            return entry is not None and entry.seen_at is not None

    def handed_over_in(self, tx: Transaction, request_id: str) -> None:
        """See `SongQueueSteps`. It may have been seen in Spotify, or have begun to play, before the answer came."""
        entry = store.find(session_of(tx), request_id)
        if entry is None or entry.state not in {"waiting", "undecided"}:
            return
        at = entry.handed_over_at or self.clock.now()
        after = replace(entry, state="handed_over", handed_over_at=at, granted=False, handing=False)
        after = replace(after, missing_since=None, held_since=None, note=None)
        self._keep(tx, self._after_hand_over(after))
        tx.after_commit(self._taken)

    def _taken(self) -> None:
        self._turned_down = None
        self._playback.look_soon(LOOK_AFTER)

    def undecided_in(self, tx: Transaction, request_id: str) -> None:
        """See `SongQueueSteps`."""
        entry = store.find(session_of(tx), request_id)
        known = entry is not None and entry.state == "handed_over" and entry.seen_at is not None
        if entry is None or known or entry.state not in {"waiting", "handed_over"}:
            return
        after = replace(entry.noted(None), state="undecided", granted=False, handing=False, held_since=None)
        self._keep(tx, self._after_hand_over(replace(after, missing_since=None)))
        if after.is_set_aside and self._has_ended(after):  # nothing was sent: there is nothing to ask the streamer
            self._sagas.wake_in(tx, entry.id)

    def left_in(self, tx: Transaction, request_id: str) -> None:
        """See `SongQueueSteps`."""
        entry = store.find(session_of(tx), request_id)
        if entry is not None and entry.state in {"approval", "waiting", "undecided"}:
            self._keep(tx, over(entry, "removed", at=self.clock.now(), code=LEFT, text=_GONE.text))

    def why_taken_out(self, request_id: str) -> Over | None:
        """See `SongQueueSteps`."""
        with self.transactions.reading() as session:
            entry = store.find(session, request_id)
        ended = None if entry is None else self._over(entry)
        return None if ended is None or ended.code in _UNHEARD else ended

    def outcome_in(self, tx: Transaction, request_id: str) -> Outcome:
        """See `SongQueueSteps`. It is never given up by its age while it stands in Spotify's queue."""
        entry = store.find(session_of(tx), request_id)
        if (ended := self._over(entry)) is not None or entry is None:
            return ended or _GONE
        wants_end = self._settings.refund_skipped
        if entry.state == "playing":
            return NotYet() if wants_end else Heard()
        if entry.state == "played":
            return _SKIPPED if wants_end and entry.skipped else Heard()
        if entry.seen_at is not None or entry.handed_over_at is None:
            return NotYet()
        until = entry.handed_over_at + NEVER_SEEN_AFTER
        return NeverSeen() if self.clock.now() >= until else NotYet(until)

    def heard_in(self, tx: Transaction, request_id: str) -> None:
        """See `SongQueueSteps`."""
        if (entry := store.find(session_of(tx), request_id)) is not None:
            self._publish_heard(tx, entry)

    def fulfilled_in(self, tx: Transaction, request_id: str, at: Instant) -> None:
        """See `SongQueueSteps`."""
        session = session_of(tx)
        entry = store.find(session, request_id)
        if entry is None or entry.fulfilled_at is not None:
            return
        entry = replace(entry, fulfilled_at=at)
        if entry.state in {"approval", "undecided"}:  # the streamer has said so
            entry = over(entry, "vanished", at=at, code=VANISHED, text=_GONE.text)
        self._keep(tx, entry)
        store.set_fulfilled(session, request_id, at)
        self._publish_heard(tx, entry)

    def _publish_heard(self, tx: Transaction, entry: Entry) -> None:
        if entry.state in {"playing", "played"} and entry.playing_since is not None:
            self.bus.add(tx, self._success(entry, self._twitch_time(entry.playing_since)))

    def _success(self, entry: Entry, at: Instant) -> SongRequestSucceeded:
        named = self._viewers.get(entry.viewer.user_id) or entry.viewer
        return SongRequestSucceeded(
            event_id=f"song_request_success:{entry.id}",
            at=at,
            request_id=entry.id,
            source=entry.source,
            session_id=entry.session_id,
            viewer_id=named.user_id,
            viewer_name=named.display_name,
            track_id=entry.track.id,
            title=entry.track.title,
            artists=entry.track.artists,
        )

    def refused_in(self, tx: Transaction, refused: Refused) -> None:
        """See `SongQueueSteps`. What was played stays played, also when its points went back."""
        now = self.clock.now()
        entry = store.find(session_of(tx), refused.request_id)
        if entry is not None and entry.state not in {"played", "playing", "refunded"}:
            self._keep(tx, over(entry, "refunded", at=entry.over_at or now, code=refused.reason, text=refused.text))
        named = self._viewers.get(refused.viewer.user_id) or refused.viewer
        event = SongRequestRefused(
            event_id=f"song_request_refused:{refused.request_id}",
            at=now,
            request_id=refused.request_id,
            source=refused.source,
            session_id=self._session_id() if entry is None else entry.session_id,
            viewer_id=named.user_id,
            viewer_name=named.display_name,
            reason=refused.reason,
            by_viewer=refused.by_viewer,
            text=refused.text,
        )
        self.bus.add(tx, event)
