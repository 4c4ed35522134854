"""What `bootstrap.py test` gives to the tests, seen from the inside and after its end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import keyring
import pytest

from tests.architecture.tree import ROOT

PLANTED = """
import json, os, pathlib
def test_environment():
    names = ("DISPLAY", "HOME", "DBUS_SESSION_BUS_ADDRESS", "COMPANION_TEST_KEYRING", "COMPANION_LOG_LEVEL")
    pathlib.Path("seen.json").write_text(json.dumps({name: os.environ.get(name) for name in names}))
def test_fails():
    assert False
"""
RUN = "import sys, pathlib, session; sys.exit(session.run_tests(pathlib.Path(sys.executable), pathlib.Path.cwd(), []))"


@pytest.mark.usefixtures("secret_service")
def test_keyring_keeps_a_secret() -> None:
    keyring.set_password("companion.tests", "session", "kept")
    assert keyring.get_password("companion.tests", "session") == "kept"
    keyring.delete_password("companion.tests", "session")


def test_display_takes_a_window(x_display: str) -> None:
    source = "from PySide6.QtGui import QGuiApplication as A; print(A([]).platformName())"
    environ = os.environ | {"QT_QPA_PLATFORM": "xcb", "DISPLAY": x_display}
    result = subprocess.run([sys.executable, "-c", source], env=environ, check=False, capture_output=True, text=True)
    assert (result.returncode, result.stdout.strip()) == (0, "xcb"), result.stderr


def test_session_is_its_own_and_ends(tmp_path: Path, x_display: str, secret_service: None) -> None:
    (tmp_path / "test_planted.py").write_text(PLANTED, encoding="utf-8")
    environ = os.environ | {"PYTHONPATH": str(ROOT / "packaging"), "COMPANION_LOG_LEVEL": "debug"}
    result = subprocess.run([sys.executable, "-c", RUN], cwd=tmp_path, env=environ, check=False, capture_output=True)
    assert result.returncode == pytest.ExitCode.TESTS_FAILED, result.stderr
    seen = json.loads((tmp_path / "seen.json").read_text(encoding="utf-8"))
    assert seen["COMPANION_TEST_KEYRING"] == "secret-service"
    assert seen["COMPANION_LOG_LEVEL"] is None
    assert seen["HOME"] != os.environ["HOME"]
    assert seen["DISPLAY"] != x_display
    assert not Path(seen["HOME"]).exists()
    assert not Path("/tmp/.X11-unix", seen["DISPLAY"].replace(":", "X")).exists()  # noqa: S108  # X servers' own place
