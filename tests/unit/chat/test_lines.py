from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.chat.lines import fit, prepare, unlike
from companion.ports.chat import LONGEST_LINE

TEXTS = st.text(max_size=700) | st.text(alphabet="ab !/.\u200b\u034f\n\t", max_size=700)


@given(TEXTS)
@settings(max_examples=300)
def test_whatever_is_said_is_one_line_that_twitch_takes(text: str) -> None:
    line = prepare(text)
    assert len(line) <= LONGEST_LINE
    assert line == line.strip()
    assert "  " not in line
    line.encode()
    assert not any(unicodedata.category(sign) in ("Cc", "Zl", "Zp") for sign in line)


@given(TEXTS)
@settings(max_examples=300)
def test_no_line_is_a_command_not_even_without_its_invisible_signs(text: str) -> None:
    line = prepare(text)
    bare = "".join(sign for sign in line if unicodedata.category(sign) not in ("Cf", "Zs") and sign != "\u034f")
    assert not bare.startswith(("!", "/", "."))


@given(TEXTS)
@settings(max_examples=100)
def test_a_prepared_line_stays_as_it_is(text: str) -> None:
    assert prepare(prepare(text)) == prepare(text)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("!socials", "› !socials"),
        ("/ban ann", "› /ban ann"),
        (".timeout ann", "› .timeout ann"),
        ("!!!", "› !!!"),
        ("   !so ann", "› !so ann"),
        ("\u200b\u2060 !so ann", "› !so ann"),
        ("\ufe0f/me waves", "› /me waves"),
        ("Try !socials", "Try !socials"),
        ("one\ntwo\r\n three\tfour", "one two three four"),
        ("\u200fשלום", "\u200fשלום"),
        ("Ann\u202e, you\u2066 rolled 7", "Ann, you rolled 7"),
        ("\ud800 half", "\ufffd half"),
    ],
)
def test_what_becomes_of_it(text: str, line: str) -> None:
    assert prepare(text) == line


@pytest.mark.parametrize("text", ["", " ", "\n", "\u200b", "\u034f \u3164"])
def test_where_nothing_shows_there_is_nothing_to_say(text: str) -> None:
    assert prepare(text) == ""


@pytest.mark.parametrize("length", [499, 500])
def test_five_hundred_code_points_are_not_cut(length: int) -> None:
    text = ("word " * 200)[: length - 1] + "x"
    assert prepare(text) == text


def test_501_are_cut_at_a_word() -> None:
    text = "word " * 100 + "x"
    assert len(text) == 501
    assert prepare(text) == ("word " * 99 + "word…")


def test_one_long_word_is_cut_where_it_must() -> None:
    assert prepare("a" * 501) == "a" * 499 + "…"
    assert prepare("Look: " + "a" * 600) == "Look: " + "a" * 493 + "…"


def test_signs_that_belong_together_are_not_parted() -> None:
    family = "\U0001f469\u200d\U0001f469\u200d\U0001f466"
    text = "a" * 496 + family * 20
    assert prepare(text) == "a" * 496 + "…"
    assert prepare("a" * 498 + "e\u0301" * 5) == "a" * 498 + "…"
    assert prepare("a" * 498 + "\U0001f44b\U0001f3fd" * 5) == "a" * 498 + "…"


@given(text=st.text(max_size=40), limit=st.integers(2, 40))
def test_cutting_keeps_the_beginning(text: str, limit: int) -> None:
    cut = fit(text, limit)
    assert len(cut) <= limit
    if len(text) <= limit:
        assert cut == text
    else:
        assert cut.endswith("…")
        assert text.startswith(cut[:-1])


@given(text=TEXTS.map(prepare).filter(bool), times=st.integers(2, 5))
@settings(max_examples=100)
def test_a_line_that_is_said_again_differs_from_the_one_before_and_looks_the_same(text: str, times: int) -> None:
    recent: dict[str, None] = {}
    before = ""
    for _ in range(times):
        line = unlike(text, recent)
        assert line != before
        assert len(line) <= LONGEST_LINE
        assert prepare(line).rstrip(" \u034f")[:400] == text.rstrip(" \u034f")[:400]
        recent.pop(line, None)
        recent[line] = None
        before = line


def test_a_space_more_is_enough() -> None:
    assert unlike("no song plays", ["no song plays"]) == "no  song plays"
    assert unlike("no song plays", ["no song plays", "no  song plays"]) == "no song  plays"
    everything = ["no song plays", "no song  plays", "no  song plays"]
    assert unlike("no song plays", everything) == "no song plays", "the oldest comes again"
    assert unlike("no song plays", ["something else"]) == "no song plays"


def test_one_word_takes_a_sign_that_is_not_seen() -> None:
    assert unlike("Hello", ["Hello"]) == "Hello \u034f"
    assert unlike("a" * 500, ["a" * 500]) == "a" * 497 + "… \u034f"
