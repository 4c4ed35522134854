"""What `bootstrap.py run` and `bootstrap.py test` do once a right Python runs them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import environment

ROOT = Path(__file__).resolve().parent.parent


def run(arguments: list[str]) -> int:
    """Set up what is missing, then become `companion` with `arguments`; its exit code where that cannot be."""
    venv = _prepared("run")
    if venv is None:
        return 1
    command = [str(venv.script("companion")), *arguments]
    if sys.platform != "win32":
        os.execv(command[0], command)  # noqa: S606  # signals and the exit code are Companion's own then
    return _wait_for(command)


def test(arguments: list[str]) -> int:
    """Set up what is missing, then run pytest with `arguments` amid what the tests need; pytest's exit code."""
    venv = _prepared("test")
    if venv is None:
        return 1
    import session

    return session.run_tests(venv.python, ROOT, arguments)


def _prepared(level: environment.Level) -> environment.Environment | None:
    venv = environment.Environment.of(ROOT)
    if venv.is_ready(level):
        return venv
    import system_parts

    system_parts.ensure(level)
    try:
        venv.prepare(level)
    except environment.SetupError as error:
        print(f"\n{error}", file=sys.stderr)
        return None
    return venv


def _wait_for(command: list[str]) -> int:
    """Windows cannot replace a process: wait for it, leaving Ctrl-C to it."""
    import subprocess

    process = subprocess.Popen(command)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue
