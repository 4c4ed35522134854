"""Child processes whose output lands in files, and which never outlive their test."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parents[2]
END_LIMIT = 30.0
"""Seconds that a child may take to end by itself."""


class Child:
    """One child process. Used as a context manager: it is dead afterwards, whatever happened."""

    def __init__(self, command: Sequence[str], *, folder: Path, name: str, environ: Mapping[str, str] | None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.out_file, self.err_file = folder / f"{name}.out", folder / f"{name}.err"
        with self.out_file.open("ab") as out, self.err_file.open("ab") as err:
            self.process = subprocess.Popen(
                list(command),
                cwd=ROOT,
                env=dict(os.environ if environ is None else environ),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    @property
    def out(self) -> str:
        return self.out_file.read_text("utf-8", "replace")

    @property
    def err(self) -> str:
        return self.err_file.read_text("utf-8", "replace")

    def told(self) -> str:
        """What a failed test wants to show."""
        state = f"ended with {self.process.returncode}" if self.ended else "runs"
        return f"--- {self.name} ({state}), standard output:\n{self.out}--- standard error:\n{self.err}"

    async def wait(self, patience: float = END_LIMIT) -> int:
        """The exit code, once it has ended by itself."""
        end = time.monotonic() + patience
        while (code := self.process.poll()) is None:
            if time.monotonic() > end:
                raise AssertionError(f"{self.name} did not end within {patience:g} s\n{self.told()}")
            await asyncio.sleep(0.02)
        return code

    async def terminate(self) -> int:
        """Ask it to stop (SIGTERM); the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return await self.wait()

    def kill(self) -> None:
        """End it without mercy, as a power cut would."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def companion_command(*arguments: str) -> list[str]:
    """`companion ...` of this source tree."""
    return [sys.executable, "-m", "companion", *arguments]


def free_port() -> int:
    """A loopback port that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def alive(pid: int) -> bool:
    """Whether a process of that number runs (a zombie does not)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


def children_of(pid: int) -> list[int]:
    """The numbers of a process' living children; empty where the system does not list them."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(entry.parent.name))
    return found
