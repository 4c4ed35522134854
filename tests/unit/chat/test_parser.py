"""What is a command and what is silence."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.chat.parser import Spoken, parse

NAMES = st.text(alphabet="abcdefghijklmnopqrstuvwxyzABCXYZ0123456789_-", min_size=1, max_size=50)


@pytest.mark.parametrize(
    "text, spoken",
    [
        ("!song", Spoken("song", "")),
        ("  !Song \n", Spoken("song", "")),
        ("!SR  two   words ", Spoken("sr", "two   words")),
        ("!sr\thttps://open.spotify.com/track/x?si=1", Spoken("sr", "https://open.spotify.com/track/x?si=1")),
        ("!a-b_9 !c", Spoken("a-b_9", "!c")),
        ("!" + "a" * 50, Spoken("a" * 50, "")),
        ("!song \U000e0000", Spoken("song", "")),  # what chat programs add to say the same twice
        ("!song\u034f", Spoken("song", "")),
        ("\ufeff!song", Spoken("song", "")),
    ],
)
def test_commands(text: str, spoken: Spoken) -> None:
    assert parse(text) == spoken


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "!",
        "!!!",
        "!!song",
        "! song",
        "song",
        "a !song",
        "@somebody !song",
        "!" + "a" * 51,
        "!größe",
        "!song?",
        "!so.ng x",
        "!\u212aey",  # the kelvin sign is no k
        "/song",
        "¡song",
        "!song, please",
    ],
)
def test_silence(text: str) -> None:
    assert parse(text) is None


@given(NAMES, st.text(max_size=80))
@settings(max_examples=200)
def test_what_was_typed_comes_out(name: str, args: str) -> None:
    spoken = parse(f" !{name} {args}")
    assert spoken is not None
    assert spoken.name == name.lower()
    assert spoken.args in args.strip()


@given(st.text(max_size=600))
@settings(max_examples=200)
def test_every_line_is_a_command_in_form_or_none(text: str) -> None:
    for line in (text, f"!{text}"):
        spoken = parse(line)
        if spoken is not None:
            assert re.fullmatch(r"[a-z0-9_-]{1,50}", spoken.name)
            assert spoken.args == spoken.args.strip()
