"""Writing transitions, and doing what they leave to be done.

An accepted transition commits its state, its event and its to-dos at once; the to-dos are then done one
by one, each marked. A kill between any two of them is made good at the next start.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import assert_never

from sqlalchemy import delete, select

from companion.kernel.ids import deterministic_id
from companion.kernel.instant import Clock, Instant, format_instant
from companion.kernel.result import Err
from companion.objects.stream_lifecycle.state import (
    TODOS,
    EndSession,
    GoOffline,
    GoOnline,
    LifecycleState,
    Step,
)
from companion.objects.stream_lifecycle.tables import StreamSeenRow, StreamStateRow, StreamTodoRow
from companion.ports.events import DomainEvent, StreamSessionEnded, StreamWentOffline, StreamWentOnline
from companion.ports.stream import StreamAudience
from companion.ports.transaction import Transaction
from companion.runtime.event_bus import EventBus
from companion.runtime.event_codec import decode_event, encode_event
from companion.runtime.transactions import Transactions, session_of


def write_steps(tx: Transaction, steps: Sequence[Step]) -> LifecycleState:
    """Commit-to-be: every step's to-dos with its event, the last step's state."""
    session = session_of(tx)
    for step in steps:
        state = step.state
        if isinstance(step.transition, GoOnline):
            if state.session_id is None or state.started_at is None:
                raise AssertionError("a stream went online without a session")
            seen = StreamSeenRow(
                stream_id=step.transition.stream_id, session_id=state.session_id, started_at=state.started_at
            )
            session.merge(seen)
        event = encode_event(event_of(step))
        todos = ("publish",) if isinstance(step.transition, EndSession) else TODOS
        session.add_all(StreamTodoRow(todo=todo, event=event) for todo in todos)
        session.flush()
    session.merge(StreamStateRow.of(steps[-1].state))
    return steps[-1].state


def event_of(step: Step) -> DomainEvent:
    """The event that tells of a step; its id follows from the stream id and the times, so a repetition is known."""
    state, transition = step.state, step.transition
    if state.session_id is None or state.started_at is None:
        raise AssertionError("a transition without a session")
    match transition:
        case GoOnline(stream_id, resumed, after):
            return StreamWentOnline(
                event_id=deterministic_id("stream_online", stream_id, *_told(after)),
                at=_known(state.last_transition_at),
                session_id=state.session_id,
                stream_id=stream_id,
                started_at=state.started_at,
                resumed=resumed,
            )
        case GoOffline(stream_id, at, opened_at):
            return StreamWentOffline(
                event_id=deterministic_id("stream_offline", stream_id, *_told(opened_at)),
                at=_known(state.last_transition_at),
                session_id=state.session_id,
                started_at=state.started_at,
                ended_at=at,
                peak_viewer_count=state.peak,
                resume_until=_known(state.resume_until),
            )
        case EndSession(session_id):
            return StreamSessionEnded(
                event_id=deterministic_id("stream_session_ended", session_id),
                at=_known(state.ended_at),
                session_id=session_id,
                started_at=state.started_at,
                ended_at=_known(state.ended_at),
                peak_viewer_count=state.peak,
            )
        case _:
            assert_never(transition)


class TodoWorker:
    """Works off the to-dos, oldest first."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        bus: EventBus,
        clock: Clock,
        logger: logging.Logger,
        audience: dict[str, StreamAudience],
        polling: Callable[[Transaction, Instant, bool], None],
    ) -> None:
        self._transactions = transactions
        self._bus = bus
        self._clock = clock
        self._logger = logger
        self._audience = audience
        self._polling = polling

    async def work_off(self) -> None:
        """Do all that is left. Must not run twice at once (the object's gate sees to it)."""
        while await self._next():
            pass

    async def _next(self) -> bool:
        with self._transactions.begin() as tx:
            row = session_of(tx).scalars(select(StreamTodoRow).order_by(StreamTodoRow.position).limit(1)).one_or_none()
            if row is None:
                return False
            position, todo, payload = row.position, row.todo, row.event
        decoded = decode_event(payload)
        if isinstance(decoded, Err):
            self._logger.error("a stored to-do of the stream was not understood and is dropped: %s", decoded.error)
            self._done(position)
            return True
        event = decoded.value
        if todo in self._audience:
            await self._tell(self._audience[todo], event)
            self._done(position)
        else:
            with self._transactions.begin() as tx:
                if todo == "publish":
                    self._bus.add(tx, event)
                else:
                    self._polling(tx, self._clock.now(), event.kind == "stream_online")
                session_of(tx).execute(delete(StreamTodoRow).where(StreamTodoRow.position == position))
        return True

    async def _tell(self, listener: StreamAudience, event: DomainEvent) -> None:
        told = await (listener.on_stream_online() if event.kind == "stream_online" else listener.on_stream_offline())
        if isinstance(told, Err):
            # A login that has ended must never block going offline: it counts as told.
            self._logger.info("told of %s, answered %s", event.kind, type(told.error).__name__)

    def _done(self, position: int) -> None:
        with self._transactions.begin() as tx:
            session_of(tx).execute(delete(StreamTodoRow).where(StreamTodoRow.position == position))


def _told(value: Instant | None) -> Sequence[str]:
    return () if value is None else (format_instant(value),)


def _known(value: Instant | None) -> Instant:
    if value is None:
        raise AssertionError("a transition without its time")
    return value
