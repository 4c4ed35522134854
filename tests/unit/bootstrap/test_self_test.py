"""An installation that stands on its own says so; one with a part missing does not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from companion.bootstrap import compose
from companion.bootstrap.paths import resources_folder
from companion.bootstrap.self_test import self_test

pytestmark = pytest.mark.expected_logs("keyring", "overlay")


def test_it_passes_here(capsys: pytest.CaptureFixture[str]) -> None:
    assert self_test() == 0
    told = capsys.readouterr()
    assert told.out.endswith("self-test passed\n")
    assert told.err == ""


def test_a_page_without_content_fails_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "resources"
    shutil.copytree(resources_folder(), copy)
    (copy / "overlay" / "live.html").write_text("")
    monkeypatch.setattr(compose, "resources_folder", lambda: copy)
    assert self_test() == 1
    told = capsys.readouterr()
    assert told.out.endswith("self-test failed\n")
    assert told.err == "the overlay page live is not served\n"
