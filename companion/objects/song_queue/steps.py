"""A request's life in the queue, as its saga takes it: let in, and in the end heard, given back or left alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from companion.kernel.instant import Clock, Instant
from companion.objects.song_queue import block_lists, rules, store
from companion.objects.song_queue.line import Line
from companion.objects.song_queue.memory import Memory
from companion.objects.song_queue.progress import VANISHED
from companion.objects.song_queue.publisher import Publisher
from companion.objects.song_queue.sessions import Sessions
from companion.objects.song_queue.standing import GONE, Standing
from companion.objects.song_queue.state import NEVER_SEEN_AFTER, Entry, over
from companion.ports.sagas import SagaStarter
from companion.ports.song_rules import RuleRefusal
from companion.ports.song_steps import Admitted, Heard, NeverSeen, NewRequest, NotYet, Outcome, Over, Refused
from companion.ports.stream import StreamLifecyclePort
from companion.ports.transaction import Transaction
from companion.runtime.transactions import session_of

TAKEN_BACK: Final = "taken_back"
LEFT: Final = "left_by_streamer"
_SKIPPED: Final = Over("skipped", "Your song was skipped.")


class Steps:
    """Implements `ports.song_steps.SongQueueSteps`."""

    def __init__(
        self,
        *,
        memory: Memory,
        line: Line,
        sessions: Sessions,
        standing: Standing,
        publisher: Publisher,
        stream: StreamLifecyclePort,
        sagas: SagaStarter,
        clock: Clock,
    ) -> None:
        self._memory = memory
        self._line = line
        self._sessions = sessions
        self._standing = standing
        self._publisher = publisher
        self._stream = stream
        self._sagas = sagas
        self._clock = clock

    def admit_in(self, tx: Transaction, new: NewRequest) -> Admitted | RuleRefusal:
        """See `SongQueueSteps`."""
        session = session_of(tx)
        if (known := store.find(session, new.id)) is not None:
            return self._admitted(tx, known)
        settings = self._memory.settings
        window = settings.rules_for(new.source, new.role).duplicate_window
        facts = store.facts(session, new, live=self._stream.get_is_live(), window=window)
        refusal = rules.check(new, facts, settings, block_lists.read(session))
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
            session_id=self._sessions.current_id(),
        )
        self._line.keep(tx, entry)
        return self._admitted(tx, entry)

    def _admitted(self, tx: Transaction, entry: Entry) -> Admitted:
        """With its number in line."""
        own = next((one for one in self._line.shown(store.active(session_of(tx))) if one.id == entry.id), None)
        place, wait = (None, None) if own is None else (own.position, own.expected_wait)
        return Admitted(place, None if wait is None else wait.total_seconds(), needs_approval=entry.state == "approval")

    def remove_in(self, tx: Transaction, request_id: str) -> None:
        """See `SongQueueSteps`."""
        entry = store.find(session_of(tx), request_id)
        if entry is not None and entry.active and entry.state != "playing":
            self._line.keep(tx, over(entry, "removed", at=self._clock.now(), code=TAKEN_BACK, text=GONE.text))

    def undecided_in(self, tx: Transaction, request_id: str) -> None:
        """See `SongQueueSteps`."""
        entry = store.find(session_of(tx), request_id)
        known = entry is not None and entry.state == "handed_over" and entry.seen_at is not None
        if entry is None or known or entry.state not in {"waiting", "handed_over"}:
            return
        after = replace(entry.noted(None), state="undecided", granted=False, handing=False, held_since=None)
        self._line.keep(tx, self._sessions.unless_ended(replace(after, missing_since=None), self._clock.now()))
        if after.is_set_aside and self._sessions.has_ended(after):  # nothing was sent: the streamer need not be asked
            self._sagas.wake_in(tx, entry.id)

    def left_in(self, tx: Transaction, request_id: str) -> None:
        """See `SongQueueSteps`."""
        entry = store.find(session_of(tx), request_id)
        if entry is not None and entry.state in {"approval", "waiting", "undecided"}:
            self._line.keep(tx, over(entry, "removed", at=self._clock.now(), code=LEFT, text=GONE.text))

    def outcome_in(self, tx: Transaction, request_id: str) -> Outcome:
        """See `SongQueueSteps`. It is never given up by its age while it stands in Spotify's queue."""
        entry = store.find(session_of(tx), request_id)
        if (ended := self._standing.over(entry)) is not None or entry is None:
            return ended or GONE
        wants_end = self._memory.settings.refund_skipped
        if entry.state == "playing":
            return NotYet() if wants_end else Heard()
        if entry.state == "played":
            return _SKIPPED if wants_end and entry.skipped else Heard()
        if entry.seen_at is not None or entry.handed_over_at is None:
            return NotYet()
        until = entry.handed_over_at + NEVER_SEEN_AFTER
        return NeverSeen() if self._clock.now() >= until else NotYet(until)

    def heard_in(self, tx: Transaction, request_id: str) -> None:
        """See `SongQueueSteps`."""
        if (entry := store.find(session_of(tx), request_id)) is not None:
            self._publisher.heard(tx, entry)

    def fulfilled_in(self, tx: Transaction, request_id: str, at: Instant) -> None:
        """See `SongQueueSteps`."""
        session = session_of(tx)
        entry = store.find(session, request_id)
        if entry is None or entry.fulfilled_at is not None:
            return
        entry = replace(entry, fulfilled_at=at)
        if entry.state in {"approval", "undecided"}:  # the streamer has said so
            entry = over(entry, "vanished", at=at, code=VANISHED, text=GONE.text)
        self._line.keep(tx, entry)
        store.set_fulfilled(session, request_id, at)
        self._publisher.heard(tx, entry)

    def refused_in(self, tx: Transaction, refused: Refused) -> None:
        """See `SongQueueSteps`. What was played stays played, also when its points went back."""
        now = self._clock.now()
        entry = store.find(session_of(tx), refused.request_id)
        if entry is not None and entry.state not in {"played", "playing", "refunded"}:
            gone = over(entry, "refunded", at=entry.over_at or now, code=refused.reason, text=refused.text)
            self._line.keep(tx, gone)
        session_id = self._sessions.current_id() if entry is None else entry.session_id
        self._publisher.refused(tx, refused, session_id=session_id, at=now)
