"""Backoff: longer after each failure, capped, jittered within its bounds."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.kernel.backoff import Backoff


@pytest.mark.parametrize(("failures", "delay"), [(0, 1.0), (1, 1.0), (2, 2.0), (3, 4.0), (7, 60.0), (10_000, 60.0)])
def test_doubles_up_to_the_cap(failures: int, delay: float) -> None:
    assert Backoff(first=1.0, cap=60.0).delay(failures) == delay


@given(st.integers(0, 200), st.integers(), st.floats(0, 1))
def test_jitter_stays_within_its_bounds(failures: int, seed: int, jitter: float) -> None:
    backoff = Backoff(first=0.5, cap=120.0, factor=3.0, jitter=jitter)
    plain, jittered = backoff.delay(failures), backoff.delay(failures, Random(seed))
    assert plain * (1 - jitter) <= jittered <= plain * (1 + jitter) + 1e-9


def test_jitter_spreads_a_crowd() -> None:
    backoff, chance = Backoff(first=10.0, cap=60.0, jitter=0.5), Random(1)
    assert len({backoff.delay(1, chance) for _ in range(100)}) > 90


def test_without_randomness_there_is_no_jitter() -> None:
    assert Backoff(first=10.0, cap=60.0, jitter=0.5).delay(1) == 10.0
