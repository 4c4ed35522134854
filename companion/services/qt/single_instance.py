"""A second start asks the first one to come forward, over a local socket named after the data directory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtNetwork import QAbstractSocket, QLocalServer, QLocalSocket

from companion.kernel.result import Err, Ok, Result

_ANSWER = b"coming\n"
_LONGEST_REQUEST = 512
_CONNECT_MS = 1000
_ANSWER_MS = 3000


def socket_name(data_dir: Path) -> str:
    """Short enough for every system's limit on socket names."""
    digest = hashlib.sha256(str(data_dir.resolve()).encode("utf-8", "surrogateescape")).hexdigest()
    return f"companion-{digest[:20]}"


class SummonServer(QObject):
    """The first instance's end. Call `listen` only while the instance lock is held: it removes a stale socket.

    `on_summon` is given the activation token of the second start (Wayland, X11 start-up notification), or "".
    """

    def __init__(self, *, data_dir: Path, on_summon: Callable[[str], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = socket_name(data_dir)
        self._on_summon = on_summon
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._accept)

    def listen(self) -> Result[None, str]:
        """Open the socket. The error is Qt's text; without the socket a second start just says that one runs."""
        if self._server.listen(self._name):
            return Ok(None)
        if self._server.serverError() == QAbstractSocket.SocketError.AddressInUseError:
            QLocalServer.removeServer(self._name)  # left behind by a crash: the lock says nobody else runs
            if self._server.listen(self._name):
                return Ok(None)
        return Err(self._server.errorString())

    def close(self) -> None:
        """Stop listening."""
        self._server.newConnection.disconnect(self._accept)
        self._server.close()

    def _accept(self) -> None:
        while (connection := self._server.nextPendingConnection()) is not None:
            connection.setReadBufferSize(_LONGEST_REQUEST)
            connection.disconnected.connect(connection.deleteLater)
            connection.readyRead.connect(self._read)
            if connection.canReadLine():
                self._serve(connection)

    def _read(self) -> None:
        connection = self.sender()
        if isinstance(connection, QLocalSocket) and connection.canReadLine():
            self._serve(connection)

    def _serve(self, connection: QLocalSocket) -> None:
        line = bytes(connection.readLine().data()).decode("utf-8", "replace").strip()
        verb, _, token = line.partition(" ")
        if verb != "show":
            connection.abort()
            return
        connection.write(_ANSWER)
        connection.flush()
        connection.disconnectFromServer()
        self._on_summon(token)


def summon_first(data_dir: Path, *, activation_token: str = "") -> bool:
    """Ask the running instance to show its window; whether it answered (waits up to four seconds).

    For the second process, before it has an event loop: it blocks.
    """
    socket = QLocalSocket()
    socket.connectToServer(socket_name(data_dir))
    if not socket.waitForConnected(_CONNECT_MS):
        return False
    token = "".join(activation_token.split())[:400]
    socket.write(f"show {token}".rstrip().encode() + b"\n")
    answered = socket.waitForReadyRead(_ANSWER_MS) and socket.readAll().data() == _ANSWER
    socket.abort()
    return answered
