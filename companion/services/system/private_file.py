"""Files that nobody but this user may open, at no moment of their lives."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path


def replace_private(path: Path, content: bytes) -> None:
    """Write `path` whole or not at all (temporary file, then rename). Raises `OSError`; nothing is left behind then."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.unlink(missing_ok=True)
        _write_private(temporary, content)
        temporary.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def _write_private(path: Path, content: bytes) -> None:
    """Create `path` so that at no moment anybody else can open it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        if sys.platform == "win32":
            _only_this_user(path)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _only_this_user(path: Path) -> None:
    """Windows knows no mode bits: drop inherited rights, grant the present user alone (before anything is written).

    `icacls` is part of Windows since Vista; `/inheritance:r` removes inherited entries.
    """
    user = f"{os.environ.get('USERDOMAIN', '.')}\\{os.environ.get('USERNAME', '')}"
    icacls = Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32" / "icacls.exe"
    try:
        subprocess.run(
            [str(icacls), str(path), "/inheritance:r", "/grant:r", f"{user}:F"],
            check=True,
            capture_output=True,
            timeout=10,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # a windowed program has no console to share
        )
    except (subprocess.SubprocessError, OSError) as error:
        raise OSError(13, f"icacls could not close the file ({type(error).__name__})") from error
