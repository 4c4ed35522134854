from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import environment
from tests.architecture.tree import ROOT

HASHES = r"(?: +--hash=sha256:[0-9a-f]{64}(?: \\)?\n)+"
PIN = re.compile(rf"^(?P<requirement>[^\s#][^\\\n]*==[^\\\n]*?) *\\\n{HASHES}", re.MULTILINE)


def pins(level: environment.Level) -> dict[str, Requirement]:
    text = (ROOT / environment.LOCKS[level]).read_text(encoding="utf-8")
    found = [Requirement(match["requirement"]) for match in PIN.finditer(text)]
    return {canonicalize_name(it.name): it for it in found}


@pytest.mark.parametrize("level", environment.LOCKS)
def test_lock_is_nothing_but_pins_with_hashes(level: environment.Level) -> None:
    text = (ROOT / environment.LOCKS[level]).read_text(encoding="utf-8")
    rest = [line for line in PIN.sub("", text).splitlines() if not line.startswith("#")]
    assert pins(level)
    assert rest == []


def test_tests_run_on_what_people_run() -> None:
    everything = pins("test")
    assert [name for name, pin in pins("run").items() if everything.get(name) != pin] == []


def test_lock_serves_every_declared_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    declared = {canonicalize_name((it := Requirement(text)).name): it for text in project["project"]["dependencies"]}
    locked = pins("run")
    for name, requirement in declared.items():
        (pinned,) = locked[name].specifier
        assert pinned.version in requirement.specifier, f"{name}: run packaging/lock.py"


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_lock_serves_every_system(platform: str, python: str) -> None:
    """What only one system or version needs is marked, not left out by the machine that wrote the lock."""
    environ = {"sys_platform": platform, "python_full_version": f"{python}.0", "python_version": python}
    needed = {name for name, pin in pins("run").items() if pin.marker is None or pin.marker.evaluate(environ)}
    assert ("secretstorage" in needed) == (platform == "linux")
    assert ("pywin32-ctypes" in needed) == (platform == "win32")
    assert ("importlib-metadata" in needed) == (python == "3.11")
