"""The loopback listener: whom it answers, what it ignores, and that it is gone afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from companion.kernel.redacted import Redacted
from companion.kernel.result import expect_ok
from companion.ports.sign_in import TimedOut
from companion.services.spotify.listener import CallbackListener, Code, Refusal

STATE = "state-of-this-attempt"
GOOD = f"/callback?code=the-code&state={STATE}"


@pytest_asyncio.fixture
async def listener() -> AsyncIterator[CallbackListener]:
    listener = CallbackListener(state=STATE)
    expect_ok(await listener.open())
    yield listener
    listener.close()
    await asyncio.sleep(0)


async def ask(listener: CallbackListener, target: str, *, host: str | None = None, method: str = "GET") -> str:
    return await send(
        listener, f"{method} {target} HTTP/1.1\r\nHost: {host or f'127.0.0.1:{listener.port}'}\r\nAccept: */*\r\n\r\n"
    )


async def send(listener: CallbackListener, text: str) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    writer.write(text.encode("latin-1"))
    await writer.drain()
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer.decode()


def is_waiting(listener: CallbackListener) -> bool:
    return not listener._outcome.done()


async def test_the_code(listener: CallbackListener) -> None:
    answer = await ask(listener, GOOD)
    assert answer.startswith("HTTP/1.1 200 OK\r\n")
    assert "You can close this tab" in answer
    assert await listener.wait() == Code(Redacted("the-code"))


async def test_the_page_is_safe_and_knows_the_dark(listener: CallbackListener) -> None:
    answer = await ask(listener, GOOD)
    head, _, body = answer.partition("\r\n\r\n")
    for header in (
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        "Referrer-Policy: no-referrer",
        "Content-Security-Policy: default-src 'none'",
        f"Content-Length: {len(body.encode())}",
        "Connection: close",
    ):
        assert header in head
    assert "<script" not in body
    assert "prefers-color-scheme: dark" in body
    assert "the-code" not in body
    assert STATE not in body


async def test_the_person_said_no(listener: CallbackListener) -> None:
    answer = await ask(listener, f"/callback?error=access_denied&state={STATE}")
    assert "You can close this tab" in answer
    assert await listener.wait() == Refusal("access_denied")


@pytest.mark.parametrize(
    "target",
    [
        "/callback?code=x&state=wrong",
        "/callback?code=x",
        f"/callback?code=x&state={STATE}&state={STATE}",
        f"/callback?code=x&state={STATE}&state=wrong",
        "/callback?error=access_denied&state=wrong",
        "/callback?state=%ff%fe",
        "/callback",
        "/callback?" + "&".join(f"a{n}=1" for n in range(40)) + f"&code=x&state={STATE}",
    ],
)
async def test_another_state_is_turned_away_and_the_wait_goes_on(listener: CallbackListener, target: str) -> None:
    answer = await ask(listener, target)
    assert answer.startswith("HTTP/1.1 400 ")
    assert "another attempt" in answer
    assert is_waiting(listener)
    await ask(listener, GOOD)
    assert await listener.wait() == Code(Redacted("the-code"))


@pytest.mark.parametrize(
    "target", ["/", "/favicon.ico", "/callback/", "/callbacks?code=x", "http://127.0.0.1/callback"]
)
async def test_other_paths_do_not_exist(listener: CallbackListener, target: str) -> None:
    assert (await ask(listener, target)).startswith("HTTP/1.1 404 ")
    assert is_waiting(listener)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "evil.example", "127.0.0.1:1", "evil.example\r\nHost: x"])
async def test_other_hosts_are_misdirected(listener: CallbackListener, host: str) -> None:
    assert (await ask(listener, GOOD, host=host)).startswith("HTTP/1.1 421 ")
    assert is_waiting(listener)


@pytest.mark.parametrize("method", ["HEAD", "POST", "OPTIONS"])
async def test_only_get_counts(listener: CallbackListener, method: str) -> None:
    """A preview or a preflight must not use the code up."""
    assert (await ask(listener, GOOD, method=method)).startswith("HTTP/1.1 405 ")
    assert is_waiting(listener)


@pytest.mark.parametrize("text", ["nonsense\r\n\r\n", "GET /callback\r\n\r\n", "GET / SPDY/9\r\n\r\n", "\r\n\r\n"])
async def test_nonsense_is_a_bad_request(listener: CallbackListener, text: str) -> None:
    assert (await send(listener, text)).startswith("HTTP/1.1 400 ")
    assert is_waiting(listener)


async def test_an_endless_head_is_cut_off(listener: CallbackListener) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    async with asyncio.timeout(5):
        try:
            for _ in range(100):
                writer.write(b"x" * 1024)
                await writer.drain()
            answer = await reader.read()
        except ConnectionError:
            answer = b""
    writer.close()
    assert answer == b""
    assert is_waiting(listener)


async def test_only_the_first_answer_counts(listener: CallbackListener) -> None:
    await ask(listener, f"/callback?code=first&state={STATE}")
    await ask(listener, f"/callback?code=second&state={STATE}")
    listener.settle(TimedOut())
    assert await listener.wait() == Code(Redacted("first"))


async def test_idle_connections_are_dropped_at_the_end(listener: CallbackListener) -> None:
    """Browsers open spare ones."""
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    await asyncio.sleep(0.01)
    listener.close()
    assert await reader.read() == b""
    writer.close()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", listener.port)


async def test_a_crowd_is_turned_away(listener: CallbackListener) -> None:
    connections = [await asyncio.open_connection("127.0.0.1", listener.port) for _ in range(40)]
    ended = 0
    for reader, _ in connections:
        try:
            async with asyncio.timeout(0.02):
                ended += await reader.read() == b""
        except TimeoutError:
            continue
    assert ended == 8
    for _, writer in connections:
        writer.close()
