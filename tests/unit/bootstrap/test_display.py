from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from companion.bootstrap import display
from companion.bootstrap.display import has_display

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows always has a display")


@pytest.fixture
def sockets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with one living X socket (7), one Wayland socket, and one dead socket (8)."""
    monkeypatch.setattr(display, "X_SOCKETS", tmp_path)
    living = [socket.socket(socket.AF_UNIX) for _ in range(2)]
    for listener, name in zip(living, ("X7", "wayland-3"), strict=True):
        listener.bind(str(tmp_path / name))
        listener.listen()
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "X8"))
    yield tmp_path
    for listener in living:
        listener.close()


@pytest.mark.parametrize(
    ("name", "there"),
    [(":7", True), (":7.0", True), ("unix:7", True), (":8", False), (":9", False), ("", False), ("odd", False)],
)
def test_an_x_display_must_answer(sockets: Path, name: str, there: bool) -> None:
    assert has_display({"DISPLAY": name}, "linux") is there


def test_an_x_display_elsewhere_must_answer_too() -> None:
    assert has_display({"DISPLAY": "127.0.0.1:59000"}, "linux") is False


def test_a_wayland_display_must_answer(sockets: Path) -> None:
    folder = {"XDG_RUNTIME_DIR": str(sockets)}

    assert has_display({"WAYLAND_DISPLAY": "wayland-3"} | folder, "linux")
    assert has_display({"WAYLAND_DISPLAY": str(sockets / "wayland-3")} | folder, "linux")
    assert not has_display({"WAYLAND_DISPLAY": "wayland-4"} | folder, "linux")
    assert has_display({"WAYLAND_DISPLAY": "wayland-4", "DISPLAY": ":7"} | folder, "linux")


def test_a_chosen_qt_platform_is_trusted() -> None:
    assert has_display({"QT_QPA_PLATFORM": "offscreen"}, "linux")


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_windows_and_macos_have_one(platform: str) -> None:
    assert has_display({}, platform)
