from __future__ import annotations

import asyncio
import logging
import socket

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from companion.application.snapshots import OverlayServerState
from companion.kernel.result import Err, Ok, expect_ok
from companion.services.overlay.listening import Limits
from companion.services.overlay.port_keeper import PortTaken
from companion.services.overlay.server import ACCESS_RENEWED
from companion.services.overlay.wire_events import StreamOnlineData
from tests.fakes.clock import START
from tests.unit.services.overlay.desk import Desk, FakeAccess, close_desk, make_desk, messages, open_desk, until

TOKEN = "token=overlay-token-1"
PROTECTION = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}


def online(number: int = 1) -> StreamOnlineData:
    return StreamOnlineData(event_id=str(number), session_id="session", started_at=START, resumed=False)


async def test_pages_and_assets_are_served_with_every_protective_header(desk: Desk) -> None:
    page = await desk.request(f"/overlay/live?{TOKEN}")
    version = page.body.split(b"/overlay/assets/")[1].split(b"/")[0].decode()
    asset = await desk.request(f"/overlay/assets/{version}/companion.js")
    missing = await desk.request("/overlay/nothing")

    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert (asset.status, asset.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
    assert b"{{" not in page.body
    assert len(asset.body) == int(asset.headers["content-length"])
    for answer in (page, asset, missing):
        assert answer.headers.items() >= PROTECTION.items()
        assert "server" not in answer.headers
        policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
        assert policy == {
            "default-src": "'none'",
            "script-src": "'self'",
            "style-src": "'self'",
            "connect-src": f"'self' ws://127.0.0.1:{desk.port}",
            "img-src": "https://i.scdn.co",
            "base-uri": "'none'",
            "form-action": "'none'",
            "frame-ancestors": "'none'",
        }


async def test_head_tells_the_length_and_sends_no_body(desk: Desk) -> None:
    full = await desk.request(f"/overlay/now-playing?{TOKEN}")
    head = await desk.request(f"/overlay/now-playing?{TOKEN}", method="HEAD")

    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(full.body))


@pytest.mark.parametrize(
    "target",
    [
        "/overlay/../local-access.json",
        "/overlay/%2e%2e/%2e%2e/etc/passwd",
        "/overlay/assets/x/../../live.html",
        "/overlay/assets//companion.js",
        "/overlay/assets/0/companion.js",
        "/overlay/live.html",
        "/overlay/",
        "/",
        "//overlay/live",
        "/overlay/PROTOCOL.md",
        "/favicon.ico",
    ],
)
async def test_nothing_else_is_served(desk: Desk, target: str) -> None:
    answer = await desk.request(f"{target}?{TOKEN}")

    assert answer.status == 404
    assert b"root:" not in answer.body


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "localhost:1", "127.0.0.1.evil.example:80", "", "[::1]"])
async def test_only_our_own_host_is_answered(desk: Desk, host: str) -> None:
    assert (await desk.request(f"/overlay/live?{TOKEN}", host=host)).status == 403


async def test_localhost_is_our_own_host_too(desk: Desk) -> None:
    assert (await desk.request(f"/overlay/live?{TOKEN}", host=f"LocalHost:{desk.port}")).status == 200


async def test_two_hosts_are_none(desk: Desk) -> None:
    answer = await desk.request(f"/overlay/live?{TOKEN}", headers={"Host": f"127.0.0.1:{desk.port}"})

    assert answer.status == 403


@pytest.mark.parametrize(
    "query",
    [
        "",
        "token=",
        "token=wrong",
        "token=overlay-token-1x",
        "token=control-token-1",
        f"{TOKEN}&{TOKEN}",
        "token=%C3%A9",
    ],
)
async def test_a_wrong_token_is_refused(desk: Desk, query: str) -> None:
    answer = await desk.request(f"/overlay/live?{query}")

    assert answer.status == 401
    assert b"Copy the new one" in answer.body
    with pytest.raises(InvalidStatus) as refused:
        await desk.feed(f"&{TOKEN}" if not query else "&token=wrong")
    assert refused.value.response.status_code == 401


@pytest.mark.parametrize("origin", [None, "null", "https://evil.example", "http://127.0.0.1:1", "https://localhost"])
async def test_the_feed_wants_our_own_origin(desk: Desk, origin: str | None) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await desk.feed(origin=origin)
    assert refused.value.response.status_code == 403


async def test_the_feed_takes_localhost_as_origin(desk: Desk) -> None:
    async with await desk.feed(origin=f"http://localhost:{desk.port}") as page:
        assert (await messages(page, 1))[0]["type"] == "welcome"


async def test_control_refuses_every_origin_and_the_overlay_token(desk: Desk) -> None:
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket"}
    good = "/control?token=control-token-1"

    assert (await desk.request(good, headers={**upgrade, "Origin": desk.origin})).status == 403
    assert (await desk.request(good, headers={**upgrade, "Origin": "null"})).status == 403
    assert (await desk.request(f"/control?{TOKEN}", headers=upgrade)).status == 401
    assert (await desk.request(good)).status == 426


async def test_other_methods_are_refused_in_plain_words(desk: Desk) -> None:
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
        answer = await desk.request(f"/overlay/live?{TOKEN}", method=method)
        assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")
    assert (await desk.request(f"/overlay/ws?{TOKEN}", headers={"Origin": desk.origin})).status == 426


async def test_a_page_is_fed_in_order(desk: Desk) -> None:
    async with await desk.feed() as page:
        welcome, snapshot = await messages(page, 2)
        desk.hub.publish_event("stream_online", online())
        event = (await messages(page, 1))[0]

    assert (welcome["type"], snapshot["type"]) == ("welcome", "snapshot")
    assert (event["type"], event["seq"], event["name"]) == ("event", 1, "stream_online")


async def test_a_returning_page_resumes_by_its_last_number(desk: Desk) -> None:
    for number in range(4):
        desk.hub.publish_event("stream_online", online(number))

    async with await desk.feed("&epoch=run-1&last_seq=2") as page:
        welcome, *missed = await messages(page, 3)
    async with await desk.feed("&epoch=run-0&last_seq=2") as stranger:
        _, snapshot = await messages(stranger, 2)

    assert welcome["resumed"] is True
    assert [message["seq"] for message in missed] == [3, 4]
    assert snapshot["type"] == "snapshot"


@pytest.mark.parametrize(
    "query", ["&epoch=run-1&last_seq=-1", "&epoch=run-1&last_seq=x", "&last_seq=1", "&epoch=run-1"]
)
async def test_an_odd_resumption_is_a_new_page(desk: Desk, query: str) -> None:
    async with await desk.feed(query) as page:
        assert [message["type"] for message in await messages(page, 2)] == ["welcome", "snapshot"]


async def test_the_server_says_that_it_is_there(desk: Desk) -> None:
    async with await desk.feed() as page:
        await messages(page, 2)
        await until(lambda: bool(desk.sleep.asked))
        desk.sleep.wake()
        tick = (await messages(page, 1))[0]

    assert tick == {"type": "tick", "server_time": "2026-01-01T00:00:00.000000Z"}
    assert desk.sleep.asked[0] == 15


async def test_the_window_learns_of_pages_and_of_obs(desk: Desk) -> None:
    seen: list[OverlayServerState] = []
    desk.server.subscribe(seen.append)

    async with await desk.feed() as page:
        await page.send('{"type":"hello","page":"live","obs_version":"2.26.8"}')
        await page.send('{"type":"obs","streaming":true,"visible":true,"active":true}')
        await until(lambda: desk.hub.is_streaming() is True)
        assert dict(desk.server.state().connected_pages) == {"live": 1}
        assert desk.server.state().obs_version == "2.26.8"
        await page.send('{"type":"obs","streaming":false,"visible":false,"active":false}')
        await until(lambda: desk.hub.is_streaming() is False)
        assert dict(desk.hub.pages().visible) == {}
    await until(lambda: desk.hub.is_streaming() is None)

    assert dict(desk.server.state().connected_pages) == {}
    assert len(seen) == 4


async def test_unreadable_messages_are_ignored_until_there_are_ten_in_a_row(desk: Desk) -> None:
    async with await desk.feed() as page:
        await messages(page, 2)
        for _ in range(9):
            await page.send('{"type":"obs","streaming":"yes"}')
        await page.send('{"type":"hello","page":"live"}')
        await until(lambda: dict(desk.hub.pages().connected) == {"live": 1})
        for text in ("nonsense", "{}", "[]", '{"type":"subscribe"}', '{"type":"hello","page":"../x"}') * 2:
            await page.send(text)
        with pytest.raises(ConnectionClosed) as closed:
            await page.recv()

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008
    assert desk.hub.malformed_total == 19


@pytest.mark.expected_logs("slow overlay page dropped: lazy")
async def test_a_slow_page_is_dropped_and_the_others_are_not_kept_waiting() -> None:
    desk = await open_desk(make_desk(slow_limit=64 * 1024))
    big = StreamOnlineData(event_id="x" * 200_000, session_id="session", started_at=START, resumed=False)
    async with await desk.feed() as quick, await desk.feed(max_queue=1) as lazy:
        await lazy.send('{"type":"hello","page":"lazy"}')
        await until(lambda: dict(desk.hub.pages().connected) == {"lazy": 1})
        await messages(quick, 2)
        sent = 0
        while desk.hub.dropped_total == 0 and sent < 500:
            desk.hub.publish_event("stream_online", big)
            sent += 1
            assert (await messages(quick, 1))[0]["seq"] == sent
        assert desk.hub.dropped_total == 1
        await until(lambda: dict(desk.hub.pages().connected) == {})
        lazy.transport.abort()
    await close_desk(desk)


async def test_renewed_tokens_cut_every_connection_at_once(desk: Desk) -> None:
    page = await desk.feed()
    await messages(page, 2)

    desk.server.renew_tokens()

    with pytest.raises(ConnectionClosed) as closed:
        await page.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == ACCESS_RENEWED
    assert (await desk.request(f"/overlay/live?{TOKEN}")).status == 401
    assert (await desk.request("/overlay/live?token=overlay-token-2")).status == 200
    assert "overlay-token-2" in desk.server.urls()["live"]


async def test_only_so_many_clients_are_let_in() -> None:
    desk = await open_desk(make_desk(limits=Limits(clients=2)))
    async with await desk.feed(), await desk.feed():
        with pytest.raises(InvalidStatus) as refused:
            await desk.feed()
        assert refused.value.response.status_code == 503
    await until(lambda: not desk.server.connections)
    async with await desk.feed() as again:
        assert len(await messages(again, 2)) == 2
    await close_desk(desk)


async def test_a_connection_that_says_nothing_is_ended() -> None:
    desk = await open_desk(make_desk(limits=Limits(handshake=0.05)))
    reader, writer = await asyncio.open_connection("127.0.0.1", desk.port)

    assert await asyncio.wait_for(_end(reader), 5) == b""

    writer.close()
    await close_desk(desk)


async def _end(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionResetError:
        return b""


async def test_a_message_that_is_too_long_ends_its_connection(desk: Desk) -> None:
    page = await desk.feed()
    await messages(page, 2)
    await page.send("x" * 70_000)
    with pytest.raises(ConnectionClosed) as closed:
        await page.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


@pytest.mark.expected_logs("cut off at closing: /overlay/ws")
async def test_closing_does_not_wait_for_a_page_that_hangs() -> None:
    desk = await open_desk(make_desk(limits=Limits(close=0.1)))
    reader, writer = await asyncio.open_connection("127.0.0.1", desk.port)
    writer.write(
        f"GET /overlay/ws?{TOKEN} HTTP/1.1\r\nHost: 127.0.0.1:{desk.port}\r\nOrigin: {desk.origin}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
    )
    await reader.readuntil(b"\r\n\r\n")

    await desk.server.close()
    await desk.server.close()

    assert desk.server.state().serving is False
    assert dict(desk.server.urls()) == {}
    writer.close()
    await desk.tasks.drain(2)


async def test_the_port_is_remembered_and_asked_for_again() -> None:
    first = await open_desk(make_desk())
    await close_desk(first)
    assert first.access.port == first.port

    second = await open_desk(make_desk(access=first.access, port=None))

    assert second.port == first.port
    await close_desk(second)


@pytest.mark.expected_logs("does not serve: Port")
async def test_a_taken_port_is_waited_for_then_reported_and_never_replaced() -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        taken = holder.getsockname()[1]
        desk = make_desk(access=FakeAccess(port=taken), port=None)
        starting = asyncio.create_task(desk.server.start())
        for _ in range(30):
            await until(lambda: bool(desk.sleep._waiting))
            assert desk.server.state().problem is not None
            assert not starting.done()
            desk.clock.advance(1)
            desk.sleep.wake()
        result = await starting

        assert isinstance(result, Err)
        assert isinstance(result.error, PortTaken)
        assert (result.error.port, result.error.holder) == (taken, "somebody (process 1)")
        state = desk.server.state()
        assert (state.port, state.serving, state.move_to) == (taken, False, result.error.free_port)
        assert state.problem is not None
        assert "somebody (process 1)" in state.problem.title
        assert isinstance(await desk.server.try_again(), Err)
        assert desk.access.port == taken
    assert await desk.server.try_again() == Ok(taken)
    assert desk.server.state().problem is None
    await close_desk(desk)


async def test_closing_does_not_wait_for_a_start_that_waits_for_its_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        desk = make_desk(access=FakeAccess(port=holder.getsockname()[1]), port=None)
        starting = asyncio.create_task(desk.server.start())
        await until(lambda: bool(desk.sleep.asked))

        await desk.server.close()

    desk.sleep.wake()
    assert isinstance(await starting, Err)
    assert desk.server.state().serving is False


async def test_moving_changes_the_addresses_and_a_failed_move_changes_nothing(desk: Desk) -> None:
    old = desk.port
    with socket.create_server(("127.0.0.1", 0)) as holder:
        assert isinstance(await desk.server.move_to(holder.getsockname()[1]), Err)
        assert (await desk.request(f"/overlay/live?{TOKEN}")).status == 200
        assert desk.server.state().port == old

    page = await desk.feed()
    new = expect_ok(await desk.server.move_to(0))

    assert new != old
    assert desk.access.port == new
    assert f":{new}/" in desk.server.urls()["live"]
    with pytest.raises(ConnectionClosed):
        await messages(page, 3)
    desk.port = new
    assert (await desk.request(f"/overlay/live?{TOKEN}")).status == 200


async def test_starting_twice_is_starting_once(desk: Desk) -> None:
    assert await desk.server.start() == Ok(desk.port)


async def test_no_log_line_holds_a_token(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="companion")
    await desk.request(f"/overlay/live?{TOKEN}")
    await desk.request("/overlay/live?token=almost-right-token")
    await desk.request(f"/overlay/ws?{TOKEN}", headers={"Origin": desk.origin, "Upgrade": "websocket"})
    reader, writer = await asyncio.open_connection("127.0.0.1", desk.port)
    writer.write(f"GET /overlay/ws?{TOKEN} HTTP/9\r\n\r\n".encode())
    await _end(reader)
    writer.close()
    async with await desk.feed() as page:
        await messages(page, 2)
    desk.server.renew_tokens()

    assert caplog.records
    assert "token-1" not in caplog.text
    assert "almost-right" not in caplog.text
