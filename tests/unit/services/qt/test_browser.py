"""Web addresses, and nothing else, go to the desktop."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from pytestqt.qtbot import QtBot

from companion.kernel.result import Err, Ok
from companion.services.qt.browser import NOT_WEB, open_address


class Desktop(QObject):
    """Takes the addresses in the desktop's place."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    @Slot(QUrl)
    def take(self, address: QUrl) -> None:
        self.opened.append(address.toString())


async def test_web_addresses_are_handed_to_the_desktop(qtbot: QtBot) -> None:
    desktop = Desktop()
    for scheme in ("http", "https"):
        QDesktopServices.setUrlHandler(scheme, desktop, "take")  # type: ignore[arg-type] # the stub says bytes, which fail
    try:
        assert await open_address("https://accounts.example/authorize?state=a%2Fb") == Ok(None)
        assert await open_address("http://127.0.0.1:17900/overlay/live") == Ok(None)
    finally:
        for scheme in ("http", "https"):
            QDesktopServices.unsetUrlHandler(scheme)
    assert desktop.opened == ["https://accounts.example/authorize?state=a%2Fb", "http://127.0.0.1:17900/overlay/live"]


@pytest.mark.parametrize("url", ["file:///etc/passwd", "javascript:alert(1)", "mailto:a@b", "", "https://", "not it"])
async def test_nothing_else_is(url: str, qtbot: QtBot) -> None:
    assert await open_address(url) == Err(NOT_WEB)
