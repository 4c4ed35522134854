"""Needs you: one card for each decision; and Hold everything, in window and tray."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from companion.ports.failures import StorageFailed
from companion.ports.hold import HoldState
from companion.ui.dialogs import Question, Told
from companion.ui.pages.needs_you import NeedsYouPage
from tests.fakes.application import NOW, make_snapshot
from tests.fakes.show import EMPTY_QUEUE, make_needs, make_run
from tests.ui.conftest import Desk, settle
from tests.ui.found import found

HELD = make_snapshot(hold=HoldState(held=True, since=NOW, by="Bo_Example"))


@pytest.fixture
def page(desk: Desk) -> NeedsYouPage:
    desk.app.objects.sagas.runs = [make_run(), make_run(2)]
    desk.show(make_snapshot(needs_you=make_needs()), "needs-you")
    return desk.window.needs_you


def test_each_thing_has_a_card_with_words_and_buttons(desk: Desk, page: NeedsYouPage) -> None:
    assert list(page.cards) == [item.key for item in make_needs()]
    card = page.cards["run:run-1:"]
    assert card.title.text() == "Ann asked for “Nine Windows”"
    assert "keep them if it worked" in card.meaning.text() and card.when.text() == "9 min ago"
    assert list(card.buttons) == ["fulfil", "refund", "ignore", "retry"]
    assert desk.window.sidebar.buttons["needs-you"].badge() == 6
    assert not page.empty.isVisible()


def test_nothing_says_what_would_stand_here(desk: Desk, page: NeedsYouPage) -> None:
    desk.show(make_snapshot(), "needs-you")
    assert page.cards == {} and page.empty.isVisible()
    assert desk.window.sidebar.buttons["needs-you"].badge() == 0


def test_giving_points_back_is_one_press(desk: Desk, page: NeedsYouPage) -> None:
    page.cards["run:run-1:"].buttons["refund"].click()
    settle()
    assert desk.app.requests() == [("settle", "run-1", "refund")]


@pytest.mark.parametrize(
    "key,choice,lost,call",
    [
        ("run:run-1:", "fulfil", "kept for good", ("settle", "run-1", "fulfil")),
        ("run:run-1:", "ignore", "in the dashboard", ("settle", "run-1", "ignore")),
        ("approval:redemption-4:", "refuse", "will not be played", ("approve", "redemption-4", "False")),
        ("message:message-7:", "discard", "gone for good", ("discard", "message-7")),
        ("event:event-7:achievements", "discard", "gone for good", ("discard_event", "event-7", "achievements")),
    ],
)
def test_what_takes_something_away_asks_first(
    desk: Desk, page: NeedsYouPage, key: str, choice: str, lost: str, call: tuple[str, ...]
) -> None:
    buttons = {str(name): button for name, button in page.cards[key].buttons.items()}
    buttons[choice].click()
    asked = found(page, Question)
    assert lost in asked.text and desk.app.requests() == []
    asked.confirm.click()
    settle()
    assert desk.app.requests() == [call]


def test_a_decision_that_came_too_late_is_said(desk: Desk, page: NeedsYouPage) -> None:
    desk.app.objects.sagas.runs = []
    page.cards["run:run-1:"].buttons["refund"].click()
    settle()
    assert page.answer.message is not None and page.answer.message.title == "That is settled already."


def test_other_offers_bring_other_buttons_in_place(desk: Desk, page: NeedsYouPage) -> None:
    card = page.cards["run:run-1:"]
    first, *rest = make_needs()
    desk.show(make_snapshot(needs_you=(replace(first, choices=("ignore",)), *rest)), "needs-you")
    assert page.cards["run:run-1:"] is card and list(card.buttons) == ["ignore"]


def test_names_from_outside_are_plain_text(desk: Desk, page: NeedsYouPage) -> None:
    first = replace(make_needs()[0], title="<b>Ann</b> asked", happened="<img src=x>")
    desk.show(make_snapshot(needs_you=(first,)), "needs-you")
    card = page.cards[first.key]
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in card.findChildren(QLabel))
    assert card.title.text() == "<b>Ann</b> asked"


# ---- Hold everything -------------------------------------------------------------------------------------------------


def test_the_sidebar_holds_and_releases(desk: Desk) -> None:
    desk.show(make_snapshot())
    assert not desk.window.hold.isVisible()
    desk.window.sidebar.hold.click()
    settle()
    assert desk.app.requests() == [("hold", "True", "the window")]
    desk.show(HELD)
    assert desk.window.sidebar.hold.text() == "Release"
    assert "Bo_Example" in desk.window.hold.text.text() and "nothing is lost" in desk.window.hold.text.text()
    desk.window.hold.release.click()
    desk.window.sidebar.hold.click()
    settle()
    assert desk.app.requests()[1:] == [("hold", "False", "the window")] * 2


def test_a_key_holds_everything_from_every_page(desk: Desk) -> None:
    desk.show(make_snapshot(), "overlays")
    desk.window.activateWindow()
    settle()
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(desk.window, Qt.Key.Key_H, both)
    settle()
    assert desk.app.requests() == [("hold", "True", "the window")]


def test_a_hold_that_failed_is_said(desk: Desk) -> None:
    desk.app.objects.refuse(StorageFailed("full"))
    desk.show(make_snapshot())
    desk.window.sidebar.hold.click()
    told = found(desk.window, Told)
    assert "database" in told.windowTitle()


def test_the_tray_holds_skips_and_opens_requests(desk: Desk) -> None:
    tray = desk.ui.tray
    assert (tray.hold.text(), tray.skip.isEnabled()) == ("Hold everything", True)
    tray.hold.trigger()
    tray.skip.trigger()
    settle()
    assert desk.app.requests() == [("hold", "True", "the window"), ("skip",)]
    desk.show(replace(HELD, queue=EMPTY_QUEUE))
    assert (tray.hold.text(), tray.skip.isEnabled()) == ("Release everything", False)
    tray.requests.trigger()
    assert desk.window.page() == "requests"


def test_what_fails_from_the_tray_is_said_there_or_in_the_window(desk: Desk) -> None:
    said: list[str] = []
    desk.app.objects.refuse(StorageFailed("full"))
    desk.ui.tray.say = lambda title, text: said.append(title)  # type: ignore[method-assign]  # no tray off the screen
    desk.ui.tray.hold.trigger()
    settle()
    assert said == [] and desk.window.findChild(Told) is not None
    desk.ui.tray.exists = True
    desk.ui.tray.hold.trigger()
    settle()
    assert len(said) == 1
