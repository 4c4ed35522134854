"""Runs evenings on request, each in a fork of this process, so that the libraries are imported once.

One JSON object per line on standard input asks for an evening; one on standard output tells how it ended.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import traceback
from pathlib import Path
from typing import Any

from companion.bootstrap.logging import configure_logging
from companion.bootstrap.options import Options, Run, addresses
from companion.bootstrap.paths import Paths
from companion.bootstrap.settings import Settings
from companion.kernel.redacted import Scrubber
from companion.services.demo.logins import CLIENT_IDS
from companion.storage import migrate
from tests.crash.deaths import Deaths, FileVault
from tests.crash.evening import MortalProcess, spend_evening

__all__ = ["migrate"]


def main() -> None:
    """Serve until standard input ends."""
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(order)
        _, status = os.waitpid(child, 0)
        print(json.dumps({"code": os.waitstatus_to_exitcode(status)}), flush=True)


def _become(order: dict[str, Any]) -> None:
    """In the fork: live one evening; the exit code tells whether it came to its end. Never returns."""
    folder = Path(order["folder"])
    log = os.open(folder / f"{order['name']}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    code = 1
    try:
        told = asyncio.run(_evening(order, folder))
        (folder / f"{order['name']}.json").write_text(json.dumps(told), "utf-8")
        code = 0
    except BaseException:  # noqa: BLE001 - a fork must not return into the loop of its parent
        traceback.print_exc()
    logging.shutdown()
    sys.stderr.flush()
    os._exit(code)


async def _evening(order: dict[str, Any], folder: Path) -> dict[str, Any]:
    paths = Paths(folder / "data")
    paths.data.mkdir(parents=True, exist_ok=True)
    deaths = Deaths(die_at=order["die_at"], trace=folder / f"{order['name']}.trace")
    deaths.watch_commits()
    settings = Settings()
    settings = settings.model_copy(
        update={
            "twitch": settings.twitch.model_copy(update={"client_id": CLIENT_IDS["twitch"]}),
            "spotify": settings.spotify.model_copy(update={"client_id": CLIENT_IDS["spotify"]}),
        }
    )
    simulator = order["simulator"]
    run = Run(settings, Options(headless=True, port=0), addresses(settings, simulator), paths)
    scrubber = Scrubber()
    configure_logging(folder=paths.logs, level="debug", scrubber=scrubber)
    vault = FileVault(folder / "vault.json", deaths)
    return await spend_evening(MortalProcess(run=run, scrubber=scrubber, vault=vault), simulator)


if __name__ == "__main__":
    main()
