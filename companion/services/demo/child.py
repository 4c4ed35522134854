"""The simulator as a child process; it ends with us, however we end (its standard input closes)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
from pathlib import Path

from companion.kernel.result import Err, Ok, Result

START_LIMIT = 20.0
STOP_LIMIT = 3.0


def free_port() -> int:
    """A port of the loopback address that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class SimulatorChild:
    """Starts `companion simulator` on a port chosen beforehand, so that its address is known at once."""

    def __init__(self, *, state: Path, port: int) -> None:
        self._state = state
        self._port = port
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Where it will answer."""
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> Result[None, str]:
        """Start it and wait until it listens."""
        command = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "companion"]
        command += ["simulator", "--port", str(self._port), "--state", str(self._state), "--scenario", "demo"]
        command += ["--auto-approve", "--parent-pid", str(os.getpid())]
        try:
            self._state.mkdir(parents=True, exist_ok=True)
            self._process = await asyncio.create_subprocess_exec(
                *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
            )
            if self._process.stdout is None:
                return Err("the simulator has no output")
            async with asyncio.timeout(START_LIMIT):
                first = await self._process.stdout.readline()
        except (OSError, TimeoutError) as error:
            return Err(f"the simulator did not start ({type(error).__name__})")
        return Ok(None) if first.startswith(b"listening ") else Err("the simulator ended at once")

    async def stop(self) -> None:
        """End it; after a moment without mercy."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        if process.stdin is not None:
            process.stdin.close()
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
            try:
                async with asyncio.timeout(STOP_LIMIT):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()
