"""The connection strip: each lamp tells the truth, says why, and offers the button that mends it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from companion.application.connections import Lamps, connections
from companion.application.messages import Message
from companion.application.snapshots import CONNECTION_ORDER, Connection
from companion.ports.failures import (
    NetworkDown,
    NoAccess,
    NotAllowListed,
    NotConfigured,
    PremiumRequired,
    RateLimited,
    SpotifyError,
)
from companion.ports.twitch import EventSubStatus
from companion.ports.vault import VaultLocked, VaultMissing, VaultStatus
from tests.fakes.application import make_overlays, make_picture, make_status, playing, signed_out
from tests.fakes.clock import START

CONNECTED = EventSubStatus("connected", None, START, None, ("stream.online",), (), timedelta(0), None)
GOOD = Lamps(
    now=START,
    twitch=make_status("twitch"),
    eventsub=CONNECTED,
    spotify=make_status("spotify"),
    playback=playing(make_picture()),
    overlays=make_overlays(),
    vault=VaultStatus("a keyring", None, asked=True),
    bot=signed_out("twitch_bot"),
)


def lamp(name: str, **changes: object) -> Connection:
    (found,) = [
        it
        for it in connections(replace(GOOD, **changes))  # type: ignore[arg-type]  # fields of `Lamps`
        if it.name == name
    ]
    return found


def actions(connection: Connection) -> list[str]:
    return [mend.action for mend in connection.mends]


def test_six_lamps_in_their_order_all_good() -> None:
    strip = connections(GOOD)
    assert tuple(it.name for it in strip) == CONNECTION_ORDER
    assert [it.level for it in strip] == ["good"] * 6


@pytest.mark.parametrize("provider", ["twitch", "spotify"])
@pytest.mark.parametrize(
    ("changes", "level", "word", "action", "said"),
    [
        ({"phase": "not_configured", "account": None}, "off", "Not signed in", "sign_in", "Sign in"),
        ({"phase": "reauthorization_required", "reason": "gone"}, "bad", "Sign in again", "sign_in", "gone"),
        ({"phase": "set_up_wrong", "reason": "invalid client"}, "bad", "Check set-up", "sign_in", "invalid client"),
        ({"refreshing": True}, "busy", "Renewing", None, "renewed"),
        (
            {"consecutive_failures": 2, "last_failure": "no answer", "next_attempt_at": START + timedelta(seconds=60)},
            "warn", "Trying again", "retry", "still works",
        ),
        (
            {"consecutive_failures": 2, "last_failure": "no answer", "expires_at": START},
            "bad", "Trying again", "retry", "Nothing works",
        ),
        (
            {"missing_scopes": frozenset({"bits:read"})},
            "warn", "Needs another permission", "sign_in", "to notice cheers",
        ),
        (
            {"warn_reauthorize": True, "reauthorize_by": START + timedelta(days=10)},
            "warn", "Sign in soon", "sign_in", "six months",
        ),
        ({"vault_error": VaultLocked()}, "bad", "Keyring", "retry", "locked"),
    ],
)  # fmt: skip
def test_a_login_that_is_not_well(
    provider: str, changes: dict[str, Any], level: str, word: str, action: str | None, said: str
) -> None:
    status = make_status(provider, **changes)  # type: ignore[arg-type]  # one of the two
    shown = lamp(provider, **{provider: status})
    assert (shown.level, shown.word) == (level, word)
    assert said in shown.reason
    if action is not None:
        assert f"{action}_{provider}" in actions(shown)
        assert actions(shown)[0] == f"{action}_{provider}"


def test_a_login_for_the_session_still_works() -> None:
    status = make_status("twitch", session_only=True, vault_error=VaultMissing("install one"))
    assert lamp("twitch", twitch=status).level == "good"


@pytest.mark.parametrize(
    ("changes", "level", "word", "action"),
    [
        ({"phase": "off"}, "off", "Off", None),
        ({"phase": "connecting"}, "busy", "Connecting", None),
        ({"phase": "waiting", "reason": "no network", "retry_at": START}, "bad", "Cut off", "retry_eventsub"),
        ({"failed_subscriptions": (("stream.online", "no"),)}, "warn", "Partly connected", "retry_eventsub"),
        ({"clock_offset": timedelta(seconds=61)}, "warn", "Clock is off", None),
        ({"clock_offset": timedelta(seconds=-61)}, "warn", "Clock is off", None),
        ({"clock_offset": timedelta(seconds=60)}, "good", "Connected", None),
        ({"clock_offset": None}, "good", "Connected", None),
    ],
)
def test_eventsub(changes: dict[str, Any], level: str, word: str, action: str | None) -> None:
    shown = lamp("eventsub", eventsub=replace(CONNECTED, **changes))
    assert (shown.level, shown.word) == (level, word)
    assert actions(shown) == ([action] if action else [])
    if changes.get("clock_offset") == timedelta(seconds=-61):
        assert "61 s behind" in shown.reason
    if changes.get("clock_offset") == timedelta(seconds=61):
        assert "61 s ahead" in shown.reason


@pytest.mark.parametrize(
    ("problem", "level"),
    [
        (None, "good"),
        (NetworkDown("no answer"), "warn"),
        (RateLimited(START), "warn"),
        (PremiumRequired(of_owner=True, detail=""), "bad"),
        (NotAllowListed(""), "bad"),
        (NoAccess(NotConfigured()), "good"),  # the login's own lamp says it
    ],
)
def test_what_spotify_answers_shows_on_its_lamp(problem: SpotifyError | None, level: str) -> None:
    shown = lamp("spotify", playback=playing(None, problem=problem))
    assert shown.level == level
    assert ("retry_spotify" in actions(shown)) is (level != "good")


def test_a_login_that_is_missing_comes_before_what_spotify_answers() -> None:
    shown = lamp("spotify", spotify=signed_out("spotify"), playback=playing(None, problem=NetworkDown("no answer")))
    assert shown.word == "Not signed in"


@pytest.mark.parametrize(
    ("version", "streaming", "level", "said"),
    [
        (None, None, "off", "browser source"),
        ("31.0", True, "good", "streams"),
        ("31.0", False, "good", "not streaming"),
        ("31.0", None, "good", "31.0"),
    ],
)
def test_obs(version: str | None, streaming: bool | None, level: str, said: str) -> None:
    shown = lamp("obs", overlays=make_overlays(obs_version=version, obs_streaming=streaming))
    assert shown.level == level
    assert said in shown.reason


def test_overlays() -> None:
    assert lamp("overlays", overlays=make_overlays(connected_pages={})).word == "Ready"
    assert lamp("overlays", overlays=make_overlays(connected_pages={"live": 1})).word == "1 page"
    assert lamp("overlays", overlays=make_overlays(connected_pages={"live": 2, "now-playing": 1})).word == "3 pages"
    assert lamp("overlays", overlays=make_overlays(serving=False)).level == "busy"
    taken = make_overlays(serving=False, problem=Message("Port 17800 is taken."), move_to=17801)
    shown = lamp("overlays", overlays=taken)
    assert shown.level == "bad" and actions(shown) == ["retry_port", "move_port"]
    assert "17801" in shown.mends[1].label
    assert actions(lamp("overlays", overlays=replace(taken, move_to=None))) == ["retry_port"]


def test_keyring() -> None:
    locked = lamp("keyring", vault=VaultStatus("a keyring", VaultLocked(), asked=True))
    assert locked.level == "bad" and actions(locked) == ["retry_keyring"] and "locked" in locked.reason
    assert lamp("keyring", vault=VaultStatus("a keyring", None, asked=False)).level == "off"
    assert "a keyring" in lamp("keyring").reason


def test_every_lamp_that_is_not_well_says_why() -> None:
    bad = replace(
        GOOD,
        twitch=signed_out("twitch"),
        spotify=signed_out("spotify"),
        eventsub=replace(CONNECTED, phase="off"),
        overlays=make_overlays(obs_version=None, serving=False),
        vault=VaultStatus("a keyring", VaultLocked(), asked=True),
    )
    for shown in connections(bad):
        assert shown.level != "good"
        assert shown.reason.endswith(".") and "None" not in shown.reason


def test_the_twitch_lamp_names_the_bot_that_speaks() -> None:
    shown = lamp("twitch", bot=make_status("twitch_bot"))
    assert (shown.level, shown.word) == ("good", "Signed in")
    assert shown.reason == "Signed in as Fern_Example. Fern_Bot speaks in chat."


def test_a_bot_that_must_sign_in_again_is_said_by_the_twitch_lamp_with_its_own_button() -> None:
    shown = lamp("twitch", bot=make_status("twitch_bot", phase="reauthorization_required", reason="gone"))
    assert (shown.name, shown.level, shown.word) == ("twitch", "warn", "Bot: sign in again")
    assert "Signed in as Fern_Example. The bot account: The login has ended: gone." in shown.reason
    assert shown.reason.endswith("Meanwhile your own account speaks in chat.")
    assert actions(shown) == ["sign_in_twitch_bot"]


def test_a_bot_whose_login_is_delayed_can_be_tried_again_by_itself() -> None:
    failing = make_status("twitch_bot", consecutive_failures=1, last_failure="no answer", expires_at=START)
    assert actions(lamp("twitch", bot=failing)) == ["retry_twitch_bot"]


def test_the_streamers_own_trouble_comes_before_the_bots() -> None:
    ended = make_status("twitch", phase="reauthorization_required", reason="own")
    bot = make_status("twitch_bot", phase="reauthorization_required", reason="gone")
    shown = lamp("twitch", twitch=ended, bot=bot)
    assert (shown.level, shown.word, actions(shown)) == ("bad", "Sign in again", ["sign_in_twitch"])
