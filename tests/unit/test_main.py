"""The command itself: its exit code, and that the process ends without a last search for garbage."""

from __future__ import annotations

import gc
import sys

import pytest

from companion.__main__ import run


def test_the_command_ends_without_looking_through_every_object_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["companion", "--no-such-flag"])
    before: list[list[None]] = [[] for _ in range(1_000)]  # what there would be to look through
    assert run() == 2
    assert len(gc.get_objects()) < len(before)
    assert "--no-such-flag" in capsys.readouterr().err
