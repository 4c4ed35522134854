"""The rules under every order of reports: at most one open session, nothing told twice, nothing untold."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from companion.objects.stream_lifecycle import rules
from companion.objects.stream_lifecycle.state import EndSession, GoOffline, GoOnline, LifecycleState, Step
from companion.objects.stream_lifecycle.transitions import event_of
from companion.ports.events import StreamSessionEnded
from companion.ports.stream import StreamStarted
from tests.unit.objects.stream_lifecycle.evenings import Evening, Life, evenings
from tests.unit.objects.stream_lifecycle.stage import after

WINDOW = timedelta(minutes=10)
TIMES = st.integers(0, 4000)
REPORTS = st.lists(
    st.one_of(
        st.tuples(st.just("online"), st.sampled_from("ABCD"), TIMES),
        st.tuples(st.just("offline"), st.just(""), TIMES),
        st.tuples(st.just("count"), st.just(""), st.integers(0, 500)),
        st.tuples(st.just("empty"), st.just(""), TIMES),
        st.tuples(st.just("end"), st.just(""), st.just(0)),
    ),
    max_size=40,
)


class History:
    """What the object would have done with a list of reports."""

    def __init__(self) -> None:
        self.state = LifecycleState()
        self.seen: set[str] = set()
        self.steps: list[Step] = []
        self.peaks: dict[str, int] = {}
        self.clock = 0

    def take(self, steps: object) -> None:
        for step in steps if isinstance(steps, list | tuple) else []:
            assert isinstance(step, Step)
            self.steps.append(step)
            self.state = step.state
            if isinstance(step.transition, GoOnline):
                self.seen.add(step.transition.stream_id)

    def report(self, word: str, stream_id: str, number: int) -> None:
        self.clock += 60
        if word == "online":
            started = StreamStarted(stream_id, after(number), after(number))
            seen = stream_id in self.seen
            steps = rules.online(self.state, started, seen_before=seen, window=WINDOW)
            assert bool(steps) is not seen  # a stream id not seen before always opens
            self.take(list(steps))
        elif word == "offline":
            self.take(list(rules.offline(self.state, after(number), window=WINDOW)))
        elif word == "end":
            if self.state.session_open and not self.state.is_live:
                self.take([rules.end(self.state)])
        elif self.state.is_live and word == "count":
            assert self.state.session_id is not None
            self.peaks[self.state.session_id] = max(self.peaks.get(self.state.session_id, 0), number)
            self.state = rules.confirmed(rules.counted(self.state, number, after(self.clock)), after(self.clock))
        elif self.state.is_live:
            self.state = rules.empty_answer(self.state, after(number))
            if rules.helix_may_close(self.state, after(number), obs_streaming=None):
                self.take(list(rules.offline(self.state, after(number), window=WINDOW)))


@settings(max_examples=400)
@given(REPORTS)
def test_whatever_is_reported_in_whatever_order(reports: list[tuple[str, str, int]]) -> None:
    history = History()
    for word, stream_id, number in reports:
        history.report(word, stream_id, number)
        state = history.state
        assert not state.is_live or state.session_open
        public = rules.public(state)
        assert (public.ended_at is None) is (state.is_live or not history.steps)
        if state.session_id is not None:
            assert state.peak == history.peaks.get(state.session_id, 0)
    check_alternation(history.steps)
    check_events(history.steps)


def check_alternation(steps: list[Step]) -> None:
    """online, offline, (online, offline)*, ended, online, ...: at most one open session at any time."""
    live = open_session = False
    for step in steps:
        match step.transition:
            case GoOnline(resumed=resumed):
                assert not live and open_session is resumed
                live = open_session = True
            case GoOffline():
                assert live
                live = False
            case EndSession():
                assert open_session and not live
                open_session = False


def check_events(steps: list[Step]) -> None:
    events = [event_of(step) for step in steps]
    assert len({event.event_id for event in events}) == len(events)
    sessions = [event.session_id for event in events if isinstance(event, StreamSessionEnded)]
    assert len(set(sessions)) == len(sessions)  # a session ends once


@given(st.integers(0, 10**6), st.integers(-(10**6), 10**6))
def test_an_end_counts_from_the_start_on(start: int, apart: int) -> None:
    opened = rules.online(
        LifecycleState(), StreamStarted("A", after(start), after(start)), seen_before=False, window=WINDOW
    )[-1].state
    closed = rules.offline(opened, after(start + apart), window=WINDOW)
    assert bool(closed) is (apart >= 0)


@settings(max_examples=300)
@given(evenings())
def test_late_ends_never_take_the_running_stream_off_air(evening: Evening) -> None:
    reports, last = evening
    life = Life()
    for report in reports:
        life.hear(report)
    assert life.state.is_live
    assert life.state.stream_id == last.stream_id

    life.hear(last)
    assert not life.state.is_live
    times = [event.at for event in life.events if not isinstance(event, StreamSessionEnded)]
    assert times == sorted(set(times))  # whoever goes by them finds the transitions in their order
