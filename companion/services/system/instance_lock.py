"""One Companion per data directory: a lock that the operating system drops when the process ends, however it ends."""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from companion.kernel.result import Err, Ok, Result

_FILE = "instance.lock"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has the lock; `pid` is None where the file does not say (yet)."""

    pid: int | None


class InstanceLock:
    """A lock on `instance.lock` in `data_dir`, which must exist. Held until `release` or the end of the process."""

    def __init__(self, *, data_dir: Path) -> None:
        self._path = data_dir / _FILE
        self._file: int | None = None

    def acquire(self) -> Result[None, Holder]:
        """Take the lock, or say who has it. Does not wait. Raises `OSError` where the directory cannot be written."""
        if self._file is not None:
            return Ok(None)
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        if not _lock(file):
            os.close(file)
            return Err(Holder(self._read_pid()))
        os.ftruncate(file, 0)
        os.write(file, f"{os.getpid()}\n".encode())
        self._file = file
        return Ok(None)

    def release(self) -> None:
        """Give it back; the file stays, since removing it would let two processes lock two files of one name."""
        if self._file is None:
            return
        file, self._file = self._file, None
        with contextlib.suppress(OSError):  # closing frees it anyway
            os.ftruncate(file, 0)
        os.close(file)

    def _read_pid(self) -> int | None:
        try:
            text = self._path.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            return None
        return int(text) if text.isdecimal() else None


if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 30
    """Windows forbids reading locked bytes: lock one far behind the text."""

    def _lock(file: int) -> bool:
        os.lseek(file, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        os.lseek(file, 0, os.SEEK_SET)
        return True

else:
    import fcntl

    def _lock(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
