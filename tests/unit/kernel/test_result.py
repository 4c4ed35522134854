"""Results: frozen, matched by type, unwrapped only where an error would be a bug."""

from __future__ import annotations

import dataclasses

import pytest

from companion.kernel.result import Err, Ok, Result, expect_ok


def test_results_match_by_kind() -> None:
    def told(result: Result[int, str]) -> str:
        match result:
            case Ok(value):
                return f"ok {value}"
            case Err(error):
                return f"error {error}"

    assert told(Ok(3)) == "ok 3"
    assert told(Err("no")) == "error no"


def test_results_are_values() -> None:
    assert Ok(1) == Ok(1) != Ok(2)
    assert len({Ok(1), Ok(1), Err(1)}) == 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        Ok(1).value = 2  # type: ignore[misc]  # the point of the test


def test_expect_ok_names_the_error() -> None:
    assert expect_ok(Ok(5)) == 5
    with pytest.raises(AssertionError, match="'broken'"):
        expect_ok(Err("broken"))
