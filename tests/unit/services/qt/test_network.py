"""The network comes back once, however often the system says so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtNetwork import QNetworkInformation
from pytestqt.qtbot import QtBot

from companion.services.qt.network import NetworkWatch

ROOT = Path(__file__).parents[4]
Reachability = QNetworkInformation.Reachability


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
