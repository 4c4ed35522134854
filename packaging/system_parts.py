"""What the operating system must bring: looked for by what counts (a library, a command), installed where it may be.

Only on Linux is anything needed. On Debian and its kin the missing packages are installed by root or through sudo
without a password; everywhere else the exact command is printed and the set-up goes on.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from environment import Level


@dataclass(frozen=True)
class Part:
    """A Debian package and the one thing in it that shows whether it is there."""

    package: str
    library: str = ""
    commands: tuple[str, ...] = ()
    folder: str = ""
    module: str = ""


QT = (
    Part("libdbus-1-3", library="libdbus-1.so.3"),
    Part("libegl1", library="libEGL.so.1"),
    Part("libfontconfig1", library="libfontconfig.so.1"),
    Part("libfreetype6", library="libfreetype.so.6"),
    Part("libgl1", library="libGL.so.1"),
    Part("libglib2.0-0", library="libgthread-2.0.so.0"),
    Part("libgssapi-krb5-2", library="libgssapi_krb5.so.2"),
    Part("libwayland-client0", library="libwayland-client.so.0"),
    Part("libwayland-cursor0", library="libwayland-cursor.so.0"),
    Part("libwayland-egl1", library="libwayland-egl.so.1"),
    Part("libx11-xcb1", library="libX11-xcb.so.1"),
    Part("libxcb-cursor0", library="libxcb-cursor.so.0"),
    Part("libxcb-icccm4", library="libxcb-icccm.so.4"),
    Part("libxcb-image0", library="libxcb-image.so.0"),
    Part("libxcb-keysyms1", library="libxcb-keysyms.so.1"),
    Part("libxcb-randr0", library="libxcb-randr.so.0"),
    Part("libxcb-render-util0", library="libxcb-render-util.so.0"),
    Part("libxcb-shape0", library="libxcb-shape.so.0"),
    Part("libxcb-sync1", library="libxcb-sync.so.1"),
    Part("libxcb-xfixes0", library="libxcb-xfixes.so.0"),
    Part("libxcb-xkb1", library="libxcb-xkb.so.1"),
    Part("libxkbcommon-x11-0", library="libxkbcommon-x11.so.0"),
    Part("libxkbcommon0", library="libxkbcommon.so.0"),
    Part("fonts-dejavu-core", folder="/usr/share/fonts/truetype"),
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
TEST_TOOLS = (
    Part("chromium", commands=BROWSERS),
    Part("dbus-daemon", commands=("dbus-daemon",)),
    Part("gnome-keyring", commands=("gnome-keyring-daemon",)),
    Part("trayer", commands=("trayer",)),
    Part("xdotool", commands=("xdotool",)),
    Part("xvfb", commands=("Xvfb",)),
)


def ensure(level: Level) -> None:
    """Install the missing parts, or print how to; never fails, since most of Companion runs without most of them."""
    if not sys.platform.startswith("linux"):
        return
    lacking = missing(level)
    if not lacking:
        return
    names = [part.package for part in lacking]
    apt = _apt_get()
    if apt:
        print(f"Installing parts of the system: {' '.join(names)} ...", flush=True)
        _install(apt, names)
        importlib.invalidate_caches()
        lacking = missing(level)
    if lacking:
        print(by_hand(lacking), file=sys.stderr, flush=True)


def missing(level: Level) -> list[Part]:
    """The parts of `level` that are not to be found."""
    libraries = _known_libraries()
    major, minor = sys.version_info[:2]
    parts = [Part(f"python{major}.{minor}-venv", module="ensurepip"), *QT, *(TEST_TOOLS if level == "test" else ())]
    return [part for part in parts if not is_there(part, libraries)]


def is_there(part: Part, libraries: str | None) -> bool:
    """Whether `part` is found; `libraries` is what `ldconfig -p` prints, `None` if that is unknown."""
    if part.library:
        return libraries is None or f"\t{part.library} " in libraries
    if part.commands:
        return any(shutil.which(name) for name in part.commands)
    if part.folder:
        return Path(part.folder).is_dir()
    return importlib.util.find_spec(part.module) is not None


def _known_libraries() -> str | None:
    """What the loader's cache lists; `None` where it has none (not glibc), so that nothing seems missing."""
    ldconfig = shutil.which("ldconfig") or shutil.which("ldconfig", path="/sbin:/usr/sbin")
    if ldconfig is None:
        return None
    return subprocess.run([ldconfig, "-p"], capture_output=True, text=True, check=False).stdout or None


def _apt_get() -> list[str]:
    """The command before `install`, or nothing where it may not be used without asking."""
    if not shutil.which("apt-get"):
        return []
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120"]
    if sys.platform != "win32" and os.geteuid() == 0:
        return apt
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo, "-n", "DEBIAN_FRONTEND=noninteractive", *apt]
    return []


def _install(apt: list[str], names: list[str]) -> None:
    """All at once; if that fails, after `update`; then one by one, so that one unknown name stops no other."""
    environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}

    def call(*arguments: str) -> bool:
        command = [*apt, *arguments]
        return subprocess.run(command, env=environ, stdin=subprocess.DEVNULL, check=False).returncode == 0

    install = ("install", "--yes", "--no-install-recommends")
    if call(*install, *names):
        return
    call("update")
    if not call(*install, *names):
        for name in names:
            call(*install, name)


def by_hand(lacking: list[Part]) -> str:
    """What to tell a person who has to install `lacking`."""
    names = " ".join(part.package for part in lacking)
    head = f"\nThese parts of the system are missing: {names}\nInstall them, then call this again:\n    "
    if shutil.which("apt-get"):
        return f"{head}sudo apt-get install {names}\nGoing on without them.\n"
    if shutil.which("dnf"):
        wanted = [f"'{part.library}()(64bit)'" for part in lacking if part.library]
        wanted += [part.commands[0] for part in lacking if part.commands]
        return f"{head}sudo dnf install {' '.join(wanted)}\nGoing on without them.\n"
    libraries = ", ".join(part.library or part.package for part in lacking)
    return f"{head}the packages of your system that hold {libraries}\nGoing on without them.\n"
