"""A desktop with a simulator, and programs with a tray on it; the application is signed in, live, and hears a song."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from tests.benchmarks.desktop import desktop, missing

SETTINGS = """
[twitch]
client_id = "sim000000000000000000000000001"
[spotify]
client_id = "0123456789abcdef0123456789abcdef"
"""


@dataclass(frozen=True, slots=True)
class Scene:
    """Where the programs run: the desktop's environment and the application's command line."""

    env: dict[str, str]
    companion: list[str]
    folder: Path


class Program:
    """One child with a tray, from its start on."""

    def __init__(self, scene: Scene, arguments: Sequence[str]) -> None:
        began = time.monotonic_ns()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.start_child", *arguments],
            env=scene.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        said = self._line().split()
        if said[:1] != ["tray"]:
            raise AssertionError(f"{arguments[0]} ended before its tray was painted")
        self.seconds_to_tray = (int(said[1]) - began) / 1e9

    @property
    def pid(self) -> int:
        return self._process.pid

    def modules(self) -> list[str]:
        """The names of all modules that it has imported so far."""
        stdin = cast("IO[str]", self._process.stdin)
        stdin.write("modules\n")
        stdin.flush()
        return cast("list[str]", json.loads(self._line()))

    def end(self) -> None:
        """Ask it to end, and wait."""
        self._process.terminate()
        self._process.communicate(timeout=30)

    def _line(self) -> str:
        return cast("IO[str]", self._process.stdout).readline()


def lacking() -> str:
    """What this machine lacks for programs with a tray; empty when nothing."""
    return ", ".join(missing()) if sys.platform.startswith("linux") else "Linux"


@contextmanager
def scene() -> Iterator[Scene]:
    """A desktop, a simulator with a live stream and a playing song, and an application that is signed in to both."""
    with tempfile.TemporaryDirectory(prefix="companion-bench-") as folder, _scene(Path(folder)) as made:
        yield made


@contextmanager
def _scene(folder: Path) -> Iterator[Scene]:
    data = folder / "data"
    data.mkdir()
    (data / "settings.toml").write_text(SETTINGS, "utf-8")
    command = [sys.executable, "-m", "companion", "simulator", "--auto-approve", "--state", str(folder / "simulator")]
    with desktop(folder / "home") as env, subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as simulator:
        try:
            base = cast("IO[str]", simulator.stdout).readline().split()[-1]
            arguments = ["--data-dir", str(data), "--port", "0", "--simulator", base]
            for provider in ("twitch", "spotify"):
                _sign_in(provider, ["--data-dir", str(data), "--simulator", base], env)
            for steps in ("stream/online", "spotify/play"):
                _post(f"{base}/sim/{steps}")
            yield Scene(env, ["companion", *arguments], folder)
        finally:
            simulator.terminate()


def _sign_in(provider: str, arguments: list[str], env: dict[str, str]) -> None:
    """`companion login`, with this process in the place of the browser."""
    command = [sys.executable, "-m", "companion", "login", provider, *arguments]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as login:
        for line in cast("IO[str]", login.stdout):
            address = re.match(r"Open (http://127\.0\.0\.1\S+)", line)
            if address and provider == "spotify":
                with urllib.request.urlopen(address[1], timeout=10):  # noqa: S310 - checked to be on loopback
                    pass
    if login.returncode:
        raise AssertionError(f"the sign-in to the simulated {provider} failed")


def _post(address: str) -> None:
    request = urllib.request.Request(address, data=b"{}", headers={"Content-Type": "application/json"})  # noqa: S310 - the simulator's
    with urllib.request.urlopen(request, timeout=10):  # noqa: S310 - the simulator's
        pass
