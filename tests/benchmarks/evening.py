"""Companion and a simulator in processes of their own, live, both rewards open; and a bare loop to compare with."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from tests.benchmarks.lateness import Late

PATIENCE = 60.0
HEARD = frozenset({"channel.chat.message", "channel.channel_points_custom_reward_redemption.add"})
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class Evening:
    """What runs. The children answer for the time since they were asked last."""

    base: str
    database: Path
    companion: subprocess.Popen[str]
    idle: subprocess.Popen[str]

    def get(self, path: str, *query: tuple[str, object]) -> Any:  # noqa: ANN401 - JSON
        with _OPENER.open(f"{self.base}/sim/{path}?{urllib.parse.urlencode(query)}", timeout=PATIENCE) as answer:
            return json.load(answer)

    def post(self, path: str, **body: object) -> Any:  # noqa: ANN401 - JSON
        data, headers = json.dumps(body).encode(), {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.base}/sim/{path}", data=data, headers=headers)  # noqa: S310 - the simulator's
        with _OPENER.open(request, timeout=600) as answer:
            return json.load(answer)

    def rewards(self) -> dict[str, str]:
        """Ids of the open rewards; the one that asks for a text is `song`, the other `raffle`."""
        rewards = [each for each in self.get("rewards") if each["is_enabled"] and not each["is_paused"]]
        return {"song" if each["is_user_input_required"] else "raffle": each["id"] for each in rewards}

    def late(self) -> tuple[Late, Late]:
        """How late Companion's loop was, and one that had nothing to do at the same time."""
        return Late(**_ask(self.companion)["late"]), Late(**_ask(self.idle))


@contextmanager
def evening() -> Iterator[Evening]:
    """Everything is heard, the rewards are open, and what the start brings is over."""
    with tempfile.TemporaryDirectory(prefix="companion-bench-") as name:
        folder, data = Path(name), Path(name) / "data"
        with _child("evening_simulator", str(folder / "simulator")) as simulator:
            base = cast("IO[str]", simulator.stdout).readline().strip()
            with _child("evening_child", str(data), base) as companion, _child("lateness") as idle:
                made = Evening(base, data / "companion.db", companion, idle)
                made.post("stream/online", viewers=61)
                until(lambda: set(_ask(companion)["hears"]) >= HEARD, "Companion hears of everything")
                until(lambda: len(made.rewards()) == 2, "both rewards are open")
                time.sleep(3.0)
                made.late()
                yield made


def until(holds: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    """Wait. Raises `AssertionError` when it takes too long."""
    end = time.monotonic() + patience
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(f"not within {patience:g} s: {what}")
        time.sleep(0.1)


@contextmanager
def _child(module: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """It ends with its standard input."""
    command = [sys.executable, "-m", f"tests.benchmarks.{module}", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        try:
            yield child
        finally:
            cast("IO[str]", child.stdin).close()
            try:
                child.wait(30)
            except subprocess.TimeoutExpired:
                child.kill()


def _ask(child: subprocess.Popen[str]) -> dict[str, Any]:
    stdin, stdout = cast("IO[str]", child.stdin), cast("IO[str]", child.stdout)
    stdin.write("\n")
    stdin.flush()
    return cast("dict[str, Any]", json.loads(stdout.readline()))
