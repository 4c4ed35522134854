"""Runs pytest amid what the tests need: an X display, a message bus, an unlocked keyring, a home of their own.

Everything started here is a child of this process, known by its handle, and ended with it. What the machine cannot
give is left out; the tests that need it say so (`tests/needs.py`).
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import NoReturn

BUS_CONFIG = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""
PATIENCE = 10.0
"""Seconds that a helper has to come up, and to end."""


def run_tests(python: Path, root: Path, arguments: list[str]) -> int:
    """Run pytest with `arguments` in `root`; its exit code."""
    if sys.platform != "win32":
        signal.signal(signal.SIGTERM, _leave)
    with ExitStack() as stack:
        environ = _clean_environment()
        if sys.platform.startswith("linux"):
            scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="companion-test-"))
            environ |= _own_home(Path(scratch))
            environ |= _display(stack, environ)
            environ |= _bus_and_keyring(stack, environ, Path(scratch))
        command = [str(python), "-m", "pytest", *arguments]
        pytest = _start(stack, command, environ, cwd=root)
        while True:
            try:
                return pytest.wait()
            except KeyboardInterrupt:  # pytest has it too and prints its summary
                continue


def _clean_environment() -> dict[str, str]:
    """The caller's, less what would change the tests' outcome."""
    foreign = ("COMPANION_", "PYTEST_", "QT_", "WAYLAND_", "DBUS_", "GNOME_KEYRING_")
    environ = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return environ | {"QT_QPA_PLATFORM": "offscreen", "NO_AT_BRIDGE": "1"}


def _own_home(scratch: Path) -> dict[str, str]:
    """A fresh home: tests must never meet the person's own data, settings or keyring."""
    folders = {
        "HOME": scratch / "home",
        "XDG_CACHE_HOME": scratch / "home" / ".cache",
        "XDG_CONFIG_HOME": scratch / "home" / ".config",
        "XDG_DATA_HOME": scratch / "home" / ".local" / "share",
        "XDG_RUNTIME_DIR": scratch / "run",
        "XDG_STATE_HOME": scratch / "home" / ".local" / "state",
    }
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return {name: str(folder) for name, folder in folders.items()}


def _display(stack: ExitStack, environ: dict[str, str]) -> dict[str, str]:
    """An X server on the first free display. Unit tests stay offscreen; tests that need a real one ask for it."""
    environ.pop("DISPLAY", None)
    if not shutil.which("Xvfb"):
        return {}
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1600x1000x24", "-nolisten", "tcp", "-noreset"]
    xvfb = _start(stack, command, environ, quiet=True, pass_fds=(writer,))
    os.close(writer)
    with os.fdopen(reader) as answer:
        number = answer.readline().strip()  # ends without a number if Xvfb does
    if not number:
        print(f"Xvfb did not start (exit code {xvfb.wait()}); going on without a display.", file=sys.stderr)
        return {}
    return {"DISPLAY": f":{number}"}


def _bus_and_keyring(stack: ExitStack, environ: dict[str, str], scratch: Path) -> dict[str, str]:
    """A message bus that starts no services by itself, and on it an unlocked keyring in the fresh home."""
    if not shutil.which("dbus-daemon"):
        return {}
    socket, config = scratch / "run" / "bus", scratch / "bus.conf"
    config.write_text(BUS_CONFIG.format(socket=socket), encoding="utf-8")
    _start(stack, ["dbus-daemon", "--nofork", "--nopidfile", f"--config-file={config}"], environ, quiet=True)
    found = {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={socket}"}
    if not _appears(socket):
        print("dbus-daemon did not start; going on without a message bus.", file=sys.stderr)
        return {}
    if not shutil.which("gnome-keyring-daemon"):
        return found
    command = ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"]
    keyring = _start(stack, command, environ | found, quiet=True, stdin=subprocess.PIPE)
    assert keyring.stdin is not None  # noqa: S101  # asked for just above
    keyring.stdin.write(b"only-for-tests")  # with an empty one the daemon would open a prompt
    keyring.stdin.close()
    # The collection is written once it is unlocked: from then on it answers without a prompt.
    if not _appears(scratch / "home" / ".local" / "share" / "keyrings" / "login.keyring"):
        print("gnome-keyring-daemon did not start; going on without a keyring.", file=sys.stderr)
        return found
    return found | {"COMPANION_TEST_KEYRING": "secret-service"}


def _start(
    stack: ExitStack,
    command: list[str],
    environ: dict[str, str],
    *,
    quiet: bool = False,
    cwd: Path | None = None,
    stdin: int | None = None,
    pass_fds: tuple[int, ...] = (),
) -> subprocess.Popen[bytes]:
    output = subprocess.DEVNULL if quiet else None
    # Helpers get a group of their own, so that Ctrl-C reaches pytest first and them last.
    group = 0 if quiet and sys.platform != "win32" else None
    process = subprocess.Popen(
        command,
        env=environ,
        cwd=cwd,
        stdin=subprocess.DEVNULL if quiet and stdin is None else stdin,
        stdout=output,
        stderr=output,
        pass_fds=pass_fds,
        process_group=group,
    )
    stack.callback(_end, process)
    return process


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _appears(path: Path) -> bool:
    end = time.monotonic() + PATIENCE
    while not path.exists():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def _leave(_signal: int, _frame: FrameType | None) -> NoReturn:
    """A polite request to end becomes an exception, so that every child is ended on the way out."""
    raise SystemExit(128 + signal.SIGTERM)
