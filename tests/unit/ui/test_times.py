"""Times as people say them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from companion.ui import times

NOON = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "length,expected",
    [
        (timedelta(seconds=-5), "0 min"),
        (timedelta(minutes=14, seconds=59), "14 min"),
        (timedelta(hours=2, minutes=4), "2 h 04 min"),
        (timedelta(days=3, hours=4), "3 d 4 h"),
    ],
)
def test_spans(length: timedelta, expected: str) -> None:
    assert times.span(length) == expected


def test_below_an_hour_times_are_relative() -> None:
    assert times.ago(NOON - timedelta(seconds=20), NOON) == "just now"
    assert times.ago(NOON - timedelta(minutes=59, seconds=59), NOON) == "59 min ago"


def test_beyond_an_hour_they_are_exact() -> None:
    assert times.ago(NOON - timedelta(hours=1), NOON) == f"{(NOON - timedelta(hours=1)).astimezone():%H:%M}"
    assert times.ago(NOON - timedelta(days=40), NOON).startswith("24 Jan ")


def test_what_is_still_to_come() -> None:
    assert times.until(NOON + timedelta(seconds=7), NOON) == "in 8 s"
    assert times.until(NOON + timedelta(minutes=4), NOON) == "in 4 min"
    assert times.until(NOON - timedelta(seconds=1), NOON) == "now"


def test_counting_down_never_goes_below_zero() -> None:
    assert times.countdown(timedelta(minutes=4, seconds=59)) == "04:59"
    assert times.countdown(timedelta(seconds=-3)) == "00:00"


def test_places_in_a_song() -> None:
    assert times.track_time(187_999) == "3:07"
    assert times.track_time(-5) == "0:00"
