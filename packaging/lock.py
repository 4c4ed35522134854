"""Writes the two lock files from pyproject.toml: every version pinned, every file by its hash, no index address.

Needs `uv` on the path (a maintainer's tool; nobody else does). One universal resolution serves Linux, macOS and
Windows on every supported Python; the second file is a superset of the first with the same versions. Versions
that are locked already stay unless `--upgrade` is given.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUN_LOCK = ROOT / "packaging" / "requirements-run.txt"
TEST_LOCK = ROOT / "packaging" / "requirements-test.txt"
OLDEST_PYTHON = "3.11"

HEADER = "# Written by packaging/lock.py from pyproject.toml; do not edit.\n"


def compile_lock(target: Path, *options: str) -> None:
    """Resolve pyproject.toml into `target`. Raises `CalledProcessError` when uv finds no solution."""
    command = [
        *("uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-header", "--no-annotate"),
        *("--no-emit-index-url", "--no-emit-find-links", "--only-binary", ":all:", "--no-emit-build-options"),
        *("--python-version", OLDEST_PYTHON, "--output-file", str(target)),
        *options,
        "pyproject.toml",
    ]
    subprocess.run(command, cwd=ROOT, check=True)
    text = target.read_text(encoding="utf-8")
    target.write_text(HEADER + text.removeprefix(HEADER), encoding="utf-8", newline="\n")


def main() -> None:
    """Write both locks; further arguments go to uv."""
    extra = sys.argv[1:]
    compile_lock(RUN_LOCK, "--group", "build", *extra)
    compile_lock(TEST_LOCK, "--group", "dev", "--constraint", str(RUN_LOCK.relative_to(ROOT)), *extra)


if __name__ == "__main__":
    main()
