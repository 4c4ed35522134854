"""The login guides: every state of a sign-in, and the ways between them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from companion.application.messages import Message
from companion.application.sign_in_states import (
    ConfirmAccount,
    Failed,
    Finished,
    Idle,
    SetUpStep,
    SignInState,
    Starting,
    WaitingForBrowser,
    WaitingForCode,
)
from companion.kernel.redacted import Redacted
from companion.ports.tokens import Provider
from companion.ui.guides.spotify import spotify_guide
from companion.ui.guides.twitch import twitch_guide
from companion.ui.login_window import LoginWindow
from tests.fakes.application import NOW, TWITCH_ACCOUNT, make_snapshot, make_status, signed_out
from tests.ui.conftest import Desk, settle

ADDRESS = "https://www.twitch.tv/activate?public=true&device-code=ABCDEFGH"
CODE = WaitingForCode("ABCDEFGH", Redacted(ADDRESS), NOW + timedelta(minutes=30))
FRESH = make_snapshot(
    demo=True,
    tokens={"twitch": signed_out("twitch"), "spotify": signed_out("spotify")},
    client_ids={"twitch": "", "spotify": ""},
)
GOOD_ID = {"twitch": "b" * 30, "spotify": "c" * 32}


def opened(desk: Desk, provider: Provider) -> LoginWindow:
    desk.show(FRESH)
    desk.ui.open_login(provider)
    settle()
    return desk.ui.logins[provider]


def enter(desk: Desk, provider: Provider, state: SignInState) -> LoginWindow:
    desk.app.show(replace(FRESH, sign_in={**FRESH.sign_in, provider: state}))
    settle()
    return desk.ui.logins[provider]


def walk_to_client_id(login: LoginWindow) -> None:
    for _ in range(login.guide.first_of("client_id")):
        login.forward.click()
    assert login.client_id.isVisible()


@pytest.mark.parametrize("provider", ["twitch", "spotify"])
def test_from_the_first_step_to_the_browser(desk: Desk, provider: Provider) -> None:
    login = opened(desk, provider)
    walk_to_client_id(login)
    assert not login.forward.isEnabled()
    login.client_id.field.setText("too short")
    assert not login.forward.isEnabled()
    assert "letters and figures" in login.client_id.verdict.text()
    login.client_id.field.setText(f"  {GOOD_ID[provider]} ")
    assert login.forward.isEnabled()
    login.forward.click()
    settle()
    assert desk.app.requests() == [("save_client_id", provider, GOOD_ID[provider]), ("start_sign_in", provider)]
    assert login.wait.isVisible()


def test_the_same_way_with_the_keyboard_alone(desk: Desk) -> None:
    login = opened(desk, "twitch")
    QTest.keyClick(login, Qt.Key.Key_Return)
    QTest.keyClicks(login.client_id.field, GOOD_ID["twitch"])
    QTest.keyClick(login.client_id.field, Qt.Key.Key_Return)
    settle()
    assert ("start_sign_in", "twitch") in desk.app.requests()
    assert desk.app.requests().count(("start_sign_in", "twitch")) == 1


def test_a_refused_client_id_stays_on_its_step_with_the_reason(desk: Desk) -> None:
    login = opened(desk, "twitch")
    walk_to_client_id(login)
    login.client_id.field.setText(GOOD_ID["twitch"])
    desk.app.refuse("The settings file cannot be written")
    login.forward.click()
    settle()
    assert login.problem.message is not None
    assert login.problem.message.title == "The settings file cannot be written"
    assert login.client_id.isVisible()


def test_the_code_is_large_and_counted_down(desk: Desk) -> None:
    opened(desk, "twitch")
    login = enter(desk, "twitch", CODE)
    assert login.wait.code.text() == "ABCDEFGH"
    assert login.wait.code.font().pixelSize() >= 44
    assert "30:00" in login.wait.left.text()
    desk.clock.advance(61)
    login.wait.tick()
    assert "28:59" in login.wait.left.text()
    assert login.wait.qr.isVisible() and login.wait.qr.modules() > 20
    login.wait.open.click()
    assert desk.app.requests()[-1] == ("open_in_browser", ADDRESS)


def test_the_wait_for_twitch_shows_passing_trouble(desk: Desk) -> None:
    opened(desk, "twitch")
    trouble = Message("Twitch does not answer", severity="warn")
    login = enter(desk, "twitch", replace(CODE, trouble=trouble))
    assert login.wait.trouble.message == trouble
    login = enter(desk, "twitch", CODE)
    assert login.wait.trouble.message is None


def test_spotify_waits_without_a_code(desk: Desk) -> None:
    opened(desk, "spotify")
    state = WaitingForBrowser(Redacted("https://accounts.spotify.com/authorize"), NOW + timedelta(minutes=5))
    login = enter(desk, "spotify", state)
    assert not login.wait.code.isVisible() and not login.wait.qr.isVisible()
    assert login.wait.open.isEnabled()


def test_cancelling_stops_the_wait(desk: Desk) -> None:
    opened(desk, "twitch")
    login = enter(desk, "twitch", CODE)
    login.leave.click()
    settle()
    assert ("cancel_sign_in", "twitch") in desk.app.requests()
    assert not login.isVisible()


def test_escape_cancels_as_well(desk: Desk) -> None:
    opened(desk, "twitch")
    login = enter(desk, "twitch", CODE)
    QTest.keyClick(login, Qt.Key.Key_Escape)
    settle()
    assert ("cancel_sign_in", "twitch") in desk.app.requests()
    assert not login.isVisible()


def test_finished_shows_the_account_and_leads_to_the_other_login(desk: Desk) -> None:
    opened(desk, "twitch")
    login = enter(desk, "twitch", Finished(TWITCH_ACCOUNT, session_only=False))
    assert login.done_view.person.name.whole() == "Fern_Example"
    assert login.done_view.warning.message is None
    assert login.forward.text() == "Go on with Spotify"
    login.forward.click()
    settle()
    assert not login.isVisible()
    assert desk.ui.logins["spotify"].isVisible()


def test_finished_for_the_session_only_says_so(desk: Desk) -> None:
    opened(desk, "twitch")
    login = enter(desk, "twitch", Finished(TWITCH_ACCOUNT, session_only=True))
    assert login.done_view.warning.message is not None


def test_another_account_needs_a_confirmation(desk: Desk) -> None:
    opened(desk, "twitch")
    other = replace(TWITCH_ACCOUNT, user_id="2", display_name="Moss")
    login = enter(desk, "twitch", ConfirmAccount(TWITCH_ACCOUNT, other))
    assert login.confirm_view.isVisible()
    assert login.forward.text() == "Go on as Moss"
    login.forward.click()
    assert desk.app.requests()[-1] == ("confirm_account", "twitch")


def test_a_passing_failure_offers_another_try(desk: Desk) -> None:
    opened(desk, "twitch")
    login = enter(desk, "twitch", Failed(Message("Nobody came back from the browser")))
    assert login.failed_view.title.text() == "Nobody came back from the browser"
    assert login.forward.text() == "Try again"
    login.forward.click()
    settle()
    assert desk.app.requests()[-1] == ("start_sign_in", "twitch")


@pytest.mark.parametrize(("mend", "step"), [("premium", "before"), ("user_list", "users"), ("client_id", "client_id")])
def test_both_refusals_of_spotify_lead_back_to_the_right_step(desk: Desk, mend: SetUpStep, step: str) -> None:
    opened(desk, "spotify")
    login = enter(desk, "spotify", Failed(Message("No."), mend))
    login.forward.click()
    settle()
    assert login.head.title.text() == login.guide.steps[login.guide.index(step)].title
    assert login.problem.message is not None and login.problem.message.title == "No."
    assert ("cancel_sign_in", "spotify") in desk.app.requests()


def test_a_known_client_id_goes_straight_to_the_browser(desk: Desk) -> None:
    snapshot = make_snapshot(
        tokens={"twitch": make_status("twitch", phase="reauthorization_required"), "spotify": make_status("spotify")}
    )
    desk.show(snapshot)
    desk.ui.open_login("twitch")
    settle()
    assert desk.app.requests() == [("start_sign_in", "twitch")]


def test_the_starting_state_offers_nothing_to_press_yet(desk: Desk) -> None:
    opened(desk, "twitch")
    login = enter(desk, "twitch", Starting())
    assert login.wait.isVisible()
    assert not login.wait.open.isEnabled()
    assert login.wait.left.text() == "Asking…"


def test_what_must_be_said_is_said() -> None:
    twitch = " ".join(line.text + line.copy for step in twitch_guide().steps for line in step.lines)
    for words in ("two-factor", "Register Your Application", "http://localhost", "Application Integration", "Public"):
        assert words in twitch
    spotify = spotify_guide()
    first = " ".join(line.text for line in spotify.steps[0].lines)
    assert "Premium" in first and "user list" in first and "five" in first
    assert any(line.copy == "http://127.0.0.1/callback" for step in spotify.steps for line in step.lines)


def test_idle_after_a_wait_goes_back_to_the_client_id(desk: Desk) -> None:
    opened(desk, "twitch")
    login = enter(desk, "twitch", CODE)
    enter(desk, "twitch", Idle())
    assert login.client_id.isVisible()
