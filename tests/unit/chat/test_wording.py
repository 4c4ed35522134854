"""Names and titles from outside do not garble a line."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.chat import wording
from companion.ports.viewers import Viewer
from tests.fakes.spotify import a_track


def named(display_name: str) -> str:
    return wording.name_of(Viewer("7", "the_login", display_name))


@pytest.mark.parametrize(
    "display_name, shown",
    [
        ("Ann", "Ann"),
        ("<b>Ann</b>", "<b>Ann</b>"),  # chat is plain text: markup is five odd signs
        ("\u202eAnn\u202c", "Ann"),
        ("\u2067\u200fשרה\u2069", "שרה"),
        ("An\u200bn\x07", "Ann"),
        ("A\nn  n", "A n n"),
        ("🎺" * 25, "🎺" * 25),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("\u200d\u202e ", "the_login"),
        ("", "the_login"),
    ],
)
def test_names(display_name: str, shown: str) -> None:
    assert named(display_name) == shown


@given(st.text(max_size=300))
@settings(max_examples=200)
def test_a_name_is_short_one_line_and_never_empty(display_name: str) -> None:
    name = named(display_name)
    assert 1 <= len(name) <= 100
    assert name == " ".join(name.split())
    hidden = {sign for sign in name if unicodedata.category(sign) in {"Cc", "Cf", "Cs"}}
    assert hidden <= {"\u200c", "\u200d"}


def test_a_song_is_its_title_and_artists() -> None:
    assert wording.song(a_track()) == "Song 1 by Somebody, Somebody Else"


@pytest.mark.parametrize(
    "seconds, said",
    [(-5, "0 s"), (59, "59 s"), (60, "1 min"), (3599, "59 min"), (8040, "2 h 14 min"), (90000, "25 h 0 min")],
)
def test_lengths_of_time(seconds: int, said: str) -> None:
    assert wording.span(timedelta(seconds=seconds)) == said


def test_numbers_with_their_nouns() -> None:
    assert [wording.counted(n, "win", "wins") for n in (0, 1, 1200)] == ["0 wins", "1 win", "1,200 wins"]


def test_a_long_title_is_cut() -> None:
    track = replace(a_track(), title="x" * 200, artists=())
    assert wording.title_of(track, 10) == "xxxxxxxxx…"
    assert wording.song(track) == "x" * 79 + "…"
    assert wording.song(replace(track, title="\u202e")) == "a song without a title"
