from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path

import pytest

from companion.kernel.result import Err, Ok
from companion.services.system.local_access import FILE_NAME, LocalAccess
from tests.fakes.clock import FakeClock

posix = pytest.mark.skipif(sys.platform == "win32", reason="mode bits")


def test_a_first_start_makes_two_tokens_and_keeps_them(tmp_path: Path) -> None:
    first = LocalAccess(tmp_path / "data", clock=FakeClock())
    second = LocalAccess(tmp_path / "data", clock=FakeClock())

    assert first.overlay_token == second.overlay_token
    assert first.control_token == second.control_token
    assert first.overlay_token != first.control_token
    assert len(first.overlay_token.reveal()) >= 40
    assert (first.port, first.set_aside, first.problem) == (None, None, None)


@posix
def test_nobody_else_can_read_the_file(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        access = LocalAccess(tmp_path, clock=FakeClock())
        access.remember_port(17800)
    finally:
        os.umask(old)

    assert stat.S_IMODE(access.path.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


@posix
@pytest.mark.expected_logs("readable by others")
def test_a_file_that_was_opened_up_is_closed_again(tmp_path: Path) -> None:
    path = LocalAccess(tmp_path, clock=FakeClock()).path
    path.chmod(0o644)

    LocalAccess(tmp_path, clock=FakeClock())

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_port_is_remembered(tmp_path: Path) -> None:
    access = LocalAccess(tmp_path, clock=FakeClock())

    assert access.remember_port(17801) == Ok(None)

    again = LocalAccess(tmp_path, clock=FakeClock())
    assert again.port == 17801
    assert again.overlay_token == access.overlay_token


def test_renewal_changes_both_tokens_and_keeps_the_port(tmp_path: Path) -> None:
    access = LocalAccess(tmp_path, clock=FakeClock())
    access.remember_port(17801)
    before = (access.overlay_token, access.control_token)

    access.renew()

    again = LocalAccess(tmp_path, clock=FakeClock())
    assert (again.overlay_token, again.control_token) == (access.overlay_token, access.control_token)
    assert again.port == 17801
    assert access.overlay_token not in before
    assert access.control_token not in before


@pytest.mark.expected_logs("set aside")
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b'{"version": 2}',
        b'{"version": 1, "overlay_token": "short", "control_token": "short", "port": 17800}',
        json.dumps({"version": 1, "overlay_token": "a" * 40, "control_token": "b" * 40, "port": 99999}).encode(),
        json.dumps({"version": 1, "overlay_token": "a" * 40, "control_token": "b" * 40, "more": 1}).encode(),
    ],
)
def test_a_damaged_file_is_set_aside_and_reported(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)

    access = LocalAccess(tmp_path, clock=FakeClock())

    assert access.set_aside is not None
    assert access.set_aside.path.read_bytes() == content
    assert "a" * 40 not in access.set_aside.reason
    assert LocalAccess(tmp_path, clock=FakeClock()).set_aside is None


@pytest.mark.expected_logs("cannot be written")
def test_without_a_place_to_write_the_tokens_live_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    access = LocalAccess(tmp_path / "file", clock=FakeClock())

    assert access.problem is not None
    assert access.overlay_token.reveal()
    assert isinstance(access.renew(), Err)


def test_tokens_do_not_print(tmp_path: Path) -> None:
    access = LocalAccess(tmp_path, clock=FakeClock())

    assert access.overlay_token.reveal() not in repr(access._content) + str(vars(access))
