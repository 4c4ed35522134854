"""Lives stories on request, each in a fork of this process, so that the libraries are imported once.

One JSON object per line on standard input asks for a story (`Order`); one on standard output tells how it ended.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
import time
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from companion.bootstrap.logging import configure_logging
from companion.bootstrap.options import Options, Run, addresses
from companion.bootstrap.paths import Paths
from companion.bootstrap.settings import Settings
from companion.kernel.redacted import Scrubber
from companion.services.demo.logins import CLIENT_IDS
from companion.storage import migrate
from tests.crash.backstage import LaterClock, MortalProcess, opened_file
from tests.crash.deaths import Deaths, FileVault
from tests.crash.evening import spend_evening
from tests.crash.night import spend_night
from tests.crash.shift import work_last_shift, work_off, work_shift

__all__ = ["migrate"]


@dataclass(frozen=True)
class Order:
    """One story to live: it dies at its `die_at`-th write, or by `kill_after` seconds, or comes to its end.

    `once_open`: seconds count from when the story says that it is open; a slow machine leaves as much time then.
    """

    story: str
    folder: str
    name: str
    simulator: str
    die_at: int | None = None
    kill_after: float | None = None
    once_open: bool = False
    hours_later: float = 0.0
    watched: list[str] | None = None


STORIES: dict[str, Callable[[MortalProcess, str, Deaths], Awaitable[dict[str, Any]]]] = {
    "evening": spend_evening,
    "night": spend_night,
    "shift": work_shift,
    "work off": work_off,
    "last shift": work_last_shift,
}


def main() -> None:
    """Serve until standard input ends."""
    for line in sys.stdin:
        order = Order(**json.loads(line))
        child = os.fork()
        if child == 0:
            _become(order)
        print(json.dumps({"code": _end_of(child, order)}), flush=True)


def _end_of(child: int, order: Order) -> int:
    if order.kill_after is not None:
        begun = None if order.once_open else time.monotonic()
        opened = opened_file(Path(order.folder), order.name)
        while begun is None or time.monotonic() < begun + order.kill_after:
            gone, status = os.waitpid(child, os.WNOHANG)
            if gone:
                return os.waitstatus_to_exitcode(status)
            if begun is None and opened.exists():
                begun = time.monotonic()
            time.sleep(0.001)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _become(order: Order) -> None:
    """In the fork: live the story; the exit code tells whether it came to its end. Never returns."""
    folder = Path(order.folder)
    log = os.open(folder / f"{order.name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    code = 1
    try:
        told = asyncio.run(_live(order, folder))
        (folder / f"{order.name}.json").write_text(json.dumps(told), "utf-8")
        code = 0
    except BaseException:  # noqa: BLE001 - a fork must not return into the loop of its parent
        traceback.print_exc()
    logging.shutdown()
    sys.stderr.flush()
    os._exit(code)


async def _live(order: Order, folder: Path) -> dict[str, Any]:
    paths = Paths(folder / "data")
    paths.data.mkdir(parents=True, exist_ok=True)
    watched = None if order.watched is None else frozenset(order.watched)
    deaths = Deaths(die_at=order.die_at, trace=folder / f"{order.name}.trace", watched=watched)
    deaths.watch_commits()
    settings = _settings(resume_window=10.0 if order.story == "evening" else 0.0)
    run = Run(settings, Options(headless=True, port=0), addresses(settings, order.simulator), paths)
    scrubber = Scrubber()
    configure_logging(folder=paths.logs, level="debug", scrubber=scrubber)
    process = MortalProcess(
        run=run,
        scrubber=scrubber,
        vault=FileVault(folder / "vault.json", deaths),
        opened=opened_file(folder, order.name),
        clock=LaterClock(timedelta(hours=order.hours_later)) if order.hours_later else None,
    )
    return await STORIES[order.story](process, order.simulator, deaths)


def _settings(*, resume_window: float) -> Settings:
    settings = Settings()
    return settings.model_copy(
        update={
            "twitch": settings.twitch.model_copy(update={"client_id": CLIENT_IDS["twitch"]}),
            "spotify": settings.spotify.model_copy(update={"client_id": CLIENT_IDS["spotify"]}),
            "stream": settings.stream.model_copy(update={"resume_window_minutes": resume_window}),
        }
    )


if __name__ == "__main__":
    main()
