"""Identifiers: fresh ones never meet, deterministic ones always do."""

from __future__ import annotations

import uuid

from hypothesis import given
from hypothesis import strategies as st

from companion.kernel.ids import deterministic_id, random_ids

PARTS = st.lists(st.text(max_size=8), max_size=4).map(tuple)


@given(PARTS, PARTS)
def test_the_same_parts_give_the_same_id_and_others_another(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert (deterministic_id(*one) == deterministic_id(*other)) == (one == other)


def test_the_boundary_between_parts_counts() -> None:
    assert deterministic_id("ab", "c") != deterministic_id("a", "bc")
    assert deterministic_id("a\n1:b") != deterministic_id("a", "b")


def test_ids_stay_the_same_over_versions_of_companion() -> None:
    assert deterministic_id("session", "9001") == "1626f918-2410-57ae-ae24-d0c325636ae3"


def test_random_ids_are_fresh_uuids() -> None:
    source = random_ids()
    made = [source() for _ in range(1000)]
    assert len(set(made)) == 1000
    assert all(uuid.UUID(text).version == 4 for text in made)
