from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from companion.chat.pace import ORDINARY, PRIVILEGED, WINDOW, Pace

GAPS = st.lists(st.floats(0, 5) | st.just(0.0), min_size=1, max_size=150)


@given(gaps=GAPS, delays=st.lists(st.floats(0, 12), min_size=150, max_size=150), limit=st.sampled_from([3, ORDINARY]))
@settings(max_examples=60, deadline=None)
def test_no_thirty_seconds_hold_more_than_the_limit_however_slow_the_network(
    gaps: list[float], delays: list[float], limit: int
) -> None:
    pace = Pace()
    now = 1000.0
    arrived: list[float] = []
    for number, gap in enumerate(gaps):
        now = max(now + gap, pace.room_at(now + gap, limit))
        answer = now + delays[number]
        # Twitch has the line at some moment between the request and the answer.
        arrived.append(now if number % 2 else answer)
        now = answer
        pace.note(now)
    for first in range(len(arrived) - limit):
        assert arrived[first + limit] - arrived[first] >= 30


def test_the_limits_leave_a_margin() -> None:
    assert (ORDINARY, PRIVILEGED) == (18, 90)
    pace = Pace()
    for number in range(ORDINARY):
        assert pace.room_at(number, ORDINARY) == number
        pace.note(number)
    assert pace.room_at(20, ORDINARY) == WINDOW
    assert pace.room_at(20, PRIVILEGED) == 20


def test_those_ahead_are_counted() -> None:
    pace = Pace()
    for number in range(3):
        pace.note(float(number))
    assert pace.room_at(5, 4, ahead=0) == 5
    assert pace.room_at(5, 4, ahead=1) == WINDOW
    assert pace.room_at(5, 4, ahead=2) == WINDOW + 1
    assert pace.room_at(5, 4, ahead=4) == WINDOW + 5, "the first of those ahead has to age as well"


@given(notes=st.lists(st.floats(0, 60), max_size=30), ahead=st.integers(0, 30))
def test_who_comes_later_never_leaves_earlier(notes: list[float], ahead: int) -> None:
    pace = Pace()
    for note in sorted(notes):
        pace.note(note)
    assert pace.room_at(60, 5, ahead=ahead) <= pace.room_at(60, 5, ahead=ahead + 1)


def test_twitchs_own_word_counts() -> None:
    pace = Pace()
    pace.close(50)
    pace.close(40)
    assert pace.room_at(10, ORDINARY) == 50
    assert pace.room_at(60, ORDINARY) == 60
