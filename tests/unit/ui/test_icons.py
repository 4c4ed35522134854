"""Icons: every file draws something, the tray's differ in shape and stand on both kinds of panel."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from companion.application.snapshots import TrayState
from companion.ui.icons import Icons
from companion.ui.tokens import contrast

FOLDER = Path(__file__).parents[3] / "resources" / "icons"
NAMES = sorted(path.stem for path in FOLDER.glob("*.svg"))
STATES: tuple[TrayState, ...] = ("off", "live", "needs_you", "starting")
PANELS = ("#F4F4F4", "#202124")


@pytest.fixture
def icons(qapp: QApplication) -> Icons:
    return Icons(FOLDER)


def opaque(image: QImage) -> set[tuple[int, int]]:
    """The dots that are more drawn than not: the shape without its colour."""
    size = image.size()
    dots = ((x, y) for x in range(size.width()) for y in range(size.height()))
    return {(x, y) for x, y in dots if image.pixelColor(x, y).alpha() > 127}


@pytest.mark.parametrize("name", NAMES)
def test_every_icon_draws_something_at_its_own_size(icons: Icons, name: str) -> None:
    assert len(opaque(icons.pixmap(name, QColor("#000000"), 20).toImage())) > 12


def test_an_icon_takes_the_colour_it_is_given(icons: Icons) -> None:
    image = icons.pixmap("check", QColor("#C8321F"), 40).toImage()
    assert {image.pixelColor(x, y).name() for x, y in opaque(image) if image.pixelColor(x, y).alpha() == 255} == {
        "#c8321f"
    }


def tray_image(icons: Icons, state: TrayState) -> QImage:
    return icons.tray(state).pixmap(QSize(16, 16)).toImage()


@pytest.mark.parametrize("one,other", list(combinations(STATES, 2)))
def test_tray_icons_differ_in_shape_at_16_pixels(icons: Icons, one: TrayState, other: TrayState) -> None:
    first, second = opaque(tray_image(icons, one)), opaque(tray_image(icons, other))
    assert len(first ^ second) >= 40


def test_the_live_icon_is_filled_and_the_off_icon_is_not(icons: Icons) -> None:
    middle = {(x, y) for x in range(4, 12) for y in range(4, 12)}
    assert len(opaque(tray_image(icons, "live")) & middle) > 56
    assert len(opaque(tray_image(icons, "off")) & middle) < 24


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("state", STATES)
def test_tray_icons_stand_on_light_and_dark_panels(icons: Icons, state: TrayState, panel: str) -> None:
    image = tray_image(icons, state)
    colours = [image.pixelColor(x, y) for x, y in opaque(image)]
    solid = [colour.name() for colour in colours if colour.alpha() == 255]
    main = max(set(solid), key=solid.count)
    assert contrast(main, panel) >= 3


def test_a_missing_icon_is_an_error(icons: Icons) -> None:
    with pytest.raises(FileNotFoundError):
        icons.pixmap("no-such-icon", QColor("#000000"), 20)
