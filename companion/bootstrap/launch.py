"""`companion`: lock, settings, logs, fault handlers; then the loop."""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import shutil
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from companion.bootstrap.faults import install_fault_handlers, install_qt_handler
from companion.bootstrap.logging import close_logging, configure_logging
from companion.bootstrap.loop import make_application, run_headless, run_with_window, watch_quit_events
from companion.bootstrap.options import Options, Run, addresses
from companion.bootstrap.paths import Paths, data_folder, resources_folder
from companion.bootstrap.refuse import refuse
from companion.bootstrap.settings import Settings, load_settings
from companion.kernel.redacted import Scrubber
from companion.kernel.result import Err
from companion.services.system.instance_lock import InstanceLock

if TYPE_CHECKING:
    from companion.services.demo.child import SimulatorChild

BAD_SETTINGS = 2
ALREADY_RUNNING = 3
CANNOT_START = 4


def launch(options: Options, *, told_headless: bool) -> int:
    """Run until the person quits. 0 clean, 2 bad settings, 3 already running, 4 the data cannot be opened."""
    paths = Paths(data_folder(chosen=options.data_dir, demo=options.demo))
    try:
        paths.data.mkdir(parents=True, exist_ok=True)
        lock = InstanceLock(data_dir=paths.data)
        held = lock.acquire()
    except OSError as error:
        text = f"The data folder {paths.data} cannot be used: {error.strerror}. Choose another with --data-dir."
        return refuse(text, code=CANNOT_START, window=not options.headless)
    if isinstance(held, Err):
        return _summon(paths, options)
    try:
        return _locked(options, paths, told_headless=told_headless)
    finally:
        lock.release()


def _locked(options: Options, paths: Paths, *, told_headless: bool) -> int:
    loaded = load_settings(paths.settings)
    if isinstance(loaded, Err):
        text = f"The settings are not understood. {loaded.error}\nMend or remove {paths.settings}."
        return refuse(text, code=BAD_SETTINGS, window=not options.headless)
    settings = loaded.value
    scrubber = Scrubber()
    handlers = configure_logging(folder=paths.logs, level=options.log_level or settings.log_level, scrubber=scrubber)
    install_fault_handlers(paths.logs / "crash.log")
    child = None
    if options.demo:
        settings, options, child = _prepare_demo(settings, options, paths)
    run = Run(settings, options, addresses(settings, options.simulator), paths)
    try:
        if options.headless:
            if not told_headless:
                sys.stderr.write("There is no display, so Companion runs without a window. Overlay addresses follow.\n")
            return _headless(run, scrubber, child)
        return _windowed(run, scrubber, child)
    finally:
        close_logging(handlers)


def _prepare_demo(
    settings: Settings, options: Options, paths: Paths
) -> tuple[Settings, Options, SimulatorChild | None]:
    """Client ids of the simulator, a child to run it, and a clean slate in the demo's own folder."""
    from companion.services.demo.child import SimulatorChild, free_port
    from companion.services.demo.logins import CLIENT_IDS

    settings = settings.model_copy(
        update={
            "twitch": settings.twitch.model_copy(update={"client_id": CLIENT_IDS["twitch"]}),
            "spotify": settings.spotify.model_copy(update={"client_id": CLIENT_IDS["spotify"]}),
        }
    )
    if options.simulator is not None:
        return settings, options, None
    if options.data_dir is None:
        for suffix in ("", "-wal", "-shm"):
            paths.database.with_name(paths.database.name + suffix).unlink(missing_ok=True)
        shutil.rmtree(paths.simulator, ignore_errors=True)
    child = SimulatorChild(state=paths.simulator, port=free_port())
    return settings, replace(options, simulator=child.url), child


def _headless(run: Run, scrubber: Scrubber, child: SimulatorChild | None) -> int:
    from companion.bootstrap.lifecycle import Process

    async def main() -> int:
        return await Process(run=run, scrubber=scrubber, window=False, child=child).main()

    return run_headless(main)


def _windowed(run: Run, scrubber: Scrubber, child: SimulatorChild | None) -> int:
    """The icon first: it is painted while everything else is still being imported."""
    install_qt_handler()
    application = make_application("companion")
    from companion.ui.first_icon import show_first_icon

    tray_icon = show_first_icon(resources_folder())

    async def main() -> int:
        asked_early = asyncio.Event()
        watcher = watch_quit_events(application, asked_early.set)
        await _import_beside("companion.bootstrap.lifecycle")
        from companion.bootstrap.lifecycle import Process
        from companion.services.qt.single_instance import SummonServer

        process = Process(run=run, scrubber=scrubber, window=True, child=child, tray_icon=tray_icon)
        watcher = watch_quit_events(application, process.request_quit)
        if asked_early.is_set():
            process.request_quit()
        server = SummonServer(data_dir=run.paths.data, on_summon=lambda _: _ignore(process.bring_forward))
        listening = server.listen()
        if isinstance(listening, Err):
            logging.getLogger("companion.lifecycle").warning(
                "a second start cannot bring this window forward: %s", listening.error
            )
        try:
            return await process.main()
        finally:
            server.close()
            del watcher

    return run_with_window(application, main)


async def _import_beside(name: str) -> None:
    """Import a module in a thread: the loop goes on turning."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="companion-import") as worker:
        await asyncio.get_running_loop().run_in_executor(worker, importlib.import_module, name)


def _summon(paths: Paths, options: Options) -> int:
    """Another Companion has this data folder: bring its window forward."""
    if not options.headless:
        os.environ.setdefault("QT_API", "pyside6")
        from companion.services.qt.single_instance import summon_first

        application = make_application("companion")
        answered = summon_first(paths.data)
        application.shutdown()
        if answered:
            return 0
    return refuse("Companion is already running with this data folder.", code=ALREADY_RUNNING, window=False)


def _ignore(action: Callable[[], bool]) -> None:
    action()
