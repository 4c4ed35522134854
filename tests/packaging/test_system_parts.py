from __future__ import annotations

import sys
from pathlib import Path

import pytest

import system_parts
from system_parts import Part

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux is looked at")


def test_present_parts_are_found() -> None:
    libraries = "\tlibEGL.so.1 (libc6,x86-64) => /lib/libEGL.so.1\n"
    assert system_parts.is_there(Part("libegl1", library="libEGL.so.1"), libraries)
    assert system_parts.is_there(Part("sh", commands=("no-such-shell", "sh")), libraries)
    assert system_parts.is_there(Part("fonts", folder="/"), libraries)
    assert system_parts.is_there(Part("python3-venv", module="venv"), libraries)


def test_missing_parts_are_found_missing() -> None:
    libraries = "\tlibEGL.so.10 (libc6,x86-64) => /lib/libEGL.so.10\n"
    assert not system_parts.is_there(Part("libegl1", library="libEGL.so.1"), libraries)
    assert not system_parts.is_there(Part("xvfb", commands=("no-such-command",)), libraries)
    assert not system_parts.is_there(Part("fonts", folder="/no/such/folder"), libraries)
    assert not system_parts.is_there(Part("python3-venv", module="no_such_module"), libraries)


def test_unknown_libraries_are_not_called_missing() -> None:
    assert system_parts.is_there(Part("libegl1", library="libEGL.so.1"), None)


def test_exact_command_is_printed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lacking = [Part("libegl1", library="libEGL.so.1"), Part("xvfb", commands=("Xvfb",))]
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "libEGL.so.1, xvfb" in system_parts.by_hand(lacking)
    for name, command in {
        "dnf": "sudo dnf install 'libEGL.so.1()(64bit)' Xvfb",
        "apt-get": "sudo apt-get install libegl1 xvfb",
    }.items():
        (tmp_path / name).touch(mode=0o755)
        assert command in system_parts.by_hand(lacking)
