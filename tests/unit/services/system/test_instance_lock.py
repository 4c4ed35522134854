"""One Companion per data directory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from companion.kernel.result import Err, Ok
from companion.services.system.instance_lock import Holder, InstanceLock

ROOT = Path(__file__).parents[4]
HOLD = """
import sys
from pathlib import Path
from companion.services.system.instance_lock import InstanceLock
lock = InstanceLock(data_dir=Path(sys.argv[1]))
print(lock.acquire(), flush=True)
sys.stdin.read()
"""


def other_process(data_dir: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(data_dir)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "Ok(value=None)"
    return process


def end(process: subprocess.Popen[str], *, kill: bool) -> None:
    if kill:
        process.kill()
    process.communicate(timeout=10)


def test_the_second_learns_who_has_it(tmp_path: Path) -> None:
    process = other_process(tmp_path)
    lock = InstanceLock(data_dir=tmp_path)
    assert lock.acquire() == Err(Holder(process.pid))
    end(process, kill=False)
    assert lock.acquire() == Ok(None)
    lock.release()


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    end(other_process(tmp_path), kill=True)
    lock = InstanceLock(data_dir=tmp_path)
    assert lock.acquire() == Ok(None)
    assert (tmp_path / "instance.lock").read_text() == f"{os.getpid()}\n"
    lock.release()


def test_within_one_process(tmp_path: Path) -> None:
    first, second = InstanceLock(data_dir=tmp_path), InstanceLock(data_dir=tmp_path)
    assert first.acquire() == Ok(None)
    assert first.acquire() == Ok(None)  # it has it already
    assert second.acquire() == Err(Holder(os.getpid()))
    first.release()
    first.release()
    assert second.acquire() == Ok(None)
    second.release()


def test_directories_do_not_share_a_lock(tmp_path: Path) -> None:
    locks = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        locks.append(InstanceLock(data_dir=tmp_path / name))
    assert [lock.acquire() for lock in locks] == [Ok(None), Ok(None)]
    for lock in locks:
        lock.release()


def test_a_file_with_nonsense_in_it_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "instance.lock").write_bytes(b"\xff\xfe nonsense " * 50)
    lock = InstanceLock(data_dir=tmp_path)
    assert lock.acquire() == Ok(None)
    assert (tmp_path / "instance.lock").read_text() == f"{os.getpid()}\n"
    lock.release()
