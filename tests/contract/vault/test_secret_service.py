"""A real Secret Service that is locked, killed or absent: each scene in a child process with a bus of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest

from tests import needs

ROOT = Path(__file__).parents[3]
BUS_WITHOUT_SERVICES = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


def environment(home: Path) -> dict[str, str]:
    """A fresh person on the same machine, without a display."""
    unwanted = ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "PYTHON_KEYRING_BACKEND")
    kept = {name: value for name, value in os.environ.items() if name not in unwanted and not name.startswith("XDG_")}
    home.mkdir(mode=0o700, exist_ok=True)
    return {**kept, "HOME": str(home), "XDG_RUNTIME_DIR": str(home), "PYTHONPATH": str(ROOT)}


def play(scene: str, env: dict[str, str], *, bus_config: Path | None = None, bus: bool = True) -> list[str]:
    """The words of one scene."""
    command = [sys.executable, "-m", "tests.contract.vault.child", scene]
    if bus:
        config = [] if bus_config is None else [f"--config-file={bus_config}"]
        command = ["dbus-run-session", *config, "--", *command]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=50, check=False)
    assert done.returncode == 0, done.stderr
    return cast("list[str]", json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture
def bare_bus(tmp_path: Path) -> Path:
    """A bus that starts no service by itself."""
    path = tmp_path / "bus.conf"
    path.write_text(BUS_WITHOUT_SERVICES)
    return path


@pytest.fixture
def daemon() -> None:
    """The programs that the scenes start."""
    for program in ("dbus-run-session", "gnome-keyring-daemon"):
        if shutil.which(program) is None:
            needs.missing(program)


@pytest.mark.usefixtures("daemon")
def test_killed_in_mid_run(tmp_path: Path, bare_bus: Path) -> None:
    said = play("killed", environment(tmp_path / "home"), bus_config=bare_bus)
    assert said == ["ok", "VaultRefused", "VaultRefused"]


@pytest.mark.usefixtures("daemon")
def test_back_again_after_being_killed(tmp_path: Path, bare_bus: Path) -> None:
    assert play("back_again", environment(tmp_path / "home"), bus_config=bare_bus) == ["ok", "VaultRefused", "kept"]


@pytest.mark.usefixtures("daemon")
def test_killed_where_the_bus_starts_another_one(tmp_path: Path) -> None:
    """The new one is locked until the person is asked, which nobody can do here."""
    assert play("killed", environment(tmp_path / "home")) == ["ok", "VaultLocked", "VaultLocked"]


@pytest.mark.usefixtures("daemon")
def test_locked(tmp_path: Path, bare_bus: Path) -> None:
    said = play("locked", environment(tmp_path / "home"), bus_config=bare_bus)
    assert said == ["ok", "VaultLocked", "VaultLocked", "VaultLocked", "kept"]


@pytest.mark.usefixtures("daemon")
def test_a_bus_without_a_secret_service(tmp_path: Path, bare_bus: Path) -> None:
    env = environment(tmp_path / "home") | {"XDG_CURRENT_DESKTOP": "XFCE"}
    said = play("absent", env, bus_config=bare_bus)
    assert said[:3] == ["VaultMissing"] * 3
    assert "gnome-keyring" in said[3]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere the keyring needs no bus")
def test_no_bus_at_all(tmp_path: Path) -> None:
    env = environment(tmp_path / "home") | {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path}/nowhere"}
    said = play("absent", env, bus=False)
    assert said[:3] == ["VaultMissing"] * 3
    assert said[3]


@pytest.mark.parametrize("backend", ["keyring.backends.null.Keyring", "keyring.backends.fail.Keyring"])
def test_a_back_end_that_keeps_nothing_is_refused(tmp_path: Path, backend: str) -> None:
    env = environment(tmp_path / "home") | {"PYTHON_KEYRING_BACKEND": backend}
    assert play("absent", env, bus=False)[:3] == ["VaultMissing"] * 3


def test_a_stuck_call_does_not_hold_up_the_end(tmp_path: Path) -> None:
    assert play("stuck", environment(tmp_path / "home"), bus=False) == ["VaultTimedOut"]
