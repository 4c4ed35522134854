"""The gate that a 429 closes."""

from __future__ import annotations

from datetime import timedelta

from companion.ports.failures import QuotaExhausted, RateLimited
from companion.services.spotify.gate import Gate
from tests.fakes.clock import FakeClock


def test_opens_when_the_time_has_come(clock: FakeClock) -> None:
    gate = Gate(clock=clock)
    error = RateLimited(clock.now() + timedelta(seconds=10))
    gate.close(error)
    clock.advance(9)
    assert gate.closed() == error
    clock.advance(1)
    assert gate.closed() is None


def test_a_shorter_wait_does_not_replace_a_longer_one(clock: FakeClock) -> None:
    gate = Gate(clock=clock)
    long = QuotaExhausted(clock.now() + timedelta(hours=1))
    gate.close(long)
    gate.close(RateLimited(clock.now() + timedelta(seconds=1)))
    assert gate.closed() == long


def test_a_clock_set_back_does_not_keep_it_closed(clock: FakeClock) -> None:
    gate = Gate(clock=clock)
    gate.close(RateLimited(clock.now() + timedelta(seconds=10)))
    clock.jump(timedelta(days=-1))
    clock.advance(10)
    assert gate.closed() is None


def test_sleep_counts_as_waiting(clock: FakeClock) -> None:
    gate = Gate(clock=clock)
    gate.close(RateLimited(clock.now() + timedelta(seconds=10)))
    clock.jump(timedelta(seconds=11))  # the monotonic clock stood still
    assert gate.closed() is None
