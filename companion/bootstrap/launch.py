"""`companion`: lock, settings, logs, fault handlers; then the loop."""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from companion.bootstrap.faults import install_fault_handlers, install_qt_handler
from companion.bootstrap.loop import (
    make_application,
    run_headless,
    run_with_window,
    watch_quit_events,
    watch_signals,
)
from companion.bootstrap.options import Options
from companion.bootstrap.paths import Paths, data_folder, resources_folder
from companion.bootstrap.refuse import refuse, refuse_in_window
from companion.kernel.result import Err, Result
from companion.services.system.instance_lock import InstanceLock

if TYPE_CHECKING:  # imported once the tray is there
    from companion.bootstrap.lifecycle import Process
    from companion.bootstrap.opening import Opened

BAD_SETTINGS = 2
ALREADY_RUNNING = 3
CANNOT_START = 4


def launch(options: Options, *, told_headless: bool) -> int:
    """Run until the person quits. 0 clean, 2 bad settings, 3 already running, 4 the data cannot be opened."""
    paths = Paths(data_folder(chosen=options.data_dir, demo=options.rehearses))
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
    install_fault_handlers(paths.logs / "crash.log")
    if not options.headless:
        return _windowed(options, paths)
    if not told_headless:
        print("There is no display, so Companion runs without a window. Overlay addresses follow.", file=sys.stderr)
    return _headless(options, paths)


def _headless(options: Options, paths: Paths) -> int:
    from companion.bootstrap.lifecycle import Process
    from companion.bootstrap.opening import open_run

    opened = open_run(options, paths)
    if isinstance(opened, Err):
        return refuse(opened.error, code=BAD_SETTINGS, window=False)
    run, scrubber, child = opened.value.run, opened.value.scrubber, opened.value.child

    async def main() -> int:
        return await Process(run=run, scrubber=scrubber, window=False, child=child).main()

    code = run_headless(main)
    # Only after a clean end: what a bug threw goes through the excepthook to the log, and is scrubbed there.
    opened.value.close()
    return code


def _windowed(options: Options, paths: Paths) -> int:
    """The icon first: it is painted while nearly everything else is still being imported."""
    install_qt_handler()
    application = make_application("companion")
    from companion.ui.first_icon import show_first_icon

    tray_icon = show_first_icon(resources_folder())
    at_the_end = ExitStack()

    async def main() -> int:
        asked_early = asyncio.Event()
        watch_signals(asyncio.get_running_loop(), asked_early.set)
        early_watcher = watch_quit_events(application, asked_early.set)
        opened = await _open_beside(options, paths)
        if isinstance(opened, Err):
            tray_icon.hide()
            return await refuse_in_window(opened.error, code=BAD_SETTINGS)
        at_the_end.callback(opened.value.close)
        from companion.bootstrap.lifecycle import Process

        run, scrubber, child = opened.value.run, opened.value.scrubber, opened.value.child
        process = Process(run=run, scrubber=scrubber, window=True, child=child, tray_icon=tray_icon)
        watcher = watch_quit_events(application, process.request_quit)
        del early_watcher
        if asked_early.is_set():
            process.request_quit()
        try:
            with _summoned(process, paths):
                return await process.main()
        finally:
            del watcher

    code = run_with_window(application, main)
    at_the_end.close()  # only after a clean end, as without a window
    return code


async def _open_beside(options: Options, paths: Paths) -> Result[Opened, str]:
    """`open_run`, and the long import before it, in a thread: the loop goes on turning."""

    def open_it() -> Result[Opened, str]:
        from companion.bootstrap.opening import open_run

        importlib.import_module("companion.bootstrap.lifecycle")
        return open_run(options, paths)

    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="companion-opening") as worker:
        return await asyncio.get_running_loop().run_in_executor(worker, open_it)


@contextmanager
def _summoned(process: Process, paths: Paths) -> Iterator[None]:
    """Meanwhile a second start brings this one's window forward."""
    from companion.services.qt.single_instance import SummonServer

    server = SummonServer(data_dir=paths.data, on_summon=lambda _: _ignore(process.bring_forward))
    listening = server.listen()
    if isinstance(listening, Err):
        log = logging.getLogger("companion.lifecycle")
        log.warning("a second start cannot bring this window forward: %s", listening.error)
    try:
        yield
    finally:
        server.close()


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
