"""Start, memory and rest of the tray application: signed in, with a live stream and a playing song (the simulator's).

Each against a bare tray that runs at the same desktop: start to the first paint of the icon in turns; memory against a
bare tray that has imported every module of other people's that the running application had imported.
"""

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
from tests.benchmarks.processes import memory, processor_time
from tests.benchmarks.sampling import median, milliseconds, quartiles, ratios
from tests.benchmarks.table import Row

START_AIM = 3.0
MEMORY_AIM = 1.2
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


def measure(*, quick: bool) -> list[Row]:
    """Rows for the table; one that says what is missing where there can be no tray."""
    if lacks := missing() if sys.platform.startswith("linux") else ["Linux"]:
        return [Row("start, memory and rest: not measured", f"needs {', '.join(lacks)}", "")]
    with tempfile.TemporaryDirectory(prefix="companion-bench-") as folder, _scene(Path(folder)) as scene:
        rows = [_start(scene, rounds=2 if quick else 11)]
        libraries, calm = _calm(scene, rounds=1 if quick else 3, settle=4.0 if quick else 15.0, span=3 if quick else 20)
        return [*rows, *_memory(libraries), *_rest(calm)]


@contextmanager
def _scene(folder: Path) -> Iterator[Scene]:
    """A desktop, a simulator with a live stream and a playing song, and an application that is signed in to both."""
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


def _start(scene: Scene, *, rounds: int) -> Row:
    ours: list[float] = []
    theirs: list[float] = []
    for number in range(rounds + 1):
        for arguments, times in ((scene.companion, ours), (["bare"], theirs)):
            program = Program(scene, arguments)
            if number:  # the first round fills the disk's cache
                times.append(program.seconds_to_tray)
            time.sleep(0.5)
            program.end()
    found = ratios(ours, theirs)
    return Row(
        "start to tray painted",
        milliseconds(median(ours)),
        f"{milliseconds(median(theirs))}: bare tray",
        median(found),
        quartiles(found),
        START_AIM,
    )


@dataclass(frozen=True, slots=True)
class Calm:
    """One settled program: MiB, and seconds of processor time in a second."""

    memory: dict[str, float]
    busy: float


def _calm(
    scene: Scene, *, rounds: int, settle: float, span: float
) -> tuple[list[tuple[Calm, Calm]], list[tuple[Calm, Calm]]]:
    """Ours beside a bare tray with the same libraries, and beside one without any."""
    libraries: list[tuple[Calm, Calm]] = []
    bare: list[tuple[Calm, Calm]] = []
    names = scene.folder / "modules"
    for _ in range(rounds):
        program = Program(scene, scene.companion)
        ours = _settled(program, settle, span)
        modules = [name for name in program.modules() if name.split(".")[0] not in ("companion", "tests", "__main__")]
        program.end()
        names.write_text("\n".join(modules), "utf-8")
        for arguments, pairs in ((["libraries", str(names)], libraries), (["bare"], bare)):
            rival = Program(scene, arguments)
            pairs.append((ours, _settled(rival, settle / 3, span)))
            rival.end()
    return libraries, bare


def _settled(program: Program, settle: float, span: float) -> Calm:
    time.sleep(settle)
    before, began = processor_time(program.pid), time.monotonic()
    time.sleep(span)
    busy = (processor_time(program.pid) - before) / (time.monotonic() - began)
    return Calm(memory(program.pid), busy)


def _memory(pairs: list[tuple[Calm, Calm]]) -> list[Row]:
    rows = []
    for kind, aim in (("Rss", MEMORY_AIM), ("Pss", None)):
        ours, theirs = [our.memory[kind] for our, _ in pairs], [their.memory[kind] for _, their in pairs]
        found = ratios(ours, theirs)
        rival = f"{median(theirs):.0f} MiB: bare tray with the same libraries"
        rows.append(
            Row(
                f"memory, live ({kind.upper()})", f"{median(ours):.0f} MiB", rival, median(found), quartiles(found), aim
            )
        )
    return rows


def _rest(pairs: list[tuple[Calm, Calm]]) -> list[Row]:
    ours, theirs = [our.busy for our, _ in pairs], [their.busy for _, their in pairs]
    rows = [
        Row(
            "memory, live (RSS), for comparison",
            f"{median([our.memory['Rss'] for our, _ in pairs]):.0f} MiB",
            f"{median([their.memory['Rss'] for _, their in pairs]):.0f} MiB: bare tray",
        ),
        Row("processor at rest, live", f"{median(ours):.2%} of a core", f"{median(theirs):.3%}: bare tray"),
    ]
    return rows
