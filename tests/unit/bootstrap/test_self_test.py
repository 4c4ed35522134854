"""An installation that stands on its own says so; one with a part missing does not."""

from __future__ import annotations

import shutil
from pathlib import Path

import keyring
import pytest
from keyring.backends import fail

from companion.bootstrap import compose
from companion.bootstrap.paths import resources_folder
from companion.bootstrap.self_test import self_test

pytestmark = pytest.mark.expected_logs("keyring", "overlay")


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring.core, "_keyring_backend", fail.Keyring())  # type: ignore[no-untyped-call]  # keyring's own


def test_it_passes_here(capsys: pytest.CaptureFixture[str]) -> None:
    assert self_test() == 0
    told = capsys.readouterr()
    assert told.out.endswith("self-test passed\n")
    assert "no keyring on this machine" in told.out
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
