"""The two commands of the README: sets everything up, then runs Companion or its tests.

    python3 packaging/bootstrap.py run [arguments for companion]
    python3 packaging/bootstrap.py test [arguments for pytest]

Needs nothing but a Python that Companion supports. This file alone must also parse and run on older ones (3.7 and
later), which are told what to install. `COMPANION_VENV` names another folder than `.venv` for the environment.
"""

from __future__ import annotations

import shutil
import sys

OLDEST = (3, 11)
NEWEST = (3, 13)

USAGE = """\
usage: python3 packaging/bootstrap.py run [arguments for companion]
       python3 packaging/bootstrap.py test [arguments for pytest]"""

WRONG_PYTHON = """\
Companion needs Python 3.11, 3.12 or 3.13; this is Python {found}.
{advice}
Then call this again with it:
    {command} packaging/bootstrap.py {arguments}"""

ADVICE = {
    "win32": ("Install one: winget install --exact --id Python.Python.3.13", "py -3.13"),
    "darwin": ("Install one: brew install python@3.13", "python3.13"),
}
LINUX_ADVICE = (
    "Install one: sudo apt-get install python3 python3-venv (Debian 12, Ubuntu 24.04), or uv python install 3.13.",
    "python3.13",
)


def wrong_python(found: tuple[int, int], arguments: list[str]) -> str:
    """What to tell somebody whose Python is `found` (major, minor)."""
    advice, command = ADVICE.get(sys.platform, LINUX_ADVICE)
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        name = f"python3.{minor}"
        if shutil.which(name):
            advice, command = f"There is one on this machine: {name}.", name
            break
    return WRONG_PYTHON.format(
        found="{}.{}".format(*found), advice=advice, command=command, arguments=" ".join(arguments)
    )


def main(arguments: list[str]) -> int:
    """Set up and run; the exit code of what was run, 2 for wrong usage, 1 if the set-up failed."""
    version = sys.version_info[:2]
    if not OLDEST <= version <= NEWEST:
        print(wrong_python(version, arguments), file=sys.stderr)
        return 1
    if not arguments or arguments[0] not in ("run", "test"):
        asked = bool(arguments) and arguments[0] in ("-h", "--help")
        print(USAGE, file=sys.stdout if asked else sys.stderr)
        return 0 if asked else 2

    import commands

    command = commands.run if arguments[0] == "run" else commands.test
    return command(arguments[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
