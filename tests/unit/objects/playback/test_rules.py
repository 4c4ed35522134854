"""The polling plan: bounds that hold for every picture."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.kernel.instant import Instant
from companion.objects.playback import rules
from companion.ports.failures import NetworkDown, QuotaExhausted, RateLimited
from companion.ports.spotify import PlaybackPicture, PlayingKind, UpcomingPicture
from tests.fakes.clock import START
from tests.fakes.spotify import NOTHING, a_picture, a_track

DOWN = NetworkDown("no answer")
UNKNOWN_LENGTH: list[PlayingKind] = ["episode", "ad", "local", "unknown"]


@st.composite
def playing(draw: st.DrawFn) -> PlaybackPicture:
    duration = draw(st.integers(0, 900_000))
    return a_picture(a_track(duration_ms=duration), progress_ms=draw(st.integers(0, duration)))


ages: st.SearchStrategy[Instant] = st.floats(-5, 60).map(lambda age: START + timedelta(seconds=age))


@given(playing(), ages, st.integers(0, 20))
def test_while_playing_a_poll_comes_after_3_to_15_seconds(picture: PlaybackPicture, now: Instant, polls: int) -> None:
    delay = rules.delay_after_picture(picture, now=now, quiet_polls=0, end_polls=polls)
    assert 3 <= delay <= 15


@given(playing(), ages)
def test_a_short_wait_ends_just_after_the_end_of_the_track(picture: PlaybackPicture, now: Instant) -> None:
    delay = rules.delay_after_picture(picture, now=now, quiet_polls=0, end_polls=1)
    left = rules.seconds_left(picture, now=now)
    assert left is not None
    if delay < 15:
        assert left < delay <= max(left + 1, 3)
    else:
        assert left >= 14


@given(st.integers(0, 40), st.integers(0, 40))
def test_the_longer_nothing_plays_the_rarer_the_polls(first: int, second: int) -> None:
    low, high = sorted((first, second))
    early = rules.delay_after_picture(NOTHING, now=START, quiet_polls=low, end_polls=0)
    late = rules.delay_after_picture(NOTHING, now=START, quiet_polls=high, end_polls=0)
    assert 15 <= early <= late <= 30


@given(st.integers(1, 200), st.integers(1, 200))
def test_failures_make_the_wait_longer_up_to_five_minutes(first: int, second: int) -> None:
    low, high = sorted((first, second))
    early = rules.delay_after_failure(low, DOWN, now=START)
    late = rules.delay_after_failure(high, DOWN, now=START)
    assert 15 <= early <= late <= 300


def test_failures_double_the_wait() -> None:
    delays = [rules.delay_after_failure(n, DOWN, now=START) for n in range(1, 8)]
    assert delays == [15, 30, 60, 120, 240, 300, 300]


@given(st.integers(1, 50), st.floats(0, 86_400))
def test_retry_after_is_always_respected(failures: int, asked: float) -> None:
    retry_at = START + timedelta(seconds=asked)
    for error in (RateLimited(retry_at), QuotaExhausted(retry_at)):
        assert START + timedelta(seconds=rules.delay_after_failure(failures, error, now=START)) >= retry_at


def test_a_player_that_hangs_at_the_end_is_soon_asked_less_often() -> None:
    hanging = a_picture(a_track(duration_ms=1000), progress_ms=1000)
    delays = [rules.delay_after_picture(hanging, now=START, quiet_polls=0, end_polls=n) for n in range(1, 8)]
    assert delays == [3, 3, 3, 3, 3, 15, 15]


@pytest.mark.parametrize("kind", UNKNOWN_LENGTH)
def test_without_a_known_length_the_steady_rhythm_holds(kind: PlayingKind) -> None:
    picture = a_picture(kind=kind, title="x")
    assert rules.delay_after_picture(picture, now=START, quiet_polls=0, end_polls=0) == 15


def test_what_a_change_is_measured_by() -> None:
    first = a_picture(a_track(1), progress_ms=5)
    assert rules.told_of(first) == rules.told_of(a_picture(a_track(1), progress_ms=90_000))
    different = [
        a_picture(a_track(2)),
        a_picture(a_track(1), is_playing=False),
        a_picture(kind="ad"),
        a_picture(kind="episode", title="One"),
        a_picture(kind="episode", title="Two"),
        NOTHING,
    ]
    assert len({rules.told_of(it) for it in [first, *different]}) == len(different) + 1


@given(playing(), ages, st.integers(0, 5))
def test_near_a_late_hand_over_a_poll_comes_every_3_seconds(picture: PlaybackPicture, now: Instant, polls: int) -> None:
    delay = rules.delay_after_picture(picture, now=now, quiet_polls=0, end_polls=polls, closely=45.0)
    left = rules.seconds_left(picture, now=now)
    assert left is not None
    assert 3 <= delay <= 15
    if left <= 45:
        assert delay == 3
    else:
        assert left - delay >= 45 - 3


def test_the_two_readings_belong_together_unless_another_song_plays() -> None:
    picture = a_picture(a_track(1))
    for current, same in ((a_track(1), True), (a_track(2), False), (None, True)):
        assert rules.is_same_moment(picture, UpcomingPicture(current, (), START)) is same
    assert rules.is_same_moment(a_picture(kind="ad"), UpcomingPicture(a_track(1), (), START))
