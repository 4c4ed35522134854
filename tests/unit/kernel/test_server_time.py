"""A server's clock, reckoned from its answers."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from companion.kernel.server_time import ServerTime
from tests.fakes.clock import START, FakeClock

AHEAD = timedelta(minutes=11)


def test_before_the_first_answer_the_machines_clock_has_to_do() -> None:
    clock = FakeClock()
    assert ServerTime(clock).now() == START
    assert ServerTime(clock).of(START - AHEAD) == START - AHEAD


def test_from_an_answer_on_time_passes_by_the_monotonic_clock() -> None:
    clock = FakeClock()
    server = ServerTime(clock)
    server.heard(START - AHEAD)
    clock.advance(90)
    clock.jump(timedelta(days=1))
    assert server.now() == START - AHEAD + timedelta(seconds=90)


def test_a_local_instant_is_moved_by_the_difference() -> None:
    clock = FakeClock()
    server = ServerTime(clock)
    server.heard(START + AHEAD)
    clock.advance(60)
    assert server.of(clock.now() - timedelta(seconds=20)) == START + AHEAD + timedelta(seconds=40)


def test_an_instant_of_the_server_is_moved_back_to_the_machines_clock() -> None:
    clock = FakeClock()
    server = ServerTime(clock)
    assert server.local(START) == START
    server.heard(START - AHEAD)
    clock.advance(60)
    assert server.local(START - AHEAD) == START
    assert server.local(server.of(START)) == START


def test_after_a_sleep_that_the_monotonic_clock_missed_the_next_answer_mends() -> None:
    clock = FakeClock()
    server = ServerTime(clock)
    server.heard(START)
    clock.jump(timedelta(hours=8))
    server.heard(START + timedelta(hours=8))
    assert server.now() == START + timedelta(hours=8)


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 10)), min_size=1))
def test_late_answers_never_set_it_back_and_the_quickest_counts(answers: list[tuple[float, float]]) -> None:
    clock = FakeClock()
    server = ServerTime(clock)
    for waited, latency in answers:
        before = server.now()
        clock.advance(waited)
        server.heard(clock.now() + AHEAD - timedelta(seconds=latency))
        assert server.now() >= before
    late = clock.now() + AHEAD - server.now()
    quickest = timedelta(seconds=min(latency for _, latency in answers))
    assert abs(late - quickest) < timedelta(milliseconds=1)
