"""What the command line takes, and what it refuses."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pytest

from companion import __version__
from companion.bootstrap.cli import _parser, main


def parsed(*arguments: str) -> argparse.Namespace:
    return _parser().parse_args(arguments)


def test_nothing_said() -> None:
    found = parsed()
    assert vars(found) == {
        "command": None,
        "data_dir": None,
        "demo": False,
        "headless": False,
        "log_level": None,
        "port": None,
        "self_test": False,
        "simulator": None,
    }


def test_every_flag_of_a_run() -> None:
    found = parsed(
        *("--demo", "--headless", "--data-dir", "d", "--port", "0", "--simulator", "http://s", "--log-level", "debug")
    )
    assert (found.demo, found.headless, found.data_dir, found.port) == (True, True, Path("d"), 0)
    assert (found.simulator, found.log_level) == ("http://s", "debug")


@pytest.mark.parametrize("command", [("ctl", "rpc.methods"), ("login", "twitch"), ("logout", "spotify")])
def test_where_stands_before_or_after_the_command(command: tuple[str, ...]) -> None:
    where = ("--data-dir", "d", "--demo")
    for found in (parsed(*where, *command), parsed(*command, *where), parsed(command[0], *where, command[1])):
        assert (found.command, found.data_dir, found.demo) == (command[0], Path("d"), True)
    alone = parsed(*command)
    assert (alone.data_dir, alone.demo) == (None, False)


@pytest.mark.parametrize("command", [("login", "twitch"), ("logout", "spotify")])
def test_so_does_the_simulator(command: tuple[str, ...]) -> None:
    flag = ("--simulator", "http://127.0.0.1:1")
    for found in (parsed(*flag, *command), parsed(*command, *flag)):
        assert found.simulator == "http://127.0.0.1:1"
    assert parsed(*command).simulator is None


def test_the_later_one_counts() -> None:
    assert parsed("--data-dir", "early", "ctl", "--data-dir", "late", "rpc.methods").data_dir == Path("late")


def test_parameters_may_be_left_out() -> None:
    assert parsed("ctl", "rpc.methods").params is None
    assert parsed("ctl", "a.b", '{"c": 1}').params == '{"c": 1}'


@pytest.mark.parametrize(
    "arguments",
    [
        ["--port", "65536"],
        ["--port", "-1"],
        ["--port", "high"],
        ["--log-level", "loud"],
        ["--simulator", "127.0.0.1:17950"],
        ["--unknown"],
        ["unknown"],
        ["ctl"],
        ["ctl", "--port", "1", "rpc.methods"],
        ["login"],
        ["login", "elsewhere"],
        ["logout"],
        ["--demo", "simulator"],
        ["--data-dir", "d", "simulator"],
    ],
)
def test_wrong_usage_is_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "companion" in told.err


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"Companion {__version__}\n"
    assert main(["--help"]) == 0
    told = capsys.readouterr().out
    for flag in (
        "--demo",
        "--headless",
        "--data-dir",
        "--port",
        "--simulator",
        "--log-level",
        "ctl",
        "login",
        "logout",
    ):
        assert flag in told


def test_the_simulator_has_its_own_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulator", "--help"]) == 0
    assert "--state" in capsys.readouterr().out
    assert main(["simulator", "--wrong"]) == 2


def test_arguments_come_from_the_process(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["companion", "--version"])
    assert main() == 0
    assert __version__ in capsys.readouterr().out
