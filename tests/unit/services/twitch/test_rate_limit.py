from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from companion.services.twitch.rate_limit import RateLimit

NOW = 500.0


def headers(remaining: int, reset: float = 0) -> dict[str, str]:
    return {"ratelimit-remaining": str(remaining), "ratelimit-reset": str(reset)}


def test_open_while_points_are_left() -> None:
    limit = RateLimit()
    limit.note("GET /a", 200, headers(1, 9_999), server_time=9_900, now=NOW)
    assert limit.wait("GET /a", NOW) == 0


def test_an_empty_bucket_closes_every_call_until_the_reset() -> None:
    limit = RateLimit()
    limit.note("GET /a", 429, headers(0, 10_030), server_time=10_000, now=NOW)
    assert limit.wait("GET /b", NOW) == 30
    assert limit.wait("GET /b", NOW + 30) == 0


def test_429_with_points_left_closes_one_call_and_grows() -> None:
    limit = RateLimit()
    waits = []
    for _ in range(8):
        limit.note("POST /shout", 429, headers(500, 99_999), server_time=10_000, now=NOW)
        waits.append(limit.wait("POST /shout", NOW))
    assert waits == [2, 4, 8, 16, 32, 60, 60, 60]
    assert limit.wait("GET /b", NOW) == 0
    limit.note("POST /shout", 204, headers(500), server_time=10_000, now=NOW)
    assert limit.wait("POST /shout", NOW) == 0


def test_retry_after_counts_when_it_is_longer() -> None:
    limit = RateLimit()
    limit.note("GET /a", 429, {"retry-after": "45"}, server_time=None, now=NOW)
    assert limit.wait("GET /a", NOW) == 45


@given(
    st.sampled_from([200, 401, 429, 503]),
    st.dictionaries(
        st.sampled_from(["ratelimit-remaining", "ratelimit-reset", "retry-after"]),
        st.one_of(st.integers().map(str), st.floats().map(str), st.text(max_size=6)),
    ),
    st.none() | st.floats(0, 4e9),
)
def test_whatever_the_headers_say_nobody_waits_beyond_two_minutes(
    status: int, odd: dict[str, str], server_time: float | None
) -> None:
    limit = RateLimit()
    limit.note("GET /a", status, odd, server_time=server_time, now=NOW)
    assert 0 <= limit.wait("GET /a", NOW) <= 120
    if status == 429:
        assert limit.wait("GET /a", NOW) > 0
