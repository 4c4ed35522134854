"""The sockets of the EventSub session: their numbers, their ages, and how many there may be. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from companion.services.twitch import eventsub_limits as limits
from companion.services.twitch.eventsub_commands import CloseSocket, Moment, OpenSocket


@dataclass(slots=True)
class _Socket:
    opened_at: float
    closing_since: float | None = None


class SocketTable:
    """Counts a socket from the wish to open it until its end is confirmed, or overdue."""

    def __init__(self) -> None:
        self._sockets: dict[int, _Socket] = {}
        self._last = 0
        self._barrier = 0

    @property
    def has_room(self) -> bool:
        """Whether one more may be opened."""
        return len(self._sockets) < limits.MOST_SOCKETS

    def open(self, url: str, at: Moment) -> OpenSocket:
        """A new socket under the next number."""
        self._last += 1
        self._sockets[self._last] = _Socket(at.mono)
        return OpenSocket(self._last, url)

    def close(self, number: int, at: Moment) -> tuple[CloseSocket, ...]:
        """Close this one; nothing to do when it is gone or was told before."""
        socket = self._sockets.get(number)
        if socket is None or socket.closing_since is not None:
            return ()
        socket.closing_since = at.mono
        return (CloseSocket(number),)

    def close_all(self, at: Moment) -> tuple[CloseSocket, ...]:
        """Close every one that was not told before."""
        return tuple(command for number in self._sockets for command in self.close(number, at))

    def ended(self, number: int) -> bool:
        """Its end is confirmed; whether that came unasked."""
        socket = self._sockets.pop(number, None)
        return socket is not None and socket.closing_since is None

    def forget_overdue(self, at: Moment) -> None:
        """Take those for closed whose end was asked for long ago."""
        for number, socket in tuple(self._sockets.items()):
            if socket.closing_since is not None and at.mono >= socket.closing_since + limits.CLOSE_LIMIT:
                del self._sockets[number]

    def welcome_due(self, number: int) -> float:
        """By when this one must have had its welcome."""
        return self._sockets[number].opened_at + limits.OPEN_LIMIT

    @property
    def overdue_at(self) -> list[float]:
        """When each closing one becomes overdue."""
        return [s.closing_since + limits.CLOSE_LIMIT for s in self._sockets.values() if s.closing_since is not None]

    def draw_line(self) -> None:
        """The login ends here: what still comes in on the sockets so far is not for the next one."""
        self._barrier = self._last

    def is_of_this_login(self, number: int) -> bool:
        """Whether frames of this socket may be delivered; one that is closing may still bring some."""
        return number > self._barrier
