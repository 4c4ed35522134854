"""The graph without servers, for commands that are run while Companion is not."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

from companion.bootstrap import stages
from companion.bootstrap.compose import compose
from companion.bootstrap.graph import Graph
from companion.bootstrap.logging import close_logging, configure_logging
from companion.bootstrap.options import Options, Run, addresses
from companion.bootstrap.paths import Paths
from companion.bootstrap.settings import load_settings
from companion.bootstrap.surroundings import surroundings
from companion.kernel.instant import SystemClock
from companion.kernel.redacted import Scrubber
from companion.kernel.result import Err, Ok, Result
from companion.kernel.tasks import TaskSupervisor
from companion.services.control.methods import ControlPorts, control_methods
from companion.services.control.rpc import Dispatcher
from companion.services.system.instance_lock import InstanceLock

Calls: TypeAlias = Callable[[str, dict[str, Any]], Awaitable[Result[object, str]]]


@asynccontextmanager
async def offline_calls(folder: Path, simulator: str | None) -> AsyncIterator[Calls | str]:
    """The control methods on a graph of our own, or why there is none (a sentence)."""
    lock = InstanceLock(data_dir=folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = lock.acquire()
    except OSError as error:
        yield f"The data folder {folder} cannot be used: {error.strerror}. Choose another with --data-dir."
        return
    if isinstance(held, Err):
        yield "Companion is running with this data folder, but does not answer. Wait a moment and try again."
        return
    paths = Paths(folder)
    loaded = load_settings(paths.settings)
    if isinstance(loaded, Err):
        lock.release()
        yield f"The settings are not understood. {loaded.error}"
        return
    scrubber = Scrubber()
    handlers = configure_logging(folder=paths.logs, level="warning", scrubber=scrubber)
    settings = loaded.value
    run = Run(settings, Options(headless=True, port=0), addresses(settings, simulator), paths)
    supervisor = TaskSupervisor(logging.getLogger("companion.tasks"))
    clock = SystemClock()
    graph = compose(run, surroundings(data=folder, supervisor=supervisor, scrubber=scrubber))
    try:
        started = await stages.start_storage(graph, run, clock)
        yield started.error.text() if isinstance(started, Err) else _calls(graph)
    finally:
        await stages.stop(graph, run, supervisor, hurry=asyncio.Event())
        close_logging(handlers)
        lock.release()


def _calls(graph: Graph) -> Calls:
    methods = control_methods(
        ControlPorts(
            lifecycle=graph.stream.lifecycle,
            tokens=graph.logins.by_provider(),
            playback=graph.stream.playback,
            application=graph.application,
            overlay_urls=graph.server.urls,
            show_window=lambda: False,
            evening=None,
        )
    )
    dispatcher = Dispatcher(methods, logging.getLogger("companion.control"))

    async def ask(method: str, params: dict[str, Any]) -> Result[object, str]:
        request = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        answer = json.loads(await dispatcher.answer(request) or "{}")
        if "error" in answer:
            return Err(str(answer["error"]["message"]))
        return Ok(answer.get("result"))

    return ask
