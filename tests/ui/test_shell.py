"""Start, tray, window, strip, and the end: what holds the pages together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QSystemTrayIcon

from companion.application.messages import Message
from companion.application.snapshots import AppSnapshot, Mend, TrayState
from companion.ui.dialogs import Told
from companion.ui.tray import Tray
from companion.ui.widgets.buttons import Button
from tests.fakes.application import (
    URLS,
    all_good,
    lamp,
    make_overlays,
    make_snapshot,
    make_status,
    offline_stream,
    signed_out,
)
from tests.fakes.show import EMPTY_QUEUE
from tests.ui.conftest import Desk, settle
from tests.ui.found import found

NOBODY = {"twitch": signed_out("twitch"), "spotify": signed_out("spotify")}


def test_without_a_tray_the_window_opens_by_itself(desk: Desk) -> None:
    assert not desk.ui.tray.exists
    assert desk.window.isVisible()


def test_the_first_start_leads_to_the_guide(make_desk: Callable[[], Desk]) -> None:
    desk = make_desk()
    desk.app.show(make_snapshot(starting=True, tray="starting", tokens=NOBODY))
    desk.ui.start()
    settle()
    assert desk.ui.logins == {}
    desk.app.show(make_snapshot(tokens=NOBODY))
    settle()
    assert desk.ui.logins["twitch"].isVisible()
    desk.ui.logins["twitch"].leave.click()
    desk.app.show(make_snapshot(tokens=NOBODY))
    settle()
    assert not desk.ui.logins["twitch"].isVisible()


def test_the_demo_asks_for_no_login(make_desk: Callable[[], Desk]) -> None:
    desk = make_desk()
    desk.app.show(make_snapshot(demo=True, tokens=NOBODY))
    desk.ui.start()
    settle()
    assert desk.ui.logins == {}
    assert desk.window.banner.isVisible()


def test_closing_leaves_no_timer_no_subscription_and_no_window(make_desk: Callable[[], Desk]) -> None:
    desk = make_desk()
    desk.ui.start()
    desk.show(make_snapshot(), "live")
    desk.ui.open_login("twitch")
    settle()
    assert desk.app.listeners == 1
    roots: list[QObject] = [desk.window, desk.ui, desk.ui.tray]
    timers = [timer for root in roots for timer in root.findChildren(QTimer)]
    assert any(timer.isActive() for timer in timers)
    desk.ui.close()
    assert not any(timer.isActive() for timer in timers)
    assert desk.app.listeners == 0
    settle()
    assert [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()] == []


def test_a_picture_on_its_way_at_the_end_is_not_drawn(make_desk: Callable[[], Desk]) -> None:
    desk = make_desk()
    desk.ui.start()
    settle()
    desk.app.show(make_snapshot(tray="off"))
    desk.ui.close()
    settle()
    assert desk.ui.tray._shown_state == "live"


def test_the_application_knows_when_somebody_looks(desk: Desk) -> None:
    desk.show(make_snapshot())
    assert ("set_watched", "window", "True") in desk.app.asked
    desk.window.hide()
    assert desk.app.asked[-1] == ("set_watched", "window", "False")


def test_closing_without_a_tray_says_once_what_happens_and_minimises(desk: Desk) -> None:
    desk.show(make_snapshot())
    desk.window.close()
    told = found(desk.window, Told)
    assert desk.window.isVisible()
    told.accept()
    assert desk.window.isMinimized()
    desk.ui.bring_forward()
    settle()
    assert not desk.window.isMinimized()
    desk.window.close()
    assert desk.window.isMinimized()


def test_keys_go_to_pages_and_quit(desk: Desk) -> None:
    desk.show(make_snapshot(queue=EMPTY_QUEUE))
    desk.window.activateWindow()
    settle()
    pages = (
        (Qt.Key.Key_2, "requests"),
        (Qt.Key.Key_6, "needs-you"),
        (Qt.Key.Key_8, "overlays"),
        (Qt.Key.Key_1, "live"),
    )
    for key, page in pages:
        QTest.keyClick(desk.window, key, Qt.KeyboardModifier.ControlModifier)
        assert desk.window.page() == page
    QTest.keyClick(desk.window, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    assert desk.app.requests() == [("request_quit",)]


def test_quit_is_in_the_window_as_well(desk: Desk) -> None:
    desk.show(make_snapshot(queue=EMPTY_QUEUE))
    desk.window.sidebar.leave.click()
    assert desk.app.requests() == [("request_quit",)]


# ---- the strip ------------------------------------------------------------

TROUBLE = (
    lamp("twitch", "bad", "Needs sign-in", "Twitch ended this login.", Mend("Sign in again", "sign_in_twitch")),
    lamp("eventsub", "busy", "Reconnecting", "Next attempt in 8 s.", Mend("Retry now", "retry_eventsub")),
    lamp("spotify", "good", "Playing"),
    lamp("obs", "off", "Not seen", "No overlay is open in OBS.", Mend("Show overlays", "open_overlays")),
    lamp("overlays", "good", "Ready"),
    lamp("keyring", "good", "Unlocked"),
)


def press(desk: Desk, name: str) -> None:
    next(lamp for key, lamp in desk.window.connections.strip.lamps.items() if key == name).click()
    settle()


def first_mend(desk: Desk) -> None:
    item = desk.window.connections.panel._buttons.itemAt(0)
    button = item.widget() if item is not None else None
    assert button is not None
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    settle()


def test_lamps_stand_in_their_order_with_words(desk: Desk) -> None:
    desk.show(make_snapshot(connections=TROUBLE))
    names = [lamp.accessibleName() for lamp in desk.window.connections.strip.lamps.values()]
    assert names == [
        "Twitch: Needs sign-in", "EventSub: Reconnecting", "Spotify: Playing", "OBS: Not seen", "Overlays: Ready",
        "Keyring: Unlocked",
    ]  # fmt: skip


def test_a_lamp_explains_itself_and_closes_again(desk: Desk) -> None:
    desk.show(make_snapshot(connections=TROUBLE))
    press(desk, "eventsub")
    panel = desk.window.connections.panel
    assert panel.isVisible() and panel._reason.text() == "Next attempt in 8 s."
    QTest.keyClick(panel, Qt.Key.Key_Escape)
    assert not panel.isVisible()


def test_its_button_mends(desk: Desk) -> None:
    desk.show(make_snapshot(connections=TROUBLE))
    press(desk, "eventsub")
    first_mend(desk)
    assert desk.app.requests() == [("mend", "retry_eventsub")]


def test_a_failed_mend_says_why(desk: Desk) -> None:
    desk.app.refuse("Twitch still does not answer")
    desk.show(make_snapshot(connections=TROUBLE))
    press(desk, "eventsub")
    first_mend(desk)
    told = found(desk.window, Told)
    assert told.windowTitle() == "Twitch still does not answer"


def test_sign_in_opens_the_guide_and_overlays_their_page(desk: Desk) -> None:
    desk.show(make_snapshot(connections=TROUBLE, demo=True))
    press(desk, "obs")
    first_mend(desk)
    assert desk.window.page() == "overlays"
    press(desk, "twitch")
    first_mend(desk)
    assert desk.ui.logins["twitch"].isVisible()


def test_an_open_panel_follows_its_lamp(desk: Desk) -> None:
    desk.show(make_snapshot(connections=TROUBLE))
    press(desk, "twitch")
    desk.show(make_snapshot(connections=all_good()))
    assert desk.window.connections.panel._title.text() == "Twitch: Signed in"


def test_notices_can_be_dismissed(desk: Desk) -> None:
    desk.show(make_snapshot(notices=(Message("The clock of this PC is off", severity="warn"),)))
    assert desk.window.notices.isVisible()
    close = found(desk.window.notices, Button)
    close.click()
    assert desk.app.requests() == [("dismiss_notice", "The clock of this PC is off")]
    desk.show(make_snapshot())
    assert not desk.window.notices.isVisible()


# ---- the tray ------------------------------------------------------------


@pytest.fixture
def tray(desk: Desk) -> Tray:
    return desk.ui.tray


def follow(tray: Tray, snapshot: AppSnapshot) -> None:
    tray.show_snapshot(snapshot)


def test_the_icon_is_set_before_anything_is_shown(tray: Tray) -> None:
    assert not tray.icon.icon().isNull()


@pytest.mark.parametrize(
    "state,snapshot,expected",
    [
        ("live", make_snapshot(), "Live 2 h 14 min · 183 viewers · 4 requests waiting"),
        ("off", make_snapshot(tray="off", stream=offline_stream(), queue=EMPTY_QUEUE), "Offline"),
        ("starting", make_snapshot(tray="starting", starting=True), "Companion is starting…"),
        (
            "needs_you",
            make_snapshot(tray="needs_you", connections=TROUBLE),
            "Live 2 h 14 min · 183 viewers · 4 requests waiting · Twitch: Needs sign-in",
        ),
    ],
)
def test_the_tooltip_is_one_line(tray: Tray, state: TrayState, snapshot: AppSnapshot, expected: str) -> None:
    follow(tray, snapshot)
    assert tray.icon.toolTip() == expected


def test_the_menu_is_kept_and_changed_in_place(tray: Tray) -> None:
    before = [action for action in tray.menu.actions() if not action.isSeparator()]
    follow(tray, make_snapshot(tray="off", stream=offline_stream()))
    after = [action for action in tray.menu.actions() if not action.isSeparator()]
    assert before == after
    assert tray.status.text() == "Offline" and not tray.viewers.isVisible()
    follow(tray, make_snapshot())
    assert tray.status.text() == "Live 2 h 14 min" and tray.viewers.text() == "183 viewers"


def test_the_menu_names_what_needs_the_person_and_opens_the_window(tray: Tray) -> None:
    follow(tray, make_snapshot())
    assert not tray.trouble.isVisible()
    follow(tray, make_snapshot(tray="needs_you", connections=TROUBLE))
    assert tray.trouble.isVisible() and tray.trouble.text() == "Twitch: Needs sign-in"
    asked = QSignalSpy(tray.open_wanted)
    tray.trouble.trigger()
    assert asked.count() == 1


def test_the_menu_copies_addresses(tray: Tray) -> None:
    follow(tray, make_snapshot())
    tray.addresses["now-playing"].trigger()
    assert QGuiApplication.clipboard().text() == URLS["now-playing"]
    follow(tray, make_snapshot(overlays=make_overlays(urls={})))
    assert not tray.addresses["live"].isEnabled()


def test_the_menu_opens_accounts_and_quits(desk: Desk) -> None:
    desk.show(make_snapshot(queue=EMPTY_QUEUE))
    desk.ui.tray.accounts.trigger()
    assert desk.window.page() == "accounts"
    desk.ui.tray.quit.trigger()
    assert desk.app.requests() == [("request_quit",)]


def test_a_late_tray_is_waited_for(desk: Desk) -> None:
    there = [False]
    tray = Tray(desk.ui.kit, available=lambda: there[0])
    tray.icon.show = lambda: None  # type: ignore[method-assign]  # there is no tray off the screen
    tray.start()
    assert not tray.exists and tray._retry.isActive()
    there[0] = True
    tray._retry.timeout.emit()
    assert tray.exists and not tray._retry.isActive()
    tray.stop()


def test_a_tray_that_never_comes_is_given_up(desk: Desk) -> None:
    tray = Tray(desk.ui.kit, available=lambda: False)
    tray.start()
    for _ in range(100):
        tray._retry.timeout.emit()
    assert not tray._retry.isActive()
    tray.stop()


def test_with_a_tray_closing_hides_and_says_so_once(desk: Desk) -> None:
    said: list[str] = []
    desk.ui.tray.exists = True
    desk.ui.tray.say = lambda title, text: said.append(title)  # type: ignore[method-assign]  # no tray off the screen
    desk.show(make_snapshot())
    desk.window.close()
    assert not desk.window.isVisible()
    desk.ui.bring_forward()
    desk.window.close()
    assert said == ["Companion keeps running"]
    desk.ui.tray._activated(QSystemTrayIcon.ActivationReason.Trigger)
    assert desk.window.isVisible()


def test_an_older_picture_never_replaces_a_newer_one(desk: Desk) -> None:
    desk.show(make_snapshot())
    newest = desk.app.snapshot()
    desk.ui._bridge._arrived.emit(replace(newest, revision=newest.revision - 1, tray="off"))
    settle()
    assert desk.ui.tray._shown_state == "live"


def test_badges_stay_away_where_nothing_is_wrong(desk: Desk) -> None:
    tokens = {"twitch": make_status("twitch"), "spotify": make_status("spotify")}
    desk.show(make_snapshot(tokens=tokens))
    assert [button.badge() for button in desk.window.sidebar.buttons.values()] == [0] * 8


def test_a_badge_never_shows_fewer_than_there_are(desk: Desk) -> None:
    button = desk.window.sidebar.buttons["needs-you"]
    pictures = []
    for count in (8, 9, 10, 123):
        button.set_badge(count)
        pictures.append(button.grab().toImage())
    eight, nine, ten, many = pictures
    assert eight != nine != ten and ten == many
