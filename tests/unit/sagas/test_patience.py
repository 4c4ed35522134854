"""What is counted as waiting for Spotify, whatever lies between two attempts."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from companion.kernel.instant import seconds
from companion.sagas.patience import GIVEN_UP_AFTER, Patience
from tests.fakes.clock import START

TRY = seconds(15)
LIMIT = timedelta(minutes=20)
GAPS = st.lists(st.floats(min_value=-3600.0, max_value=36_000.0), max_size=200)


@given(GAPS)
def test_no_more_is_counted_than_has_passed_nor_than_was_planned(gaps: list[float]) -> None:
    patience, now, passed = Patience(), START, timedelta(0)
    patience.failed(now, now + TRY)
    for gap in gaps:
        now += seconds(gap)
        passed += max(seconds(gap), timedelta(0))
        patience.failed(now, now + TRY)
    if patience.is_over(now=now, since=now - timedelta(hours=23), limit=LIMIT):
        assert passed >= LIMIT and len(gaps) * seconds(75) >= LIMIT


def test_steady_attempts_count_in_full_and_a_success_begins_anew() -> None:
    patience, now = Patience(), START
    for _ in range(80):
        assert not patience.is_over(now=now, since=START, limit=LIMIT)
        patience.failed(now, now + TRY)
        now += TRY
    patience.failed(now, now + TRY)
    assert patience.is_over(now=now, since=START, limit=LIMIT)
    assert not patience.is_over(now=now, since=START + TRY, limit=LIMIT)
    patience.succeeded()
    assert not patience.is_over(now=now, since=START, limit=LIMIT)


def test_after_a_while_in_which_nobody_asked_it_begins_anew() -> None:
    """One waits nearly too long and is taken back; the next, who has waited for an approval, is tried first now."""
    patience, now = Patience(), START
    for _ in range(79):
        patience.failed(now, now + TRY)
        now += TRY
    now += timedelta(minutes=30)
    patience.failed(now, now + TRY)
    assert not patience.is_over(now=now, since=now - timedelta(minutes=30), limit=LIMIT)
    for _ in range(80):
        now += TRY
        patience.failed(now, now + TRY)
    assert patience.is_over(now=now, since=START, limit=LIMIT)


def test_nobody_is_held_for_more_than_a_day() -> None:
    assert Patience().is_over(now=START + GIVEN_UP_AFTER, since=START, limit=LIMIT)
