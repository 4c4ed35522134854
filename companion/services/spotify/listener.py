"""A loopback listener that waits for the browser to come back from Spotify's page (RFC 8252, section 7.3).

It serves one path to one state, answers one final page, and is gone.
"""

from __future__ import annotations

import asyncio
import hmac
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeAlias
from urllib.parse import parse_qs, urlsplit

from companion.kernel.redacted import Redacted
from companion.kernel.result import Err, Ok, Result
from companion.ports.sign_in import Denied, ListenerFailed, TimedOut
from companion.services.spotify import page

PATH = "/callback"
_LONGEST_HEAD = 16 * 1024
_READ_LIMIT = 10.0
_MOST_CONNECTIONS = 32


@dataclass(frozen=True, slots=True)
class Code:
    """The person agreed."""

    value: Redacted


@dataclass(frozen=True, slots=True)
class Refusal:
    """Spotify sent an error back; `error` is its word, `access_denied` when the person said no."""

    error: str


CameBack: TypeAlias = Code | Refusal
Outcome: TypeAlias = CameBack | Denied | TimedOut


@dataclass(frozen=True, slots=True)
class _Reply:
    status: HTTPStatus
    words: page.Words | None
    outcome: CameBack | None = None


class CallbackListener:
    """Listens on 127.0.0.1, on a port the system chooses, until closed."""

    def __init__(self, *, state: str) -> None:
        self._state = state
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self.port = 0

    @property
    def redirect_uri(self) -> str:
        """Where Spotify is to send the browser; the port of a loopback address need not be registered."""
        return f"http://127.0.0.1:{self.port}{PATH}"

    async def open(self) -> Result[None, ListenerFailed]:
        """Take a port."""
        try:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=_LONGEST_HEAD)
        except OSError as error:
            return Err(ListenerFailed(error.strerror or type(error).__name__))
        self.port = self._server.sockets[0].getsockname()[1]
        return Ok(None)

    async def wait(self) -> Outcome:
        """The browser's answer, or how the wait was ended. A wrong state is turned away, and the wait goes on."""
        return await asyncio.shield(self._outcome)

    def settle(self, outcome: Outcome) -> None:
        """End the wait; only the first outcome counts."""
        if not self._outcome.done():
            self._outcome.set_result(outcome)

    def close(self) -> None:
        """Stop listening and drop every connection (browsers keep spare ones open)."""
        if self._server is not None:
            self._server.close()
        for writer in self._writers:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._writers) >= _MOST_CONNECTIONS:
            writer.close()
            return
        self._writers.add(writer)
        reply: _Reply | None = None
        try:
            async with asyncio.timeout(_READ_LIMIT):
                head = await reader.readuntil(b"\r\n\r\n")
                reply = self._answer(head.decode("latin-1"))
                writer.write(_render(reply))
                await writer.drain()
                writer.close()
                await writer.wait_closed()
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError, OSError):
            writer.transport.abort()
        finally:
            self._writers.discard(writer)
            # Only now, so that closing the listener does not cut the page off.
            if reply is not None and reply.outcome is not None:
                self.settle(reply.outcome)

    def _answer(self, head: str) -> _Reply:
        request, *lines = head.split("\r\n")
        words = request.split(" ")
        if len(words) != 3 or not words[2].startswith("HTTP/1."):
            return _Reply(HTTPStatus.BAD_REQUEST, None)
        hosts = [line.partition(":")[2].strip() for line in lines if line.partition(":")[0].strip().lower() == "host"]
        if hosts != [f"127.0.0.1:{self.port}"]:
            return _Reply(HTTPStatus.MISDIRECTED_REQUEST, None)
        path, _, query = words[1].partition("?")
        if path != PATH:
            return _Reply(HTTPStatus.NOT_FOUND, None)
        if words[0] != "GET":
            return _Reply(HTTPStatus.METHOD_NOT_ALLOWED, None)
        return self._answer_callback(urlsplit(f"?{query}").query)

    def _answer_callback(self, query: str) -> _Reply:
        fields = parse_qs(query, keep_blank_values=True, max_num_fields=16) if query.count("&") < 16 else {}
        given = _only(fields, "state")
        if given is None or not hmac.compare_digest(given.encode(), self._state.encode()):
            return _Reply(HTTPStatus.BAD_REQUEST, page.STRANGER)
        error = _only(fields, "error")
        if error is not None:
            words = page.DENIED if error == "access_denied" else page.TROUBLE
            return _Reply(HTTPStatus.OK, words, Refusal(error[:60]))
        code = _only(fields, "code")
        if not code:
            return _Reply(HTTPStatus.BAD_REQUEST, page.TROUBLE, Refusal("no code"))
        return _Reply(HTTPStatus.OK, page.AGREED, Code(Redacted(code)))


def _only(fields: dict[str, list[str]], name: str) -> str | None:
    values = fields.get(name, [])
    return values[0] if len(values) == 1 else None


def _render(reply: _Reply) -> bytes:
    if reply.words is not None:
        body, headers = page.render(reply.words), page.HEADERS
    else:
        body = f"{reply.status.phrase}\n".encode()
        headers = (("Content-Type", "text/plain; charset=utf-8"), *page.HEADERS[1:])
    lines = [
        f"HTTP/1.1 {reply.status.value} {reply.status.phrase}",
        *(f"{name}: {value}" for name, value in headers),
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
