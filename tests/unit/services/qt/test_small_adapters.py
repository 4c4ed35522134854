"""The browser and the network watch."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtNetwork import QNetworkInformation
from pytestqt.qtbot import QtBot

from companion.kernel.result import Err, Ok
from companion.services.qt.browser import NOT_WEB, open_address
from companion.services.qt.network import NetworkWatch

ROOT = Path(__file__).parents[4]
Reachability = QNetworkInformation.Reachability


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


def test_the_network_is_back_only_after_it_was_gone(qtbot: QtBot) -> None:
    back: list[str] = []
    watch = NetworkWatch(on_back=lambda: back.append("back"))
    watch.changed(Reachability.Online)
    watch.changed(Reachability.Unknown)
    watch.changed(Reachability.Online)
    assert back == []
    watch.changed(Reachability.Disconnected)
    watch.changed(Reachability.Unknown)
    watch.changed(Reachability.Local)
    assert back == []
    watch.changed(Reachability.Online)
    watch.changed(Reachability.Online)
    assert back == ["back"]
    watch.close()


@pytest.mark.parametrize("bus", ["", "unix:path=/nowhere"])
def test_starting_says_whether_this_system_can_tell(bus: str) -> None:
    """In a child process: Qt keeps its connection to the system's bus for good."""
    code = (
        "from PySide6.QtCore import QCoreApplication; from companion.services.qt.network import NetworkWatch; "
        "from PySide6.QtNetwork import QNetworkInformation; app = QCoreApplication([]); "
        "watch = NetworkWatch(on_back=print); started = watch.start(); watch.close(); "
        "print(started is (QNetworkInformation.instance() is not None))"
    )
    env = os.environ | ({"DBUS_SYSTEM_BUS_ADDRESS": bus} if bus else {})
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "True", done.stderr
