"""Words for states, and names that cannot turn a sentence around."""

from __future__ import annotations

from typing import get_args

from companion.application.snapshots import CONNECTION_ORDER, ConnectionLevel, MendAction
from companion.ports.hold import HoldState
from companion.ui.text import counted, isolated, tip
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
