from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from companion.simulator.main import main
from companion.simulator.testing import PUBLIC_CLIENT_ID
from tests.unit.simulator.helpers import Parsed

ROOT = Path(__file__).parents[3]


class Processes:
    """Simulators as processes of their own, ended with the test."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    def start(self, *arguments: str) -> tuple[subprocess.Popen[str], str]:
        process = self._stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-m", "companion.simulator.main", *arguments],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        self._stack.callback(process.kill)
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        assert line.startswith("listening http://127.0.0.1:"), line
        return process, line.removeprefix("listening ")


@pytest.fixture
def processes() -> Iterator[Processes]:
    with ExitStack() as stack:
        yield Processes(stack)


def call(url: str, body: object = None, **headers: str) -> Parsed:
    """GET, or POST when there is a body; the answer parsed."""
    response = httpx.request("GET" if body is None else "POST", url, json=body, headers=headers, timeout=10)
    response.raise_for_status()
    return response.json()


def test_killed_simulator_comes_back_with_its_world(processes: Processes, tmp_path: Path) -> None:
    process, url = processes.start("--state", str(tmp_path))
    login = call(f"{url}/sim/login/twitch", {"client_id": PUBLIC_CLIENT_ID})
    call(f"{url}/sim/stream/online", {"stream_id": "99"})
    process.kill()
    process.wait(10)
    port = url.rsplit(":", 1)[1]
    _, again = processes.start("--state", str(tmp_path), "--port", port)
    assert again == url
    state = call(f"{url}/sim/state")
    assert state["starts"] == 2
    valid = call(f"{url}/twitch/oauth2/validate", Authorization=f"OAuth {login['access_token']}")
    assert valid["client_id"] == PUBLIC_CLIENT_ID


def test_killed_simulator_has_lost_no_effect(processes: Processes, tmp_path: Path) -> None:
    process, url = processes.start("--state", str(tmp_path))
    reward = call(f"{url}/sim/rewards", {"title": "T", "client_id": PUBLIC_CLIENT_ID})["id"]
    call(f"{url}/sim/redemptions/burst", {"reward": [reward], "count": 400})
    call(f"{url}/sim/chat", {"text": "last words"})
    call(f"{url}/sim/spotify/play", {"track": 0})
    call(f"{url}/sim/spotify/queue", {"items": ["Kiln Song"]})
    before = call(f"{url}/sim/ledger")
    process.kill()
    process.wait(10)
    _, url = processes.start("--state", str(tmp_path))
    after = call(f"{url}/sim/ledger")
    assert after[: len(before)] == before
    assert sum(entry["kind"] == "redemption_made" for entry in after) == 400
    assert call(f"{url}/sim/spotify/seek", {"position_ms": 1})["queue"] == [
        {"nth": 1, "uri": next(entry["uri"] for entry in after if entry["kind"] == "song_queued")}
    ]


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGTERM to catch")
def test_ends_cleanly_when_told_to(processes: Processes) -> None:
    process, _ = processes.start("--scenario", "demo")
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0


def test_ends_with_its_parents_pipe(processes: Processes) -> None:
    process, _ = processes.start("--parent-pid", str(os.getpid()))
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(10) == 0


@pytest.mark.skipif(os.name != "posix", reason="Windows tells by the pipe alone")
def test_ends_when_its_parent_is_gone(processes: Processes) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait(10)
    process, _ = processes.start("--parent-pid", str(gone.pid))
    assert process.wait(10) == 0


def test_says_so_when_the_port_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        assert main(["--port", str(port)]) == 3
    assert f"cannot listen on port {port}" in capsys.readouterr().err


def test_wrong_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--scenario", "nonsense"]) == 2
    assert main(["--help"]) == 0
