"""The simulator as a child: it listens when `start` says so, and never outlives its parent."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import pytest

from companion.kernel.result import Err, Ok
from companion.services.demo import child as child_module
from companion.services.demo.child import SimulatorChild, free_port
from companion.services.http import HttpCaller
from tests.helpers.children import alive, children_of
from tests.helpers.waiting import until


def test_a_free_port_can_be_bound() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", free_port()))


@pytest.fixture
def child(tmp_path: Path) -> SimulatorChild:
    return SimulatorChild(state=tmp_path / "deep" / "world", port=free_port())


async def ready(child: SimulatorChild) -> bool:
    http = HttpCaller.over_network()
    answer = await http.send("GET", f"{child.url}/sim/ready")
    await http.close()
    return isinstance(answer, Ok) and answer.value.status == 200


async def test_it_listens_once_started_and_is_gone_once_stopped(child: SimulatorChild, tmp_path: Path) -> None:
    before = set(children_of(os.getpid()))
    assert not await ready(child)
    assert await child.start() == Ok(None)
    started = set(children_of(os.getpid())) - before
    try:
        assert await ready(child)
        assert (tmp_path / "deep" / "world").is_dir()
    finally:
        await child.stop()
    assert not await ready(child)
    assert not any(alive(pid) for pid in started)
    await child.stop()


async def test_stopping_what_never_started_is_nothing(child: SimulatorChild) -> None:
    await child.stop()


async def test_one_that_does_not_end_is_killed(child: SimulatorChild, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_module, "STOP_LIMIT", 0.05)
    before = set(children_of(os.getpid()))
    assert await child.start() == Ok(None)
    (pid,) = set(children_of(os.getpid())) - before
    os.kill(pid, signal.SIGSTOP)
    async with asyncio.timeout(10):
        await child.stop()
    assert not alive(pid)


async def test_one_that_died_meanwhile_is_no_trouble(child: SimulatorChild) -> None:
    before = set(children_of(os.getpid()))
    assert await child.start() == Ok(None)
    (pid,) = set(children_of(os.getpid())) - before
    os.kill(pid, signal.SIGKILL)
    await until(lambda: not alive(pid), what="the child is dead")
    await child.stop()


async def test_a_taken_port_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        child = SimulatorChild(state=tmp_path, port=holder.getsockname()[1])
        assert await child.start() == Err("the simulator ended at once")
        await child.stop()


async def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    child = SimulatorChild(state=tmp_path / "taken" / "world", port=free_port())
    told = await child.start()
    assert isinstance(told, Err) and "did not start" in told.error
    await child.stop()


async def test_silence_ends_the_wait(child: SimulatorChild, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    silent = tmp_path / "silent"
    silent.write_text("#!/bin/sh\nexec cat\n")
    silent.chmod(0o700)
    monkeypatch.setattr(child_module, "START_LIMIT", 0.05)
    monkeypatch.setattr(sys, "executable", str(silent))
    before = set(children_of(os.getpid()))
    assert await child.start() == Err("the simulator did not start (TimeoutError)")
    started = set(children_of(os.getpid())) - before
    await child.stop()
    assert not any(alive(pid) for pid in started)
