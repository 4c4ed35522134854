"""Filling in: every placeholder, once, with what viewers type as plain text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.chat.templates import fill, target_of
from companion.kernel.result import expect_ok
from companion.objects.chat_commands.templates import PLAIN_NAMES, PlainName, TimeIn, parse_template

SUMMER = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)


def filled(template: str, value: str = "x", pick: int = 0) -> str:
    def choose(choices: Sequence[str]) -> str:
        return choices[pick]

    return fill(expect_ok(parse_template(template)), value=lambda name: f"<{name}:{value}>", pick=choose, now=SUMMER)


@pytest.mark.parametrize("name", PLAIN_NAMES)
def test_each_name_asks_for_its_value(name: PlainName) -> None:
    assert filled(f"a {{{name}}} b") == f"a <{name}:x> b"


def test_random_picks_one() -> None:
    assert filled("{random:a|b|c}!", pick=2) == "c!"


def test_time_is_told_by_the_zone() -> None:
    assert filled("{time:Europe/Berlin} {time:America/New_York} {time:UTC}") == "00:30 18:30 22:30"


def test_a_zone_that_went_missing_is_no_reason_to_fail() -> None:
    gone = (TimeIn("Nowhere/Land"),)
    assert fill(gone, value=str, pick=lambda choices: choices[0], now=SUMMER) == "an unknown time"


@given(st.text(max_size=80))
@settings(max_examples=200)
def test_what_a_viewer_types_is_never_a_template(args: str) -> None:
    assert filled("{args}", args) == f"<args:{args}>"


def test_nothing_is_asked_that_is_not_needed() -> None:
    asked: list[str] = []

    def value(name: PlainName) -> str:
        asked.append(name)
        return ""

    fill(expect_ok(parse_template("{{song}} {user}")), value=value, pick=lambda choices: choices[0], now=SUMMER)
    assert asked == ["user"]


@pytest.mark.parametrize(
    "args, target",
    [("", "Ann"), ("  ", "Ann"), ("@", "Ann"), ("@Bo", "Bo"), ("bo and others", "bo"), ("@@bo", "@bo")],
)
def test_the_target_is_the_first_word_or_the_asker(args: str, target: str) -> None:
    assert target_of(args, "Ann") == target
