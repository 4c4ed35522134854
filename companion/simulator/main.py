"""`companion simulator`: the simulator as a process of its own."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import stat
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from companion.kernel.instant import SystemClock
from companion.simulator.options import SimulatorOptions
from companion.simulator.server import Simulator

_PARENT_CHECK_SECONDS: Final = 2.0


def main(argv: Sequence[str]) -> int:
    """Serve until SIGTERM, SIGINT or the end of the parent.

    Returns 0 after a clean end, 2 for wrong arguments, 3 when the port is taken. The first line on
    standard output is `listening http://127.0.0.1:PORT`.
    """
    parser = _parser()
    try:
        arguments = parser.parse_args(argv)
    except SystemExit as end:
        return 2 if end.code else 0
    options = SimulatorOptions(
        port=arguments.port,
        scenario=arguments.scenario,
        auto_approve=arguments.auto_approve,
        keepalive=arguments.keepalive,
        seed=arguments.seed,
    )
    if arguments.state is not None:
        return asyncio.run(_serve(arguments.state, options, arguments.parent_pid))
    with tempfile.TemporaryDirectory(prefix="companion-simulator-") as directory:
        return asyncio.run(_serve(Path(directory), options, arguments.parent_pid))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="companion simulator", description="A Twitch and a Spotify on loopback.")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes any free one")
    parser.add_argument("--state", type=Path, help="folder the world is kept in (default: a temporary one)")
    parser.add_argument("--scenario", choices=("demo", "none"), default="none", help="who moves the world")
    parser.add_argument("--auto-approve", action="store_true", help="say yes to every sign-in without a click")
    parser.add_argument("--keepalive", type=float, help="seconds between EventSub keepalives, whatever clients ask")
    parser.add_argument("--seed", type=int, default=1, help="seed of the randomness")
    parser.add_argument("--parent-pid", type=int, help="end when this process, or standard input, ends")
    return parser


async def _serve(directory: Path, options: SimulatorOptions, parent: int | None) -> int:
    simulator = Simulator(directory=directory, clock=SystemClock(), options=options)
    stop = asyncio.Event()
    _on_signals(stop)
    try:
        base_url = await simulator.start()
    except OSError as error:
        print(f"cannot listen on port {options.port}: {error.strerror}", file=sys.stderr)
        await simulator.stop()
        return 3
    print(f"listening {base_url}", flush=True)
    if parent is not None:
        _watch_standard_input(stop)
        simulator.tasks.spawn(_watch_parent(parent, stop), name="parent watch")
    await stop.wait()
    await simulator.stop()
    return 0


def _on_signals(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:
            # Windows loops have no signal handlers of their own.
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))


def _watch_standard_input(stop: asyncio.Event) -> None:
    """A pipe from the parent ends with it, on every system. Anything else (a terminal, nothing) is left alone."""
    loop = asyncio.get_running_loop()
    if sys.stdin is None or sys.stdin.closed:
        return
    mode = os.fstat(sys.stdin.fileno()).st_mode
    if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
        threading.Thread(target=_read_to_end, args=(loop, stop.set), name="parent pipe", daemon=True).start()


def _read_to_end(loop: asyncio.AbstractEventLoop, ended: Callable[[], None]) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    if not loop.is_closed():
        loop.call_soon_threadsafe(ended)


async def _watch_parent(parent: int, stop: asyncio.Event) -> None:
    # On Windows `os.kill(pid, 0)` would end the process; there the pipe alone tells.
    if os.name != "posix":
        return
    # A parent that nobody has waited for yet is still in the process table, but no longer our parent.
    is_direct = os.getppid() == parent
    while not stop.is_set():
        if not _alive(parent) or (is_direct and os.getppid() != parent):
            stop.set()
            return
        await asyncio.sleep(_PARENT_CHECK_SECONDS)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
