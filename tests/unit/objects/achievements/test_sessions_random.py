"""The present session through every order of starts and ends, as the stream's life tells them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from companion.objects.achievements import sessions
from companion.objects.achievements.sessions import SessionState
from companion.ports.events import DomainEvent, StreamSessionEnded, StreamWentOffline, StreamWentOnline
from companion.runtime.transactions import SqlTransaction
from tests.unit.objects.achievements.stage import Stage
from tests.unit.objects.stream_lifecycle.evenings import Evening, Life, evenings


class Undone(Exception):
    """Ends a transaction without a trace."""


@contextmanager
def undone(stage: Stage) -> Iterator[SqlTransaction]:
    """A transaction of which nothing stays, for one example."""
    with suppress(Undone), stage.rig.transactions.begin() as tx:
        yield tx
        raise Undone


def take(tx: SqlTransaction, state: SessionState, event: DomainEvent) -> SessionState:
    match event:
        case StreamWentOnline():
            return sessions.went_online(tx.session, state, event)
        case StreamWentOffline():
            return sessions.went_offline(tx.session, state, event)
        case StreamSessionEnded():
            return sessions.ended(tx.session, state, event)
        case _:
            raise AssertionError(event)


def matches(state: SessionState, life: Life) -> bool:
    present = state.session
    return present is not None and (present.id, present.online) == (life.state.session_id, life.state.is_live)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(evening=evenings())
async def test_on_air_is_whoever_the_stream_says(stage: Stage, evening: Evening) -> None:
    reports, last = evening
    life, state, told = Life(), SessionState(), 0
    with undone(stage) as tx:
        for report in (*reports, last):
            life.hear(report)
            for event in life.events[told:]:
                state = take(tx, state, event)
            told = len(life.events)
            assert matches(state, life)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(evening=evenings(), ends=st.booleans(), data=st.data())
async def test_also_when_the_events_are_delivered_in_another_order(
    stage: Stage, evening: Evening, ends: bool, data: st.DataObject
) -> None:
    reports, last = evening
    life, state = Life(), SessionState()
    for report in (*reports, last) if ends else reports:
        life.hear(report)
    with undone(stage) as tx:
        for event in data.draw(st.permutations(life.events)):
            state = take(tx, state, event)
        present = state.session
        assert (present is not None and present.online) is life.state.is_live
        assert ends or (present is not None and present.id == life.state.session_id)
