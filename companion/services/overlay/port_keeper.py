"""The port policy: every OBS source points at one port, so it is never changed without being asked."""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from companion.kernel.instant import Clock
from companion.kernel.result import Err, Ok, Result

_TAKEN: Final = frozenset({errno.EADDRINUSE, getattr(errno, "WSAEADDRINUSE", errno.EADDRINUSE)})
_FORBIDDEN: Final = frozenset({errno.EACCES, getattr(errno, "WSAEACCES", errno.EACCES)})
_SEARCH: Final = 50


@dataclass(frozen=True, slots=True)
class PortTaken:
    """Somebody else listens on the port. `holder`: who, where the system tells; `free_port`: one that is free now."""

    port: int
    holder: str | None
    free_port: int | None


@dataclass(frozen=True, slots=True)
class CannotListen:
    """The address cannot be listened on at all (no such address on this machine, not permitted)."""

    host: str
    port: int
    detail: str


PortError: TypeAlias = PortTaken | CannotListen


def open_listener(host: str, port: int) -> Result[socket.socket, PortError]:
    """Bind (not yet listen) `host:port`, exclusively. `PortTaken` comes without holder and free port here."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            # Else `::` takes the IPv4 port as well, and our own loopback listener would find it taken.
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.setblocking(False)
        opened.bind((host, port))
        opened.listen(128)
    except OSError as error:
        opened.close()
        # Windows answers "access denied" for a port that another socket holds exclusively.
        if error.errno in _TAKEN or (sys.platform == "win32" and error.errno in _FORBIDDEN):
            return Err(PortTaken(port, None, None))
        return Err(CannotListen(host, port, error.strerror or type(error).__name__))
    except OverflowError:
        opened.close()
        return Err(CannotListen(host, port, "a port is a number from 1 to 65535"))
    return Ok(opened)


def free_port_after(host: str, port: int) -> int | None:
    """The next port that can be bound now, looking at 50 of them."""
    for candidate in range(port + 1, min(port + 1 + _SEARCH, 65536)):
        match open_listener(host, candidate):
            case Ok(opened):
                opened.close()
                return candidate
            case Err():
                continue
    return None


class PortKeeper:
    """Opens the wanted port, waiting `patience` seconds for it to become free before it gives up.

    A restarted Companion often meets its own predecessor, which needs a moment to let go.
    """

    def __init__(
        self,
        *,
        host: str,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]],
        find_holder: Callable[[int], Awaitable[str | None]],
        patience: float = 30.0,
        pause: float = 1.0,
    ) -> None:
        self._host = host
        self._clock = clock
        self._sleep = sleep
        self._find_holder = find_holder
        self._patience = patience
        self._pause = pause

    async def acquire(
        self, port: int, *, waiting: Callable[[], None], patience: float | None = None
    ) -> Result[socket.socket, PortError]:
        """A listening socket on exactly `port` (0: any). `waiting` is called once when the port is found taken."""
        deadline = self._clock.monotonic() + (self._patience if patience is None else patience)
        told = False
        while True:
            opened = open_listener(self._host, port)
            if isinstance(opened, Ok) or isinstance(opened.error, CannotListen):
                return opened
            if self._clock.monotonic() >= deadline:
                return Err(PortTaken(port, await self._find_holder(port), free_port_after(self._host, port)))
            if not told:
                told = True
                waiting()
            await self._sleep(self._pause)
