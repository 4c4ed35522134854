"""One WebSocket to EventSub: the place where the exceptions of `websockets` become values.

Nothing is ever sent: Twitch closes with 4001 on any data, and the documentation allows only pongs, so the
library's own pings are off (dev.twitch.tv/docs/eventsub/handling-websocket-events).
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

OPEN_TIME: Final = 10.0
CLOSE_TIME: Final = 2.0
_LARGEST_FRAME: Final = 1024 * 1024
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")

# The library's debug lines hold whole frames and addresses, reconnect addresses among them.
_quiet = logging.getLogger("companion.twitch.socket")
_quiet.setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class SocketEnded:
    """The socket is gone or never came. `code`: Twitch's close code, None without a close frame."""

    code: int | None
    detail: str


class EventSubSocket(Protocol):
    """An open socket."""

    async def read(self) -> str | bytes | SocketEnded:
        """The next data frame, or how the socket ended (then for good)."""
        ...

    async def close(self) -> None:
        """Close it, within about two seconds."""
        ...


SocketOpener: TypeAlias = Callable[[str], Awaitable[EventSubSocket | SocketEnded]]


class _WebSocket:
    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def read(self) -> str | bytes | SocketEnded:
        try:
            return await self._connection.recv()
        except ConnectionClosed as closed:
            return SocketEnded(closed.rcvd.code if closed.rcvd else None, "")

    async def close(self) -> None:
        await self._connection.close()


async def open_socket(url: str) -> EventSubSocket | SocketEnded:
    """Connect and shake hands within ten seconds. The address appears in no text: it may be a reconnect address."""
    try:
        connection = await connect(
            url,
            ping_interval=None,
            open_timeout=OPEN_TIME,
            close_timeout=CLOSE_TIME,
            max_size=_LARGEST_FRAME,
            logger=_quiet,
            # A proxy cannot reach this machine's own loopback, where the simulator listens.
            proxy=None if urlsplit(url).hostname in _LOOPBACK else True,
        )
    except TimeoutError:
        return SocketEnded(None, "Twitch did not answer in time")
    except InvalidStatus as refused:
        return SocketEnded(None, f"the connection was refused with status {refused.response.status_code}")
    except ImportError:
        return SocketEnded(None, "a SOCKS proxy is set up on this computer, which Companion cannot use")
    except (OSError, WebSocketException, ValueError) as failed:  # ValueError: no address at all
        return SocketEnded(None, f"no connection ({type(failed).__name__})")
    return _WebSocket(connection)
