"""Pages that note when messages reach them, and do nothing else: what they cost would be measured on both sides.

One thread over plain sockets; the moment is noted before the bytes are understood. Ends when the servers close, and
then says, for each page of each server, when its messages came (nanoseconds of the monotonic clock).
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time
from urllib.parse import urlsplit

from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.typing import Origin
from websockets.uri import parse_uri


class Page:
    """One open connection."""

    def __init__(self, address: str) -> None:
        where = urlsplit(address)
        self.socket = socket.create_connection((where.hostname, where.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.came: list[int] = []
        self._protocol = ClientProtocol(parse_uri(address), origin=Origin(f"http://{where.netloc}"))
        self._protocol.send_request(self._protocol.connect())
        self._answer()
        while not self._take(self.socket.recv(65536)):
            pass
        self.socket.setblocking(False)

    def read(self) -> bool:
        """Note what came; False at the end of the connection."""
        try:
            data = self.socket.recv(65536)
        except ConnectionError:
            return False
        now = time.monotonic_ns()
        if not data:
            return False
        before = len(self.came)
        self._take(data)
        self.came[before:] = [now] * (len(self.came) - before)
        return True

    def _take(self, data: bytes) -> bool:
        """Understand the bytes; whether the handshake's answer was among them."""
        if not data:
            raise ConnectionError("closed during the handshake")
        self._protocol.receive_data(data)
        greeted = False
        for event in self._protocol.events_received():
            if isinstance(event, Response):
                greeted = True
            elif isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                self.came.append(0)
        self._answer()
        return greeted

    def _answer(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self.socket.sendall(data)


def main(addresses: list[str], pages: int) -> None:
    sides = [[Page(address) for _ in range(pages)] for address in addresses]
    with selectors.DefaultSelector() as selector:
        for page in (page for side in sides for page in side):
            selector.register(page.socket, selectors.EVENT_READ, page)
        while selector.get_map():
            for key, _ in selector.select():
                if not key.data.read():
                    selector.unregister(key.fileobj)
                    key.data.socket.close()
    sys.stdout.write(json.dumps([[page.came for page in side] for side in sides]))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), int(sys.argv[2]))
