"""A second start asks the first one to come forward."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtNetwork import QLocalServer, QLocalSocket
from pytestqt.qtbot import QtBot

from companion.kernel.result import Ok
from companion.services.qt.single_instance import SummonServer, socket_name, summon_first

ROOT = Path(__file__).parents[4]
SECOND_START = """
import sys
from pathlib import Path
from companion.services.qt.single_instance import summon_first
print(summon_first(Path(sys.argv[1]), activation_token=sys.argv[2]))
"""


class First:
    """The first instance, and what it was asked."""

    def __init__(self, data_dir: Path) -> None:
        self.summons: list[str] = []
        self.data_dir = data_dir
        self.server = SummonServer(data_dir=data_dir, on_summon=self.summons.append)


@pytest.fixture
def first(tmp_path: Path, qtbot: QtBot) -> Iterator[First]:
    first = First(tmp_path)
    assert first.server.listen() == Ok(None)
    yield first
    first.server.close()
    first.server.deleteLater()


def second_start(first: First, qtbot: QtBot, token: str = "") -> bool:
    command = [sys.executable, "-c", SECOND_START, str(first.data_dir), token]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        qtbot.waitUntil(lambda: process.poll() is not None, timeout=20_000)
        assert process.stdout is not None
        return process.stdout.read().strip() == "True"


@pytest.mark.parametrize("token", ["", "some-activation-token_TIME123"])
def test_the_first_one_comes_forward(first: First, qtbot: QtBot, token: str) -> None:
    assert second_start(first, qtbot, token)
    assert first.summons == [token]


def test_several_in_a_row(first: First, qtbot: QtBot) -> None:
    assert [second_start(first, qtbot) for _ in range(2)] == [True, True]
    assert first.summons == ["", ""]


def test_nobody_there(tmp_path: Path, qtbot: QtBot) -> None:
    assert not summon_first(tmp_path / "another")


def test_after_closing_nobody_answers(first: First, qtbot: QtBot, tmp_path: Path) -> None:
    other = First(tmp_path / "other")
    assert other.server.listen() == Ok(None)
    other.server.close()
    assert not summon_first(tmp_path / "other")
    other.server.deleteLater()


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes leave nothing behind")
def test_the_socket_of_a_crashed_one_is_taken_over(tmp_path: Path, qtbot: QtBot) -> None:
    crash = (
        "import os, sys; from pathlib import Path; from PySide6.QtCore import QCoreApplication; "
        "from companion.services.qt.single_instance import SummonServer; app = QCoreApplication([]); "
        "server = SummonServer(data_dir=Path(sys.argv[1]), on_summon=print); print(server.listen()); "
        "sys.stdout.flush(); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run(
        [sys.executable, "-c", crash, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "Ok(value=None)"
    first = First(tmp_path)
    assert first.server.listen() == Ok(None)
    assert second_start(first, qtbot)
    first.server.close()
    first.server.deleteLater()


@pytest.mark.parametrize("noise", [b"hello\n", b"\n", b"quit now\n"])
def test_noise_is_hung_up_on(first: First, qtbot: QtBot, noise: bytes) -> None:
    stranger = QLocalSocket()
    stranger.connectToServer(socket_name(first.data_dir))
    assert stranger.waitForConnected(1000)
    stranger.write(noise)
    qtbot.waitUntil(lambda: stranger.state() == QLocalSocket.LocalSocketState.UnconnectedState)
    assert first.summons == []
    stranger.deleteLater()


def test_only_this_person_may_connect(first: First) -> None:
    assert first.server._server.socketOptions() == QLocalServer.SocketOption.UserAccessOption


def test_each_data_directory_has_its_own_name(tmp_path: Path) -> None:
    assert socket_name(tmp_path / "a") != socket_name(tmp_path / "b")
    assert socket_name(tmp_path / "a") == socket_name(tmp_path / "b" / ".." / "a")
    assert len(socket_name(tmp_path)) < 40
