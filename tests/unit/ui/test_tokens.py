"""Colours: every pair of text and ground that is used can be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from companion.ui.tokens import Scheme, contrast, load_tokens, mix

RESOURCES = Path(__file__).parents[3] / "resources"
TOKENS = load_tokens(RESOURCES / "qss" / "tokens.json")
TEXT, LARGE = 4.5, 3.0
GROUNDS = ("surface", "raised")
PAIRS = [
    *(
        (tone, ground, TEXT)
        for tone in ("ink", "ink-soft", "live", "good", "warn", "bad", "accent")
        for ground in GROUNDS
    ),
    *(("ink", f"{tone}-tint", TEXT) for tone in ("accent", "warn", "bad")),
    ("accent", "accent-tint", TEXT),
    ("accent", "hover", TEXT),
    ("ink", "hover", TEXT),
    ("ink", "press", TEXT),
    ("ink-soft", "hover", TEXT),
    ("good", "hover", TEXT),
    ("warn", "hover", TEXT),
    ("bad", "hover", TEXT),
    ("bad", "bad-tint", TEXT),
    ("on-accent", "accent", TEXT),
    ("on-accent", "accent-strong", TEXT),
    ("raised", "warn", TEXT),
    ("warn", "warn-tint", LARGE),
    ("ink-soft", "accent-tint", LARGE),
    *(("edge", ground, LARGE) for ground in GROUNDS),
    *(("accent", ground, LARGE) for ground in GROUNDS),
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("text,ground,least", PAIRS)
def test_every_pair_in_use_can_be_read(scheme: Scheme, text: str, ground: str, least: float) -> None:
    assert contrast(TOKENS[scheme][text], TOKENS[scheme][ground]) >= least


def test_contrast_is_that_of_the_guideline() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
    assert contrast("#123456", "#123456") == 1


def test_mixing_ends_at_both_colours() -> None:
    assert mix("#102030", "#FFFFFF", 1) == "#102030"
    assert mix("#102030", "#FFFFFF", 0) == "#FFFFFF"
    assert mix("#000000", "#FFFFFF", 0.5) == "#808080"


def test_the_tokens_are_those_of_the_design() -> None:
    assert TOKENS["light"]["accent"] == "#0B7A75"
    assert TOKENS["dark"]["accent"] == "#3CC9C0"
    assert TOKENS["light"].colours.keys() == TOKENS["dark"].colours.keys()
