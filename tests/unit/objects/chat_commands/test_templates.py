"""The language of replies: what is understood, what is refused and in which words, what a brace means."""

from __future__ import annotations

import itertools
import zoneinfo
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.kernel.result import Err, Ok, expect_ok
from companion.objects.chat_commands.templates import (
    PLAIN_NAMES,
    Plain,
    Random,
    TimeIn,
    parse_template,
    plain_names,
    template_problem,
)


@pytest.fixture
def no_zones() -> Iterator[None]:
    """A system without time zone data (Windows without the package `tzdata`)."""
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath(to=())
    zoneinfo.ZoneInfo.clear_cache()
    yield
    zoneinfo.reset_tzpath(to=before)
    zoneinfo.ZoneInfo.clear_cache()


@pytest.mark.parametrize("name", PLAIN_NAMES)
def test_every_name_is_a_placeholder(name: str) -> None:
    assert parse_template(f"a {{{name}}} b") == Ok(("a ", Plain(name), " b"))  # type: ignore[arg-type] # typed above
    assert parse_template(f"{{ {name.upper()} }}") == Ok((Plain(name),))  # type: ignore[arg-type] # typed above


def test_random_has_choices_and_time_has_a_zone() -> None:
    assert parse_template("{random:a|b c|}") == Ok((Random(("a", "b c", "")),))
    assert parse_template("{time:Europe/Berlin}") == Ok((TimeIn("Europe/Berlin"),))


@pytest.mark.parametrize(
    "text, shown",
    [("{{", "{"), ("}}", "}"), ("{{user}}", "{user}"), ("a {{}} b", "a {} b"), ("}}{{", "}{")],
)
def test_a_doubled_brace_is_a_brace(text: str, shown: str) -> None:
    assert parse_template(text) == Ok((shown,))


def test_braces_stand_around_a_placeholder() -> None:
    assert parse_template("{{{user}}}") == Ok(("{", Plain("user"), "}"))


@pytest.mark.parametrize(
    "text, words",
    [
        ("{", "without its }"),
        ("a {user", "without its }"),
        ("{a{user}}", "without its }"),
        ("}", "without its {"),
        ("{user}}", "without its {"),
        ("{user:x}", "takes nothing after a colon"),
        ("{random}", "wants choices"),
        ("{random:|}", "wants choices"),
        ("{time}", "wants a time zone"),
        ("{time: }", "wants a time zone"),
        ("{}", "There is no {}"),
        ("{touser}", "There is no {touser}"),
    ],
)
def test_what_cannot_be_understood_is_refused_in_words(text: str, words: str) -> None:
    problem = template_problem(text)
    assert problem is not None and words in problem


def test_the_refusal_of_an_unknown_name_says_which_exist() -> None:
    problem = template_problem("{nobody}")
    assert problem is not None
    for name in (*PLAIN_NAMES, "random:a|b|c", "time:Europe/Berlin"):
        assert f"{{{name}}}" in problem


@pytest.mark.parametrize("zone", ["Nowhere/Land", "America", "../etc/passwd", "/etc/localtime", "a" * 400, "a\0b"])
def test_an_unknown_time_zone_is_refused(zone: str) -> None:
    problem = template_problem(f"{{time:{zone}}}")
    assert problem is not None and "There is no time zone" in problem


def test_a_time_zone_in_the_wrong_case_is_spelled_out() -> None:
    problem = template_problem("{time:europe/berlin}")
    assert problem is not None
    assert "Europe/Berlin" in problem


def test_a_known_time_zone_is_fine() -> None:
    assert template_problem("{time:America/New_York}") is None


def test_a_computer_without_time_zones_says_so(no_zones: None) -> None:
    problem = template_problem("{time:Europe/Berlin}")
    assert problem is not None and "no list of time zones" in problem


def test_the_names_in_use() -> None:
    assert plain_names(expect_ok(parse_template("{user} {random:user} {{count}} {song}"))) == {"user", "song"}


@given(st.text(max_size=60))
@settings(max_examples=200)
def test_any_text_with_its_braces_doubled_stands_for_itself(text: str) -> None:
    parsed = parse_template(text.replace("{", "{{").replace("}", "}}"))
    assert parsed == Ok((text,) if text else ())


@given(st.text(alphabet="{}:|aus er", max_size=30))
@settings(max_examples=300)
def test_every_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    match parse_template(text):
        case Ok(parts):
            assert all(part for part in parts)
            texts = [isinstance(part, str) for part in parts]
            assert not any(a and b for a, b in itertools.pairwise(texts))
        case Err(problem):
            assert problem.endswith(".")
