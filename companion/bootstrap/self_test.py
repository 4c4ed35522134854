"""`companion --self-test`: does this installation stand on its own? Used on every bundle before it ships."""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
from pathlib import Path

from companion.bootstrap import stages
from companion.bootstrap.compose import compose
from companion.bootstrap.options import Options, Run, addresses
from companion.bootstrap.paths import Paths
from companion.bootstrap.settings import Settings
from companion.bootstrap.surroundings import surroundings
from companion.kernel.redacted import Scrubber
from companion.kernel.result import Err, Ok
from companion.kernel.tasks import TaskSupervisor
from companion.ports.vault import VaultMissing


def self_test() -> int:
    """Start on an empty folder, serve an overlay page, round-trip a secret. 0 when all of it works, else 1."""
    with tempfile.TemporaryDirectory(prefix="companion-self-test-") as folder:
        problems = asyncio.run(_try(Path(folder)))
    for problem in problems:
        print(problem, file=sys.stderr)  # a windowed bundle has no output, which only print forgives
    print("self-test failed" if problems else "self-test passed")
    return 1 if problems else 0


async def _try(folder: Path) -> list[str]:
    settings = Settings()
    run = Run(settings, Options(headless=True, port=0), addresses(settings, None), Paths(folder))
    supervisor = TaskSupervisor(logging.getLogger("companion.tasks"))
    around = surroundings(data=folder, supervisor=supervisor, scrubber=Scrubber())
    graph = compose(run, around)
    problems: list[str] = []
    started = await stages.start_storage(graph, run, around.clock)
    if isinstance(started, Err):
        problems.append(started.error.text())
    else:
        await stages.start_objects(graph)
        served = await graph.server.start()
        if isinstance(served, Err) or not graph.server.urls():
            problems.append("the overlay server does not start")
        for name, address in graph.server.urls().items():
            page = await graph.foundation.http.send("GET", address)
            if not (isinstance(page, Ok) and page.value.status == 200 and b"<html" in page.value.body):
                problems.append(f"the overlay page {name} is not served")
    probed = await around.vault.probe()
    if isinstance(probed, Err) and isinstance(probed.error, VaultMissing):
        print(f"no keyring on this machine: {probed.error.advice}")
    elif isinstance(probed, Err):
        problems.append(f"the keyring does not keep a secret: {probed.error}")
    await stages.stop(graph, run, supervisor, hurry=asyncio.Event())
    return problems
