"""Instants: one order for texts and times, offsets and fractions included."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.kernel.instant import SystemClock, as_utc, format_instant, parse_instant, seconds

WIDTH = len("2026-01-01T00:00:00.000000Z")
OFFSETS = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 29), timezones=OFFSETS)  # noqa: DTZ001  # hypothesis adds the zone


def test_a_thousand_pairs_of_timestamps_order_as_instants_whatever_their_offset() -> None:
    chance = random.Random(20260101)
    for _ in range(1000):
        first = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=chance.randrange(10**6))
        apart = timedelta(microseconds=chance.choice([-1, 0, 1, 999_999, -(10**6), chance.randrange(-(10**9), 10**9)]))
        written = [
            moment.astimezone(timezone(timedelta(minutes=chance.randrange(-14 * 60, 14 * 60 + 1)))).isoformat()
            for moment in (first, first + apart)
        ]
        one, other = (parse_instant(text) for text in written)
        assert (one < other, one == other, one > other) == (apart > timedelta(0), not apart, apart < timedelta(0))
        assert (format_instant(one) < format_instant(other)) == (one < other)


@given(MOMENTS, MOMENTS)
def test_text_order_is_time_order(one: datetime, other: datetime) -> None:
    assert (format_instant(one) < format_instant(other)) == (one < other)
    assert (format_instant(one) == format_instant(other)) == (one == other)


@given(MOMENTS)
def test_text_keeps_the_instant_at_a_fixed_width(moment: datetime) -> None:
    text = format_instant(moment)
    assert len(text) == WIDTH and text.endswith("Z")
    assert parse_instant(text) == moment
    assert parse_instant(text).utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "text",
    ["2026-01-01T00:00:00.1234567Z", "2026-01-01T00:00:00.123456789Z", "2026-01-01T01:00:00.123456999+01:00"],
)
def test_fractions_beyond_microseconds_are_cut(text: str) -> None:
    assert parse_instant(text) == datetime(2026, 1, 1, 0, 0, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2026-01-01", "2026-01-01T00:00:00", "2026-13-01T00:00:00Z", "1767225600",
     "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"],
)  # fmt: skip
def test_what_names_no_instant_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_instant(text)


def test_naive_values_are_refused_everywhere() -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001  # the point of the test
    for call in (as_utc, format_instant):
        with pytest.raises(ValueError, match="offset"):
            call(naive)


def test_the_system_clock_is_aware_and_its_monotonic_time_does_not_run_back() -> None:
    clock = SystemClock()
    assert clock.now().utcoffset() == timedelta(0)
    readings = [clock.monotonic() for _ in range(100)]
    assert readings == sorted(readings)


def test_seconds_is_a_span() -> None:
    assert seconds(1.5) == timedelta(milliseconds=1500)
