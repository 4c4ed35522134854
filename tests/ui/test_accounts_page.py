"""The Accounts page in each state of both logins."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from companion.application.features import FeatureView
from companion.application.snapshots import Mend
from companion.ports.tokens import TokenStatus
from companion.ports.vault import VaultLocked, VaultMissing
from companion.ui.dialogs import Question
from tests.fakes.application import NOW, TWITCH_ACCOUNT, lamp, make_snapshot, make_status, signed_out
from tests.ui.conftest import Desk, settle
from tests.ui.found import found

AUTHORIZED = make_status("twitch")


def shown(desk: Desk, twitch: TokenStatus) -> str:
    desk.show(make_snapshot(demo=True, tokens={"twitch": twitch, "spotify": make_status("spotify")}), "accounts")
    card = desk.window.accounts.cards["twitch"]
    return f"{card.state.text()}\n{card.reason.text()}\n{card.details.text()}"


@pytest.mark.parametrize(
    "status,expected",
    [
        (AUTHORIZED, "Signed in\n"),
        (signed_out("twitch"), "Not signed in\n"),
        (
            make_status("twitch", phase="reauthorization_required", reason="Invalid refresh token"),
            "Needs a new sign-in",
        ),
        (make_status("twitch", phase="set_up_wrong", reason="invalid client"), "Set-up needs mending"),
        (make_status("twitch", session_only=True, vault_error=VaultLocked()), "Signed in until Companion stops"),
        (make_status("twitch", session_only=True, vault_error=VaultLocked()), "Unlock it, then press Retry"),
        (
            make_status("twitch", session_only=True, vault_error=VaultMissing("Install gnome-keyring.")),
            "Install gnome-keyring.",
        ),
        (
            make_status("twitch", missing_scopes=frozenset({"user:read:chat"})),
            "Needs another permission: read your chat.",
        ),
        (
            make_status("twitch", consecutive_failures=1, next_attempt_at=NOW + timedelta(seconds=90)),
            "Next attempt in 1 min.",
        ),
        (make_status("twitch", refreshing=True), "Renewing the login…"),
    ],
)
def test_every_state_is_said_in_plain_words(desk: Desk, status: TokenStatus, expected: str) -> None:
    assert expected in shown(desk, status)


def test_spotify_warns_before_its_six_months_are_over(desk: Desk) -> None:
    spotify = make_status("spotify", warn_reauthorize=True, reauthorize_by=NOW + timedelta(days=12))
    desk.show(make_snapshot(tokens={"twitch": AUTHORIZED, "spotify": spotify}), "accounts")
    card = desk.window.accounts.cards["spotify"]
    assert "January 2026" in card.reason.text()
    assert card.sign_in.text() == "Sign in again"


def test_the_account_is_shown_by_its_name(desk: Desk) -> None:
    shown(desk, AUTHORIZED)
    assert desk.window.accounts.cards["twitch"].name.whole() == "Fern_Example"


def test_a_right_to_left_name_is_shown_as_it_is(desk: Desk) -> None:
    account = AUTHORIZED.account
    assert account is not None
    shown(desk, replace(AUTHORIZED, account=replace(account, display_name="ערוץ_הים")))
    assert desk.window.accounts.cards["twitch"].name.whole() == "ערוץ_הים"


def test_signing_out_asks_once_and_names_what_is_lost(desk: Desk) -> None:
    shown(desk, AUTHORIZED)
    desk.window.accounts.cards["twitch"].sign_out.click()
    question = found(desk.window.accounts, Question)
    assert question.windowTitle() == "Sign out of Twitch?"
    assert "records no viewers" in question.text
    assert desk.app.requests() == []
    question.confirm.click()
    settle()
    assert desk.app.requests() == [("sign_out", "twitch")]


def test_cancelling_keeps_the_login(desk: Desk) -> None:
    shown(desk, AUTHORIZED)
    desk.window.accounts.cards["twitch"].sign_out.click()
    question = found(desk.window.accounts, Question)
    question.cancel.click()
    settle()
    assert desk.app.requests() == []


def test_a_refusal_is_shown_on_the_page(desk: Desk) -> None:
    desk.app.refuse("Twitch did not revoke the login")
    shown(desk, make_status("twitch", consecutive_failures=1))
    desk.window.accounts.cards["twitch"].retry.click()
    settle()
    assert desk.app.requests() == [("mend", "retry_twitch")]
    message = desk.window.accounts.problem.message
    assert message is not None
    assert message.title == "Twitch did not revoke the login"


def test_the_keyring_can_be_asked_again(desk: Desk) -> None:
    locked = lamp("keyring", "warn", "Locked", "Your keyring is locked.", Mend("Retry", "retry_keyring"))
    desk.show(make_snapshot(connections=(locked,)), "accounts")
    assert desk.window.accounts.keyring.retry.isVisible()
    desk.window.accounts.keyring.retry.click()
    assert desk.app.requests() == [("mend", "retry_keyring")]


def test_signing_in_opens_the_guide(desk: Desk) -> None:
    shown(desk, signed_out("twitch"))
    desk.window.accounts.cards["twitch"].sign_in.click()
    settle()
    assert desk.ui.logins["twitch"].isVisible()


def test_a_login_that_needs_the_person_is_counted_on_the_sidebar(desk: Desk) -> None:
    shown(desk, make_status("twitch", phase="reauthorization_required"))
    assert desk.window.sidebar.buttons["accounts"].badge() == 1
    shown(desk, AUTHORIZED)
    assert desk.window.sidebar.buttons["accounts"].badge() == 0


@pytest.mark.parametrize(
    ("bot", "expected"),
    [
        (signed_out("twitch_bot"), "Without it your own account answers in chat."),
        (make_status("twitch_bot"), "Replies and announcements in chat come from this account."),
        (make_status("twitch_bot", account=TWITCH_ACCOUNT), "This is your own account, so nothing changes."),
        (
            make_status("twitch_bot", phase="reauthorization_required", reason="Invalid refresh token"),
            "The login has ended: Invalid refresh token. Until you sign it in again, your own account",
        ),
        (make_status("twitch_bot", phase="set_up_wrong"), "Meanwhile your own account answers"),
        (
            make_status("twitch_bot", missing_scopes=frozenset({"user:write:chat"})),
            "Needs another permission: answer in your chat.",
        ),
    ],
)
def test_the_bot_account_says_who_speaks_in_chat(desk: Desk, bot: TokenStatus, expected: str) -> None:
    desk.show(make_snapshot(tokens={"twitch_bot": bot}), "accounts")
    assert expected in desk.window.accounts.cards["twitch_bot"].reason.text()


def test_the_bot_account_signs_in_by_a_guide_of_its_own_and_out_with_a_question(desk: Desk) -> None:
    desk.show(make_snapshot(tokens={"twitch_bot": make_status("twitch_bot")}), "accounts")
    card = desk.window.accounts.cards["twitch_bot"]
    card.sign_in.click()
    settle()
    login = desk.ui.logins["twitch_bot"]
    assert login.windowTitle() == "Sign in the bot account"
    assert ("start_sign_in", "twitch_bot") in desk.app.requests()
    login.close()
    card.sign_out.click()
    question = found(desk.window.accounts, Question)
    assert question.windowTitle() == "Sign out the bot account?"
    question.confirm.click()
    settle()
    assert desk.app.requests()[-1] == ("sign_out", "twitch_bot")


def test_the_lamps_button_opens_the_bots_guide(desk: Desk) -> None:
    trouble = lamp("twitch", "warn", "Bot: sign in again", "", Mend("Sign in the bot", "sign_in_twitch_bot"))
    desk.show(make_snapshot(connections=(trouble,)), "live")
    desk.window.mend("sign_in_twitch_bot")
    settle()
    assert desk.ui.logins["twitch_bot"].isVisible()


def test_each_feature_says_why_and_whether_twitch_has_agreed(desk: Desk) -> None:
    features = (
        FeatureView("redemptions", on=True, granted=True, missing=False),
        FeatureView("bits", on=True, granted=False, missing=True),
        FeatureView("follows", on=False, granted=True, missing=False),
        FeatureView("shoutouts", on=False, granted=False, missing=False),
    )
    desk.show(make_snapshot(features=features), "accounts")
    card = desk.window.accounts.features
    said = {name: (row.switch.isChecked(), row.state.text()) for name, row in card.rows.items()}
    assert said["redemptions"] == (True, "Permission given")
    assert said["bits"] == (True, "Needs another permission")
    assert said["follows"] == (False, "Still given, until you sign in again")
    assert said["shoutouts"] == (False, "")
    assert "give points back" in card.rows["redemptions"].reason.text()
    assert card.missing.text() == "Twitch has not agreed yet: Bits."
    card.sign_in.click()
    settle()
    assert ("start_sign_in", "twitch") in desk.app.requests()


def test_a_switch_asks_once_and_goes_back_when_it_cannot_be_stored(desk: Desk) -> None:
    desk.show(make_snapshot(), "accounts")
    switch = desk.window.accounts.features.rows["bits"].switch
    assert not desk.window.accounts.features.offer.isVisible()
    switch.click()
    settle()
    assert desk.app.requests() == [("switch_feature", "bits", "True")]
    assert switch.isChecked()
    desk.app.refuse("That could not be stored.")
    desk.window.accounts.features.rows["chat"].switch.click()
    settle()
    assert desk.window.accounts.features.rows["chat"].switch.isChecked()
    message = desk.window.accounts.problem.message
    assert message is not None and message.title == "That could not be stored."
