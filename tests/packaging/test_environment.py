from __future__ import annotations

from pathlib import Path

import pytest

import environment
from environment import Environment, SetupError


class Commands:
    """Stands in for venv and pip: makes the interpreter's file, and fails at the command that it is told."""

    def __init__(self, env: Path, fail_at: str = "") -> None:
        self.env = env
        self.fail_at = fail_at
        self.seen: list[str] = []

    def __call__(self, command: list[str], failure: str) -> None:
        step = next(word for word in ("venv", "--requirement", "--editable") if word in command)
        self.seen.append(step)
        if step == self.fail_at:
            raise SetupError(failure)
        if step == "venv":
            self.env.mkdir()
            (self.env / "pyvenv.cfg").touch()
            python = Environment(self.env.parent, self.env, self).python
            python.parent.mkdir()
            python.touch()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("pyproject.toml", *environment.LOCKS.values()):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("as it was", encoding="utf-8")
    return tmp_path


def make(root: Path, fail_at: str = "") -> tuple[Environment, Commands]:
    commands = Commands(root / ".venv", fail_at)
    return Environment(root, root / ".venv", commands), commands


WHOLE = ["venv", "--requirement", "--editable"]


def test_second_call_does_nothing(root: Path) -> None:
    env, commands = make(root)
    env.prepare("test")
    assert commands.seen == WHOLE
    assert env.is_ready("test")
    assert env.is_ready("run")
    env.prepare("run")
    assert commands.seen == WHOLE


def test_tests_need_more_than_running(root: Path) -> None:
    env, commands = make(root)
    env.prepare("run")
    assert not env.is_ready("test")
    env.prepare("test")
    assert commands.seen == [*WHOLE, "--requirement", "--editable"]
    assert env.is_ready("run")


@pytest.mark.parametrize("step", WHOLE)
def test_interrupted_set_up_starts_anew(root: Path, step: str) -> None:
    env, _ = make(root, fail_at=step)
    with pytest.raises(SetupError):
        env.prepare("run")
    assert not env.is_ready("run")
    env, commands = make(root)
    env.prepare("run")
    assert commands.seen == WHOLE
    assert env.is_ready("run")


def test_interrupted_extension_leaves_no_stamp(root: Path) -> None:
    make(root)[0].prepare("run")
    env, _ = make(root, fail_at="--requirement")
    with pytest.raises(SetupError):
        env.prepare("test")
    assert not env.is_ready("run")


@pytest.mark.parametrize("name", ["pyproject.toml", *environment.LOCKS.values()])
def test_changed_pin_makes_it_anew(root: Path, name: str) -> None:
    make(root)[0].prepare("test")
    (root / name).write_text("changed", encoding="utf-8")
    env, commands = make(root)
    assert not env.is_ready("run")
    env.prepare("test")
    assert commands.seen == WHOLE


def test_moved_checkout_makes_it_anew(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    make(root)[0].prepare("test")
    moved = tmp_path_factory.mktemp("elsewhere") / "checkout"
    root.rename(moved)
    assert not make(moved)[0].is_ready("run")
    moved.rename(root)


def test_interpreter_that_is_gone_makes_it_anew(root: Path) -> None:
    env, _ = make(root)
    env.prepare("run")
    env.python.unlink()
    assert not env.is_ready("run")


def test_spoilt_stamp_is_no_stamp(root: Path) -> None:
    env, _ = make(root)
    env.prepare("run")
    (env.folder / environment.STAMP).write_text('["run"]', encoding="utf-8")
    assert not env.is_ready("run")


def test_foreign_folder_is_left_alone(root: Path) -> None:
    (root / ".venv").mkdir()
    (root / ".venv" / "precious").touch()
    with pytest.raises(SetupError, match="Move it away"):
        make(root)[0].prepare("run")
    assert (root / ".venv" / "precious").exists()


def test_folder_from_the_environment(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPANION_VENV", ".venv-3.12")
    assert Environment.of(root).folder == root / ".venv-3.12"
    monkeypatch.delenv("COMPANION_VENV")
    assert Environment.of(root).folder == root / ".venv"
