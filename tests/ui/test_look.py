"""Light and dark, pictures, and what a screen reader and the Tab key find."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QImageWriter, QPalette
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QListView, QWidget

from companion.application.messages import Message
from companion.ui.app_ui import UserInterface
from companion.ui.tokens import Scheme, contrast
from companion.ui.widgets.picture import Picture, initials
from tests.fakes.application import (
    FakeApplication,
    SynchronousSupervisor,
    lamp,
    make_overlays,
    make_picture,
    make_snapshot,
    playing,
    seen,
)
from tests.fakes.clock import FakeClock
from tests.ui.conftest import RESOURCES, Desk, settle

PAGES = ("live", "requests", "raffle", "achievements", "commands", "needs-you", "accounts", "overlays")


def window_colour() -> str:
    return QApplication.palette().color(QPalette.ColorRole.Window).name().upper()


def test_both_schemes_dress_the_whole_application(desk: Desk) -> None:
    theme = desk.ui.kit.theme
    spy = QSignalSpy(theme.changed)
    theme.force("dark")
    assert window_colour() == "#16181D"
    theme.force("light")
    assert window_colour() == "#F7F7F5"
    assert spy.count() == 2


def test_the_system_is_followed_while_running(desk: Desk, qapp: QApplication) -> None:
    theme = desk.ui.kit.theme
    spy = QSignalSpy(theme.changed)
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert spy.count() == 1
    desk.ui.close()
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Light)
    assert spy.count() == 1


def test_a_page_changes_its_colours_in_place(desk: Desk) -> None:
    desk.show(make_snapshot(), "live")
    desk.ui.kit.theme.force("dark")
    settle()
    assert QColor(desk.window.grab().toImage().pixelColor(600, 70)).lightness() < 80
    desk.ui.kit.theme.force("light")
    settle()
    assert QColor(desk.window.grab().toImage().pixelColor(600, 70)).lightness() > 200


def test_figures_that_change_keep_their_width(desk: Desk) -> None:
    font = desk.ui.kit.theme.font(44, tabular=True)
    assert font.featureValue(QFont.Tag("tnum")) == 1
    widths = {QFontMetrics(font).horizontalAdvance(figure) for figure in "0123456789"}
    assert len(widths) == 1


# ---- names and keys ----------------------------------------------------------------------------------------------


def interactive(root: QWidget) -> list[QWidget]:
    kinds = (QAbstractButton, QLineEdit, QListView)
    return [widget for widget in root.findChildren(QWidget) if isinstance(widget, kinds) and widget.isVisible()]


@pytest.mark.parametrize("page", PAGES)
def test_everything_that_can_be_pressed_has_a_name(desk: Desk, page: str) -> None:
    desk.show(make_snapshot(), page)
    found = interactive(desk.window)
    assert len(found) > 8
    assert [widget for widget in found if not widget.accessibleName()] == []


def test_the_guides_have_names_everywhere(desk: Desk) -> None:
    desk.ui.open_login("spotify")
    login = desk.ui.logins["spotify"]
    for index in range(len(login.guide.steps)):
        login.go_to(index)
        settle()
        own = [widget for widget in interactive(login) if type(widget).__module__.startswith("companion")]
        assert own
        assert [widget for widget in own if not widget.accessibleName()] == []


@pytest.mark.parametrize("page", PAGES)
def test_tab_reaches_every_button_and_comes_around(desk: Desk, page: str) -> None:
    desk.show(make_snapshot(), page)
    desk.window.activateWindow()
    settle()
    buttons = {
        widget for widget in interactive(desk.window) if isinstance(widget, QAbstractButton) and widget.isEnabled()
    }
    reached = set()
    for _ in range(60):
        QTest.keyClick(QApplication.focusWidget() or desk.window, Qt.Key.Key_Tab)
        reached.add(QApplication.focusWidget())
    assert buttons - reached == set()


def test_arrow_keys_walk_through_the_pages(desk: Desk) -> None:
    desk.show(make_snapshot(), "live")
    desk.window.activateWindow()
    desk.window.sidebar.buttons["live"].setFocus()
    QTest.keyClick(desk.window.sidebar.buttons["live"], Qt.Key.Key_Down)
    below = desk.window.sidebar.buttons["requests"]
    assert QApplication.focusWidget() is below
    QTest.keyClick(below, Qt.Key.Key_Return)
    assert desk.window.page() == "requests"
    QTest.keyClick(below, Qt.Key.Key_Space)
    assert below.isChecked()


def test_the_focus_can_be_seen(desk: Desk) -> None:
    desk.show(make_snapshot(), "overlays")
    desk.window.activateWindow()
    button = desk.window.overlays.cards["live"].open
    before = button.grab().toImage()
    button.setFocus(Qt.FocusReason.TabFocusReason)
    settle()
    assert button.grab().toImage() != before


def test_the_space_bar_presses(desk: Desk) -> None:
    desk.show(make_snapshot(), "overlays")
    card = desk.window.overlays.cards["live"]
    QTest.keyClick(card.reveal, Qt.Key.Key_Space)
    assert "token" in card.address.text()


def test_a_problem_that_mends_itself_wears_no_badge(desk: Desk) -> None:
    waiting = make_overlays(problem=Message("The port is in use just now", severity="info"))
    desk.show(make_snapshot(overlays=waiting))
    assert desk.window.sidebar.buttons["overlays"].badge() == 0


# ---- pictures ----------------------------------------------------------------------------------------------------


def png(width: int, height: int) -> bytes:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor("#C02040"))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"PNG")).write(image)
    return bytes(buffer.data().data())


@pytest.fixture
def pictured(qapp: QApplication, clock: FakeClock) -> Iterator[tuple[UserInterface, list[str]]]:
    asked: list[str] = []

    async def load(address: str) -> bytes | None:
        asked.append(address)
        return {"wide": png(64, 32), "broken": b"not a picture", "square": png(64, 64)}.get(address)

    ui = UserInterface(
        app=FakeApplication(),
        supervisor=SynchronousSupervisor(logging.getLogger("tests.ui")),
        clock=clock,
        load_image=load,
        resources=RESOURCES,
    )
    ui.start()
    yield ui, asked
    ui.close()
    settle()


def test_a_cover_keeps_its_proportions(pictured: tuple[UserInterface, list[str]]) -> None:
    ui, _ = pictured
    cover = Picture(ui.kit, side=60)
    cover.show_address("wide", alternative="Cover")
    settle()
    image = cover.grab().toImage()
    assert image.pixelColor(30, 30).name() == "#c02040"
    assert image.pixelColor(30, 4).name() != "#c02040" and image.pixelColor(30, 56).name() != "#c02040"
    assert image.pixelColor(2, 30).name() == "#c02040" and image.pixelColor(57, 30).name() == "#c02040"


def test_a_picture_is_asked_for_once(pictured: tuple[UserInterface, list[str]]) -> None:
    ui, asked = pictured
    for _ in range(3):
        Picture(ui.kit, side=60).show_address("square", alternative="Cover")
        settle()
    assert asked.count("square") == 1


@pytest.mark.parametrize("address", ["broken", "missing", None])
def test_without_a_picture_there_is_a_stand_in(pictured: tuple[UserInterface, list[str]], address: str | None) -> None:
    ui, _ = pictured
    face = Picture(ui.kit, side=60, round_face=True)
    face.show_address(address, alternative="Fern", initials="F")
    settle()
    assert not face.has_image()
    assert face.accessibleName() == "Fern"
    assert not face.grab().isNull()


def test_initials() -> None:
    assert initials("Fern_Example") == "FE"
    assert initials("") == ""


def test_resources_are_where_the_tests_look() -> None:
    assert (Path(RESOURCES) / "qss" / "companion.qss").is_file()


def test_a_lamp_the_application_does_not_name_is_hidden(desk: Desk) -> None:
    desk.show(make_snapshot(connections=(lamp("twitch", "good", "Signed in"),)))
    shown = [name for name, it in desk.window.connections.strip.lamps.items() if it.isVisible()]
    assert shown == ["twitch"]


def test_an_old_song_of_a_quiet_spotify_is_not_called_stale(make_desk: Callable[[], Desk]) -> None:
    desk = make_desk()
    desk.ui.start()
    desk.show(make_snapshot(playback=playing(make_picture(seen_at=seen(10)), polling=False)), "live")
    assert not desk.window.live.music._age.isVisible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_a_field_asks_for_can_be_read(desk: Desk, scheme: Scheme) -> None:
    theme = desk.ui.kit.theme
    theme.force(scheme)
    desk.show(make_snapshot(), "commands")
    asked = desk.window.commands.filter.palette().color(QPalette.ColorRole.PlaceholderText)
    assert asked.alpha() == 255
    assert contrast(asked.name(), theme.color("raised").name()) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_button_that_empties_a_field_can_be_seen(desk: Desk, scheme: Scheme) -> None:
    theme = desk.ui.kit.theme
    theme.force(scheme)
    desk.show(make_snapshot(), "commands")
    picture = desk.window.commands.filter.clear_action.icon().pixmap(16, 16).toImage()
    inked = [picture.pixelColor(x, y) for x in range(16) for y in range(16) if picture.pixelColor(x, y).alpha() == 255]
    assert inked
    assert all(contrast(colour.name(), theme.color("raised").name()) >= 3 for colour in inked)
