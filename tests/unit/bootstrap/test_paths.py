"""Where things are, in a source tree, a wheel and a bundle."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from companion.bootstrap import paths
from companion.bootstrap.paths import Paths, data_folder, resources_folder


def test_everything_lies_below_the_data_folder(tmp_path: Path) -> None:
    found = Paths(tmp_path)
    below = [found.settings, found.database, found.backups, found.logs, found.simulator]
    assert len(set(below)) == 5
    assert all(each.parent == tmp_path for each in below)


def test_a_chosen_folder_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    assert data_folder(chosen=Path("here"), demo=False) == tmp_path / "here"
    assert data_folder(chosen=Path("~/there"), demo=True) == tmp_path / "home" / "there"


def test_the_demo_never_shares_the_folder() -> None:
    usual, demo = data_folder(chosen=None, demo=False), data_folder(chosen=None, demo=True)
    assert usual != demo
    assert usual not in demo.parents and demo not in usual.parents
    assert usual.is_absolute() and demo.is_absolute()


def test_resources_of_the_source_tree() -> None:
    folder = resources_folder()
    assert (folder / "overlay" / "PROTOCOL.md").is_file()
    assert (folder / "icons").is_dir()


def test_resources_of_a_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site-packages" / "companion"
    (package / "bootstrap").mkdir(parents=True)
    monkeypatch.setattr(paths, "__file__", str(package / "bootstrap" / "paths.py"))
    assert resources_folder() == package.parent / "resources"
    (package / "_resources").mkdir()
    assert resources_folder() == package / "_resources"


def test_resources_of_a_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    assert resources_folder() == tmp_path / "companion" / "_resources"
