"""The commands that work without a running Companion: a graph of their own, or a sentence why not."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backends import fail

from companion.bootstrap.offline import offline_calls
from companion.kernel.result import Err, Ok
from companion.services.system.instance_lock import InstanceLock
from tests.unit.bootstrap.rig import NOBODY

pytestmark = pytest.mark.expected_logs("keyring")


@pytest.fixture(autouse=True)
def no_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]  # keyring's own
    yield
    keyring.set_keyring(before)


@pytest.fixture(autouse=True)
def logging_restored() -> Iterator[None]:
    raising = logging.raiseExceptions
    yield
    logging.raiseExceptions = raising


async def sentence(folder: Path) -> str:
    async with offline_calls(folder, NOBODY) as calls:
        assert isinstance(calls, str)
        return calls


def free(folder: Path) -> bool:
    lock = InstanceLock(data_dir=folder)
    got = isinstance(lock.acquire(), Ok)
    lock.release()
    return got


async def test_the_methods_answer_and_the_folder_is_free_again(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    async with offline_calls(folder, NOBODY) as calls:
        assert not isinstance(calls, str)
        assert not free(folder)
        assert isinstance(await calls("stream_lifecycle.ping", {}), Ok)
        status = await calls("twitch_token.status", {})
        assert isinstance(status, Ok) and isinstance(status.value, dict)
        assert status.value["phase"] == "not_configured"
        overlays = await calls("overlay.urls", {})
        assert overlays == Ok({"overlays": {}})
        unknown = await calls("no.such_method", {})
        assert isinstance(unknown, Err) and unknown.error
    assert free(folder)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_failure_inside_gives_the_folder_back_too(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="a bug"):
        async with offline_calls(tmp_path, NOBODY):
            raise RuntimeError("a bug")
    assert free(tmp_path)


async def test_one_that_runs_is_not_disturbed(tmp_path: Path) -> None:
    lock = InstanceLock(data_dir=tmp_path)
    assert lock.acquire() == Ok(None)
    assert "does not answer" in await sentence(tmp_path)
    lock.release()
    assert [it.name for it in tmp_path.iterdir()] == ["instance.lock"]


async def test_settings_that_are_not_understood(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("wrong = 1")
    assert "wrong" in await sentence(tmp_path)
    assert free(tmp_path)


async def test_a_folder_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    assert "cannot be used" in await sentence(tmp_path / "taken")


async def test_signing_out_of_nothing_is_done(tmp_path: Path) -> None:
    async with offline_calls(tmp_path, NOBODY) as calls:
        assert not isinstance(calls, str)
        done = await calls("sign_in.sign_out", {"provider": "spotify"})
        assert isinstance(done, Ok | Err)
