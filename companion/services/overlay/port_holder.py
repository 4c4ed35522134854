"""Who holds a TCP port: asked of the operating system, best effort, off the loop's thread."""

from __future__ import annotations

import asyncio
import csv
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_LISTEN: Final = "0A"
_TIME_LIMIT: Final = 3.0


async def find_holder(port: int) -> str | None:
    """`obs (process 4711)`, or None where the system does not tell (another user's process, no such tool)."""
    return await asyncio.to_thread(_find, port)


def _find(port: int) -> str | None:
    try:
        if sys.platform.startswith("linux"):
            return _on_linux(port, Path("/proc"))
        if sys.platform == "win32":
            return _on_windows(port)
        return _on_macos(port)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None


# ---- Linux: /proc/net/tcp names the socket's inode, /proc/*/fd who has it open (proc(5))


def _on_linux(port: int, proc: Path) -> str | None:
    inodes = {inode for name in ("tcp", "tcp6") for inode in _listening_inodes(proc / "net" / name, port)}
    if not inodes:
        return None
    wanted = {f"socket:[{inode}]" for inode in inodes}
    for process in proc.iterdir():
        if process.name.isdigit() and _has_open(process / "fd", wanted):
            return f"{(process / 'comm').read_text().strip()} (process {process.name})"
    return None


def _listening_inodes(table: Path, port: int) -> Iterable[str]:
    try:
        lines = table.read_text().splitlines()[1:]
    except OSError:
        return
    for line in lines:
        parts = line.split()
        if len(parts) > 9 and parts[3] == _LISTEN and int(parts[1].rpartition(":")[2], 16) == port:
            yield parts[9]


def _has_open(descriptors: Path, wanted: set[str]) -> bool:
    try:
        return any(_target(entry) in wanted for entry in descriptors.iterdir())
    except OSError:
        return False  # another user's process


def _target(entry: Path) -> str:
    try:
        return str(entry.readlink())
    except OSError:
        return ""  # closed meanwhile


# ---- macOS and Windows: their own tools


def _on_macos(port: int) -> str | None:
    tool = shutil.which("lsof") or "/usr/sbin/lsof"
    said = _run([tool, "-nP", f"-iTCP:{port}", "-sTCP:LISTEN", "-Fpc"])
    process = re.search(r"^p(\d+)$", said, re.MULTILINE)
    command = re.search(r"^c(.+)$", said, re.MULTILINE)
    if process is None or command is None:
        return None
    return f"{command[1]} (process {process[1]})"


def _on_windows(port: int) -> str | None:
    system = Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32"
    number = parse_netstat(_run([str(system / "netstat.exe"), "-ano", "-p", "TCP"]), port)
    if number is None:
        return None
    rows = list(
        csv.reader(_run([str(system / "tasklist.exe"), "/FI", f"PID eq {number}", "/FO", "CSV", "/NH"]).splitlines())
    )
    name = rows[0][0] if rows and len(rows[0]) > 1 else "a program"
    return f"{name} (process {number})"


def parse_netstat(said: str, port: int) -> int | None:
    """The process number in the line of the listening socket. The state's word is translated, so it is not read:
    a listening socket is the one whose far end has port 0.
    """
    for line in said.splitlines():
        parts = line.split()
        if len(parts) >= 5 and parts[1].endswith(f":{port}") and parts[2].endswith(":0") and parts[-1].isdigit():
            return int(parts[-1])
    return None


def _run(command: list[str]) -> str:
    finished = subprocess.run(
        command,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=_TIME_LIMIT,
        check=False,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # a windowed program has no console to share
    )
    return finished.stdout
