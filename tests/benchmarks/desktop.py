"""A desktop of its own for programs with a tray: X display, bus, keyring, tray. Nothing of the person's is touched."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

NEEDED = ("Xvfb", "trayer", "dbus-daemon", "gnome-keyring-daemon")


def missing() -> list[str]:
    """The programs that this machine lacks; empty when a desktop can be made."""
    return [name for name in NEEDED if shutil.which(name) is None]


@contextmanager
def desktop(home: Path) -> Iterator[dict[str, str]]:
    """The environment of a fresh person at a fresh desktop, for child processes; ends what it started."""
    home.mkdir(mode=0o700, exist_ok=True)
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("XDG_", "COMPANION_", "DBUS_", "QT_")) and name != "WAYLAND_DISPLAY"
    }
    env = {**kept, "HOME": str(home), "XDG_RUNTIME_DIR": str(home), "QT_QPA_PLATFORM": "xcb"}
    with ExitStack() as stack:
        env["DISPLAY"] = ":" + _first_line(
            stack, ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"], env
        )
        env["DBUS_SESSION_BUS_ADDRESS"] = _first_line(
            stack, ["dbus-daemon", "--session", "--nofork", "--print-address=1"], env
        )
        _first_line(
            stack, ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"], env, tell="benchmarks"
        )
        tray = subprocess.Popen(["trayer", "--width", "20"], env=env, stdout=subprocess.DEVNULL)
        stack.callback(_end, tray)
        time.sleep(1.0)  # the tray says nothing when it stands
        yield env


def _first_line(stack: ExitStack, command: list[str], env: dict[str, str], tell: str | None = None) -> str:
    """Start a program that lives until the stack is left; the first line it says."""
    process = subprocess.Popen(
        command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    stack.callback(_end, process)
    if process.stdin is None or process.stdout is None:
        raise AssertionError("pipes were asked for")
    if tell is not None:
        process.stdin.write(tell)
        process.stdin.close()
    return process.stdout.readline().strip()


def _end(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
