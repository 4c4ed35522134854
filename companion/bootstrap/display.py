"""Whether a window could be shown at all: Qt aborts the process when the display it is told of is not there."""

from __future__ import annotations

import socket
import sys
from collections.abc import Mapping
from pathlib import Path

X_SOCKETS = Path("/tmp/.X11-unix")  # noqa: S108 - where X servers listen, by convention of X11
X_PORTS = 6000
ANSWER_WITHIN = 1.0


def has_display(environ: Mapping[str, str], platform: str = sys.platform) -> bool:
    """Windows and macOS always have one. Elsewhere the named display must answer; a chosen Qt platform is trusted."""
    if platform in ("win32", "darwin") or environ.get("QT_QPA_PLATFORM"):
        return True
    return _wayland_answers(environ) or _x_answers(environ.get("DISPLAY", ""))


def _wayland_answers(environ: Mapping[str, str]) -> bool:
    if sys.platform == "win32":
        return False  # no such sockets there
    name = environ.get("WAYLAND_DISPLAY")
    if not name:
        return False
    return _answers(socket.AF_UNIX, str(Path(environ.get("XDG_RUNTIME_DIR", "/")) / name))


def _x_answers(display: str) -> bool:
    if sys.platform == "win32":
        return False
    host, colon, rest = display.rpartition(":")
    number = rest.partition(".")[0]
    if not colon or not number.isdecimal():
        return False
    if host in ("", "unix"):
        path = str(X_SOCKETS / f"X{number}")
        return _answers(socket.AF_UNIX, path) or (sys.platform == "linux" and _answers(socket.AF_UNIX, f"\0{path}"))
    return _answers(socket.AF_INET, (host, X_PORTS + int(number)))


def _answers(family: int, address: str | tuple[str, int]) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as knock:
            knock.settimeout(ANSWER_WITHIN)
            knock.connect(address)
    except (OSError, OverflowError, ValueError):
        return False
    return True
