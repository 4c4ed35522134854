"""The virtual environment: made once, told apart by a stamp, made anew when anything it stands on changes.

The stamp is removed before the first change and written after the last one. So an environment with a fitting stamp
is whole, and one left half-way (killed, out of network) has none and is made anew by the next call.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

Level: TypeAlias = Literal["run", "test"]
"""`test` holds everything that `run` does."""

Call: TypeAlias = Callable[[list[str], str], None]
"""Runs a command; raises `SetupError` with the given text when that fails."""

STAMP = "companion-bootstrap.json"
LOCKS: dict[Level, str] = {"run": "packaging/requirements-run.txt", "test": "packaging/requirements-test.txt"}
FOREIGN_SETTINGS = ("PIP_PREFIX", "PIP_REQUIREMENT", "PIP_TARGET", "PIP_USER", "PYTHONHOME", "PYTHONPATH")


class SetupError(Exception):
    """The environment could not be made; the text says why and what to do."""


@dataclass(frozen=True)
class Environment:
    """One virtual environment of the checkout in `root`, made by the Python that runs this."""

    root: Path
    folder: Path
    call: Call

    @classmethod
    def of(cls, root: Path) -> Environment:
        """The environment that `COMPANION_VENV` names, or `.venv`; a relative name counts from `root`."""
        return cls(root, root / os.environ.get("COMPANION_VENV", ".venv"), call_or_fail)

    @property
    def python(self) -> Path:
        """The environment's own interpreter."""
        return self.script("python")

    def script(self, name: str) -> Path:
        """Where an installed command lies."""
        if sys.platform == "win32":
            return self.folder / "Scripts" / f"{name}.exe"
        return self.folder / "bin" / name

    def is_ready(self, level: Level) -> bool:
        """Whether nothing needs doing; costs about a millisecond."""
        stamp = self._stamp()
        return stamp.get("key") == self._key() and stamp.get("level") in (level, "test") and self.python.exists()

    def prepare(self, level: Level) -> None:
        """Make or mend the environment. Raises `SetupError`."""
        with _only_one(self.folder):
            if self.is_ready(level):  # another call made it meanwhile
                return
            usable = self._stamp().get("key") == self._key() and self.python.exists()
            (self.folder / STAMP).unlink(missing_ok=True)
            if not usable:
                self._create()
            self._install(level)
            self._write_stamp(level)

    def _key(self) -> str:
        """Everything the environment stands on. The root is part: an editable install and the scripts name it."""
        digest = hashlib.sha256(f"{sys.version_info[:2]} {sys.platform} {self.folder}\n".encode())
        for name in ("pyproject.toml", *LOCKS.values()):
            digest.update((self.root / name).read_bytes())
        return digest.hexdigest()

    def _stamp(self) -> dict[str, str]:
        try:
            stamp = json.loads((self.folder / STAMP).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return stamp if isinstance(stamp, dict) else {}

    def _write_stamp(self, level: Level) -> None:
        draft = self.folder / f"{STAMP}.new"
        draft.write_text(json.dumps({"key": self._key(), "level": level}), encoding="utf-8")
        draft.replace(self.folder / STAMP)

    def _create(self) -> None:
        import shutil

        print(f"Making {self.folder.name} with Python {sys.version_info[0]}.{sys.version_info[1]} ...", flush=True)
        if self.folder.exists():
            if not (self.folder / "pyvenv.cfg").exists() and any(self.folder.iterdir()):
                raise SetupError(f"{self.folder} is no environment of Companion's. Move it away, then call this again.")
            try:
                # The scripts go last: what is left of an interrupted removal still looks like an environment.
                shutil.rmtree(self.folder)
            except OSError as error:
                raise SetupError(
                    f"{self.folder} cannot be replaced ({error.strerror}). Quit Companion, then call this again."
                ) from error
        # `python -m venv` of an environment's own Python would stand on the folder just removed.
        base = getattr(sys, "_base_executable", sys.executable)
        self.call([base, "-m", "venv", str(self.folder)], "The environment could not be made; the lines above say why.")

    def _install(self, level: Level) -> None:
        print("Installing what Companion needs; the first time takes a minute or two ...", flush=True)
        pip = [str(self.python), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--no-deps"]
        if not sys.stderr.isatty():
            pip.append("--quiet")
        self.call(
            [*pip, "--require-hashes", "--only-binary", ":all:", "--requirement", str(self.root / LOCKS[level])],
            "The packages could not be installed; the lines above say why.\n"
            "If they speak of connections or names not resolved: check the network, then call this again.",
        )
        self.call(
            [*pip, "--no-build-isolation", "--no-index", "--editable", str(self.root)],
            "Companion itself could not be installed; the lines above say why.",
        )


def call_or_fail(command: list[str], failure: str) -> None:
    """Run a command in sight of the person. Raises `SetupError(failure)` when it fails."""
    import subprocess

    environ = {name: value for name, value in os.environ.items() if name not in FOREIGN_SETTINGS}
    try:
        code = subprocess.run(command, env=environ, stdin=subprocess.DEVNULL, check=False).returncode
    except KeyboardInterrupt:
        raise SetupError("Interrupted. The next call starts this step anew.") from None
    if code != 0:
        raise SetupError(failure)


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Let a second call wait for the first. The lock ends with its process, however that ends."""
    import tempfile

    name = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    with (Path(tempfile.gettempdir()) / f"companion-bootstrap-{name}.lock").open("a+b") as file:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield
