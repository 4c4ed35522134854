from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import bootstrap

SCRIPT = Path(bootstrap.__file__)


@pytest.mark.parametrize("found", [(3, 8), (3, 10), (3, 14)])
def test_other_python_is_told_what_to_install(found: tuple[int, int]) -> None:
    text = bootstrap.wrong_python(found, ["run", "--demo"])
    assert f"this is Python {found[0]}.{found[1]}." in text
    assert "3.11, 3.12 or 3.13" in text
    assert "packaging/bootstrap.py run --demo" in text


def test_advice_names_an_installer_where_no_python_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    for platform, installer in {"linux": "apt-get", "darwin": "brew", "win32": "winget"}.items():
        monkeypatch.setattr(sys, "platform", platform)
        assert installer in bootstrap.wrong_python((3, 9), ["test"])


def test_script_parses_on_old_pythons() -> None:
    ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 7))


def test_script_imports_nothing_newer_before_it_has_looked_at_the_version() -> None:
    imported = [node for node in ast.parse(SCRIPT.read_text(encoding="utf-8")).body if isinstance(node, ast.Import)]
    assert [alias.name for node in imported for alias in node.names] == ["shutil", "sys"]


@pytest.mark.parametrize(("arguments", "code"), [([], 2), (["serve"], 2), (["--help"], 0)])
def test_usage(arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert bootstrap.main(arguments) == code
    printed = capsys.readouterr()
    assert "usage:" in (printed.err if code else printed.out)
