"""What `pip install` gives is whole: the wheel carries every module, migration and resource."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, tracked


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names in a wheel built from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    result = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    (file,) = folder.glob("*.whl")
    with zipfile.ZipFile(file) as archive:
        return set(archive.namelist())


def test_wheel_carries_every_module(wheel: set[str]) -> None:
    assert {path.as_posix() for path in tracked() if path.parts[0] == "companion"} <= wheel


def test_wheel_carries_every_resource(wheel: set[str]) -> None:
    resources = [path for path in tracked() if path.parts[0] == "resources"]
    assert resources
    assert {Path("companion/_resources", *path.parts[1:]).as_posix() for path in resources} <= wheel


def test_wheel_carries_nothing_else(wheel: set[str]) -> None:
    assert {name.split("/")[0] for name in wheel if ".dist-info/" not in name} == {"companion"}
