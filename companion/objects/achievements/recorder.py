"""What one event leaves behind: its facts, the progress and the unlocks, in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from companion.kernel.ids import deterministic_id
from companion.kernel.instant import Clock, Instant
from companion.objects.achievements import book, facts, rules, sessions
from companion.ports.achievements import Definition
from companion.ports.events import (
    AchievementUnlocked,
    ChatMessageSeen,
    DomainEvent,
    StreamSessionEnded,
    StreamWentOffline,
    StreamWentOnline,
)
from companion.ports.transaction import Transaction
from companion.ports.viewers import Viewer
from companion.runtime import outbox
from companion.runtime.event_bus import EventBus
from companion.runtime.transactions import session_of

OWNER: Final = "achievements"
"""The name under which receipts are kept."""
_StreamEvent: TypeAlias = StreamWentOnline | StreamWentOffline | StreamSessionEnded


class Recorder:
    """Keeps in memory what every decision needs, and changes it only once a change stands on disk.

    `announce(tx)` sees to it that a new line is said.
    """

    def __init__(
        self, *, bus: EventBus, clock: Clock, announce: Callable[[Transaction], None], on_change: Callable[[], None]
    ) -> None:
        self._bus = bus
        self._clock = clock
        self._announce = announce
        self._on_change = on_change
        self.definitions: tuple[Definition, ...] = ()
        self._state = sessions.SessionState()
        self._latest_success: Instant | None = None
        self._present: set[str] = set()
        """Who was seen in the present session, for as long as this run lasts."""

    def load_in(self, tx: Transaction) -> None:
        """Read what is stored."""
        session = session_of(tx)
        self.definitions = book.definitions(session)
        self._state = sessions.load(session)
        self._latest_success = facts.latest_success(session)

    @property
    def session(self) -> rules.Session | None:
        """The present session, or the last one."""
        return self._state.session

    def record_in(self, tx: Transaction, event: DomainEvent) -> None:
        """Take in an event; one that was taken in before does nothing."""
        match event:
            case StreamWentOnline() | StreamWentOffline() | StreamSessionEnded():
                self._stream(tx, event)
            case _:
                self._viewer(tx, event)

    def unlock(self, cause: str, definition: Definition, viewer: Viewer, at: Instant) -> AchievementUnlocked:
        """The event of an unlock; the same cause always makes the same one."""
        present = self._state.session
        return AchievementUnlocked(
            event_id=deterministic_id("achievement", cause, definition.id, viewer.user_id),
            at=at,
            session_id=present.id if present is not None and present.online else None,
            viewer_id=viewer.user_id,
            viewer_name=viewer.display_name,
            achievement_id=definition.id,
            name=definition.name,
            description=definition.description,
            icon=definition.icon,
        )

    def _stream(self, tx: Transaction, event: _StreamEvent) -> None:
        session = session_of(tx)
        if not outbox.claim_receipt(session, OWNER, event.event_id, self._clock.now()):
            return
        match event:
            case StreamWentOnline():
                state = sessions.went_online(session, self._state, event)
            case StreamWentOffline():
                state = sessions.went_offline(session, self._state, event)
            case StreamSessionEnded():
                state = sessions.ended(session, self._state, event)
        tx.after_commit(lambda: self._enter(state))

    def _enter(self, state: sessions.SessionState) -> None:
        if state.session is None or self._state.session is None or state.session.id != self._state.session.id:
            self._present.clear()
        self._state = state
        self._on_change()

    def _viewer(self, tx: Transaction, event: DomainEvent) -> None:
        """A chat of a hundred lines a second goes through here: its fact is its receipt, and mostly all there is."""
        who = rules.viewer_of(event)
        if who is None:
            return
        viewer_id, viewer_name = who
        session, now = session_of(tx), self._clock.now()
        number = rules.belongs_to(event, self._state.session)
        chat = isinstance(event, ChatMessageSeen)
        if chat:
            spoken = rules.Occurrence("chat_message")
            if not facts.keep(
                session, spoken, event_id=event.event_id, viewer_id=viewer_id, at=event.at, number=number
            ):
                return
        elif not outbox.claim_receipt(session, OWNER, event.event_id, now):
            return
        arrives = number is not None and viewer_id not in self._present
        known = self._facts(tx, event, viewer_id, arrives=arrives)
        outcome = rules.decide(event, known, now)
        for occurrence in outcome.occurrences:
            if not (chat and occurrence.trigger == "chat_message"):
                facts.keep(
                    session, occurrence, event_id=event.event_id, viewer_id=viewer_id, at=event.at, number=number
                )
        if outcome.viewer != known.viewer:
            book.write_viewer(session, viewer_id, outcome.viewer)
        for decision in outcome.decisions:
            self._write(tx, event, decision, Viewer(viewer_id, "", viewer_name))
        if arrives:
            tx.after_commit(lambda: self._present.add(viewer_id))
        if event.kind == "song_request_success":
            tx.after_commit(lambda: self._succeeded(event.at))

    def _facts(self, tx: Transaction, event: DomainEvent, viewer_id: str, *, arrives: bool) -> rules.Facts:
        """Only what this event can touch is read."""
        session = session_of(tx)
        triggers = (*rules.TRIGGERS_OF.get(event.kind, ()), *(rules.ATTENDANCE if arrives else ()))
        touched = tuple(it for it in self.definitions if it.enabled and it.trigger in triggers)
        standings = book.standings(session, viewer_id, (it.id for it in touched)) if touched else {}
        present = self._state.session
        if arrives or event.kind in {"song_request_success", "song_request_refused"}:
            viewer = book.viewer(session, viewer_id)
        else:
            viewer = rules.ViewerFacts(last_session=None if present is None else present.number)
        return rules.Facts(touched, standings, viewer, present, self._latest_success)

    def _write(self, tx: Transaction, event: DomainEvent, decision: rules.Decision, viewer: Viewer) -> None:
        session, definition = session_of(tx), decision.definition
        book.write_progress(session, viewer.user_id, decision)
        if decision.unlocked_at is None:
            return
        unlock = self.unlock(event.event_id, definition, viewer, decision.unlocked_at)
        book.write_unlock(session, unlock, definition.scope, announce=True)
        self._bus.add(tx, unlock)
        self._announce(tx)
        tx.after_commit(self._on_change)

    def _succeeded(self, at: Instant) -> None:
        self._latest_success = at if self._latest_success is None else max(self._latest_success, at)
