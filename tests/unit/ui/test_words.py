"""Words for states, and names that cannot turn a sentence around."""

from __future__ import annotations

from typing import get_args

import pytest
from PySide6.QtCore import QLocale

from companion.application.snapshots import CONNECTION_ORDER, ConnectionLevel, MendAction
from companion.ports.hold import HoldState
from companion.ui.text import counted, isolated, number, sentence, tip
from companion.ui.words import CONNECTION_ICONS, LEVEL_TONES, SIGN_IN_ACTIONS, scope, tray_line, trouble
from tests.fakes.application import NOW, lamp, make_snapshot, offline_stream
from tests.fakes.show import EMPTY_QUEUE, make_needs


def test_every_connection_and_level_has_its_dress() -> None:
    assert set(CONNECTION_ICONS) == set(CONNECTION_ORDER)
    assert set(LEVEL_TONES) == set(get_args(ConnectionLevel))
    assert set(SIGN_IN_ACTIONS) <= set(get_args(MendAction))


def test_counting_uses_the_fitting_word() -> None:
    assert counted(1, "viewer", "viewers") == "1 viewer"
    assert counted(0, "viewer", "viewers") == "0 viewers"


@pytest.mark.parametrize("country,shown", [("C", "1,234,567"), ("en_US", "1,234,567"), ("de_DE", "1.234.567")])
def test_large_numbers_are_grouped_as_the_country_does(country: str, shown: str) -> None:
    before = QLocale()
    QLocale.setDefault(QLocale(country))
    try:
        assert number(1_234_567) == shown
        assert counted(12_345, "roll", "rolls").endswith(" rolls") and number(7) == "7"
    finally:
        QLocale.setDefault(before)


def test_a_sentence_is_read_from_the_left_whoever_it_begins_with() -> None:
    assert sentence("שרה rolled 5.") == "\u200eשרה rolled 5."
    assert sentence("42: ليلى") == "\u200e42: ليلى"
    for untouched in ("Ann asks for “גשר”.", "夜猫子 rolled 5.", "42 away.", ""):
        assert sentence(untouched) == untouched


def test_names_are_fenced() -> None:
    assert isolated("שרה") == "\u2068שרה\u2069"


def test_tooltips_show_markup_as_text() -> None:
    assert tip("plain & simple") == "plain & simple"
    assert tip("<b>x</b>") == "<span>&lt;b&gt;x&lt;/b&gt;</span>"


def test_an_unknown_permission_keeps_its_name() -> None:
    assert scope("user:read:chat") == "read your chat"
    assert scope("channel:new:thing") == "channel:new:thing"


def test_what_needs_the_person_is_named_in_the_tray() -> None:
    lamps = (lamp("twitch", "good", "Signed in"), lamp("spotify", "bad", "Needs sign-in"))
    assert trouble(make_snapshot(connections=lamps)) == "Spotify: Needs sign-in"
    assert tray_line(make_snapshot(tray="needs_you", stream=offline_stream(), connections=lamps), NOW) == (
        "Offline · 4 requests waiting · Spotify: Needs sign-in"
    )
    deciding = make_snapshot(tray="needs_you", queue=EMPTY_QUEUE, needs_you=make_needs()[:1])
    assert tray_line(deciding, NOW) == "Live 2 h 14 min · 183 viewers · 1 thing needs you"
    held = make_snapshot(queue=EMPTY_QUEUE, hold=HoldState(held=True, since=NOW, by="the window"))
    assert tray_line(held, NOW) == "Live 2 h 14 min · 183 viewers · on hold"
    assert trouble(make_snapshot(connections=())) == "Companion needs you"
