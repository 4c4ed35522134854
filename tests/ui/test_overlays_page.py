"""The Overlays page: covered addresses, copying, renewing, and a port that is taken."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from companion.application.messages import Message
from companion.ui.dialogs import Question
from companion.ui.widgets.overlay_card import covered
from tests.fakes.application import URLS, make_overlays, make_snapshot
from tests.ui.conftest import Desk, settle
from tests.ui.found import found

TAKEN = make_overlays(
    serving=False,
    urls={},
    connected_pages={},
    problem=Message("Port 17800 is taken by python3 (4242)", "Overlays in OBS stay empty.", "Close that program."),
    move_to=17801,
)


def test_addresses_stay_covered_until_they_are_asked_for(desk: Desk) -> None:
    desk.show(make_snapshot(), "overlays")
    card = desk.window.overlays.cards["live"]
    assert "not-a-real-token" not in card.address.text()
    card.reveal.click()
    assert card.address.text() == URLS["live"]
    assert card.reveal.text() == "Hide"


def test_leaving_the_page_covers_them_again(desk: Desk) -> None:
    desk.show(make_snapshot(), "overlays")
    card = desk.window.overlays.cards["live"]
    card.reveal.click()
    desk.window.open_page("live")
    assert "not-a-real-token" not in card.address.text()


def test_no_widget_holds_a_covered_token_where_a_screen_reader_finds_it(desk: Desk) -> None:
    desk.show(make_snapshot(), "overlays")
    for widget in desk.window.findChildren(QWidget):
        for text in (widget.toolTip(), widget.accessibleName(), widget.accessibleDescription()):
            assert "not-a-real-token" not in text


def test_copying_says_so_for_a_moment(desk: Desk) -> None:
    desk.show(make_snapshot(), "overlays")
    card = desk.window.overlays.cards["now-playing"]
    card.copy.click()
    assert QGuiApplication.clipboard().text() == URLS["now-playing"]
    assert card.copy.text() == "Copied"
    card.copy._timer.timeout.emit()
    assert card.copy.text() == "Copy"


def test_the_local_file_can_be_copied_too(desk: Desk) -> None:
    desk.show(make_snapshot(), "overlays")
    desk.window.overlays.cards["live"].copy_file.click()
    assert QGuiApplication.clipboard().text().endswith("/overlays/live.html")
    desk.show(make_snapshot(overlays=make_overlays(files={})), "overlays")
    assert not desk.window.overlays.cards["live"].copy_file.isEnabled()


def test_opening_goes_through_the_application(desk: Desk) -> None:
    desk.show(make_snapshot(), "overlays")
    desk.window.overlays.cards["live"].open.click()
    assert desk.app.requests() == [("open_in_browser", URLS["live"])]


def test_how_many_pages_are_connected(desk: Desk) -> None:
    desk.show(make_snapshot(overlays=make_overlays(connected_pages={"live": 2})), "overlays")
    assert desk.window.overlays.cards["live"].pages.text() == "2 pages connected"
    assert desk.window.overlays.cards["now-playing"].pages.text() == "Not in OBS yet"


def test_new_addresses_ask_once_and_name_what_must_be_done(desk: Desk) -> None:
    desk.show(make_snapshot(), "overlays")
    desk.window.overlays.renew.click()
    question = found(desk.window.overlays, Question)
    assert "Each browser source in OBS" in question.text
    assert desk.app.requests() == []
    question.confirm.click()
    settle()
    assert desk.app.requests() == [("renew_overlay_tokens",)]


def test_a_taken_port_names_its_holder_and_offers_two_ways(desk: Desk) -> None:
    desk.show(make_snapshot(overlays=TAKEN), "overlays")
    page = desk.window.overlays
    assert page.port.isVisible()
    assert page.port.message == TAKEN.problem
    assert page.move_away.text() == "Move to 17801 (overlay addresses change)"
    page.try_again.click()
    assert desk.app.requests() == [("mend", "retry_port")]
    assert desk.window.sidebar.buttons["overlays"].badge() == 1


def test_moving_to_another_port_asks_first(desk: Desk) -> None:
    desk.show(make_snapshot(overlays=TAKEN), "overlays")
    desk.window.overlays.move_away.click()
    assert desk.app.requests() == []
    question = found(desk.window, Question)
    question.confirm.click()
    settle()
    assert desk.app.requests() == [("mend", "move_port")]


def test_without_an_address_nothing_can_be_copied(desk: Desk) -> None:
    desk.show(make_snapshot(overlays=TAKEN), "overlays")
    card = desk.window.overlays.cards["live"]
    assert not card.copy.isEnabled()
    assert not card.reveal.isEnabled()
    assert not card.open.isEnabled()


def test_the_cover_hides_everything_after_the_question_mark() -> None:
    assert covered("http://127.0.0.1:1/overlay/live?token=abc") == "http://127.0.0.1:1/overlay/live?" + "•" * 16
    assert covered("") == ""
