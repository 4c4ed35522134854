"""The control socket and its client over a real socket."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from companion.application.needs_you_items import NeedsYouItem
from companion.kernel.result import Err, Ok
from companion.ports.events import NowPlayingChanged
from companion.ports.hold import HoldState
from companion.services.control.client import NoAnswer, NotRunning, RpcFailed, call
from companion.services.control.socket import ControlSocket
from companion.services.system.local_access import LocalAccess
from tests.fakes.clock import FakeClock
from tests.helpers.waiting import until
from tests.unit.services.control.desk import AT, Desk

EVENT = NowPlayingChanged(
    event_id="1", at=AT, playing_kind="track", track_id="x", title="Tide", artists=("A",), is_playing=True
)

NEED = NeedsYouItem("run", "run-1", "A song", "It is not known.", "", AT, ("fulfil", "refund"))


@dataclass
class Running:
    socket: ControlSocket
    server: Server
    access: LocalAccess
    desk: Desk
    data_dir: Path

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.access.port}/control?token={self.access.control_token.reveal()}"


@pytest_asyncio.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    desk = Desk()
    control = ControlSocket(ports=desk.ports(), logger=logging.getLogger("companion.control"))
    access = LocalAccess(tmp_path, clock=FakeClock())

    def gate(connection: ServerConnection, request: Request) -> Response | None:
        if request.path == f"/control?token={access.control_token.reveal()}" and "Origin" not in request.headers:
            return None
        return connection.respond(HTTPStatus.UNAUTHORIZED, "no")

    async with serve(control.serve, "127.0.0.1", 0, process_request=gate) as server:
        access.remember_port(server.sockets[0].getsockname()[1])
        yield Running(control, server, access, desk, tmp_path)


async def test_the_client_calls_by_the_data_directory_alone(running: Running) -> None:
    assert await call(running.data_dir, "stream_lifecycle.ping") == Ok("pong")
    assert await call(running.data_dir, "stream_lifecycle.record_viewer_count", {"count": 4}) == Ok(None)
    failed = await call(running.data_dir, "stream_lifecycle.record_viewer_count", {"count": -4})
    assert failed == Err(
        RpcFailed(
            -32000,
            "A viewer count is a whole number from 0 up, not -4.",
            {"error": "InvalidCount", "value": -4},
        )
    )
    methods = await call(running.data_dir, "rpc.methods")
    assert isinstance(methods, Ok)
    assert isinstance(methods.value, dict)
    assert {"events.subscribe", "overlay.urls", "sign_in.start"} <= set(dict(methods.value["methods"]))  # type: ignore[arg-type]  # JSON


async def test_nothing_running_is_said_so(running: Running, tmp_path: Path) -> None:
    empty = await call(tmp_path / "elsewhere", "stream_lifecycle.ping")
    assert isinstance(empty, Err)
    assert isinstance(empty.error, NotRunning)

    running.access.renew()
    (running.data_dir / "local-access.json").write_text(
        json.dumps({"port": running.access.port, "control_token": "of-another-companion"})
    )
    stranger = await call(running.data_dir, "stream_lifecycle.ping")
    assert isinstance(stranger, Err)
    assert isinstance(stranger.error, NotRunning)

    (running.data_dir / "local-access.json").write_text("{")
    damaged = await call(running.data_dir, "stream_lifecycle.ping")
    assert isinstance(damaged, Err)
    assert isinstance(damaged.error, NotRunning)


async def test_a_port_where_nobody_listens_is_not_running(running: Running) -> None:
    running.server.close()
    await running.server.wait_closed()

    gone = await call(running.data_dir, "stream_lifecycle.ping")

    assert isinstance(gone, Err)
    assert isinstance(gone.error, NotRunning)


async def test_no_answer_in_time_is_not_taken_for_a_failure(tmp_path: Path) -> None:
    async def silent(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.wait_closed()

    access = LocalAccess(tmp_path, clock=FakeClock())
    async with serve(silent, "127.0.0.1", 0) as server:
        access.remember_port(server.sockets[0].getsockname()[1])
        assert await call(tmp_path, "stream_lifecycle.ping", time_limit=0.2) == Err(NoAnswer(0.2))


async def test_events_go_to_those_who_asked(running: Running) -> None:
    async with connect(running.url, proxy=None) as asking, connect(running.url, proxy=None) as other:
        await asking.send('{"jsonrpc":"2.0","id":1,"method":"events.subscribe"}')
        assert json.loads(await asking.recv())["result"] == {"subscribed": True}
        running.socket.publish_event(EVENT)
        note = json.loads(await asyncio.wait_for(asking.recv(), 5))
        await other.send('{"jsonrpc":"2.0","id":2,"method":"stream_lifecycle.ping"}')
        assert json.loads(await other.recv())["id"] == 2

        await asking.send('{"jsonrpc":"2.0","id":3,"method":"events.unsubscribe"}')
        await asking.recv()
        running.socket.publish_event(EVENT)
        await asking.send('{"jsonrpc":"2.0","id":4,"method":"stream_lifecycle.ping"}')
        assert json.loads(await asking.recv())["id"] == 4

    assert "id" not in note
    assert (note["method"], note["params"]["kind"], note["params"]["title"]) == (
        "event",
        "now_playing_changed",
        "Tide",
    )


async def test_changes_go_to_those_who_asked_for_their_topic(running: Running) -> None:
    application = running.desk.application
    start = application.snapshot()
    async with connect(running.url, proxy=None) as every, connect(running.url, proxy=None) as some:

        async def asked(socket: ClientConnection, method: str, params: object) -> object:
            await socket.send(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}))
            return json.loads(await asyncio.wait_for(socket.recv(), 5)).get("result")

        async def told(socket: ClientConnection, count: int) -> list[str]:
            notes = [json.loads(await asyncio.wait_for(socket.recv(), 5)) for _ in range(count)]
            assert all(note["method"] == "changed" and "id" not in note for note in notes)
            return [note["params"]["topic"] for note in notes]

        assert application.listeners == 0
        assert await asked(every, "changes.subscribe", {}) == {"topics": ["commands", "hold", "needs_you", "queue"]}
        assert await asked(some, "changes.subscribe", {"topics": ["queue"]}) == {"topics": ["queue"]}
        held = replace(start, hold=HoldState(held=True, since=None, by="Ann"))
        others = held.queue.requests[1:]
        removed = replace(held, queue=replace(held.queue, requests=others, total=len(others)))
        later = tuple(replace(each, expected_wait=timedelta(seconds=7)) for each in others)
        commanded = replace(removed, commands=removed.commands[1:], queue=replace(removed.queue, requests=later))
        needed = replace(commanded, needs_you=(NEED,))
        for picture in (start, held, removed, commanded, needed, needed):
            application.show(picture)
        assert await told(every, 4) == ["hold", "queue", "commands", "needs_you"]
        assert await told(some, 1) == ["queue"]
        assert await asked(some, "changes.unsubscribe", {}) == {"topics": []}
        application.show(start)
        assert sorted(await told(every, 4)) == ["commands", "hold", "needs_you", "queue"]
        assert await asked(some, "stream_lifecycle.ping", None) == "pong"  # and not another note
        assert (await asked(some, "changes.subscribe", {"topics": ["weather"]})) is None
    await until(lambda: application.listeners == 0, what="nobody watches, nothing is compared")


async def test_the_client_never_logs_its_token(running: Running, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.clear()
    logging.getLogger("websockets.server").setLevel(logging.CRITICAL)

    await call(running.data_dir, "stream_lifecycle.ping")

    assert running.access.control_token.reveal() not in caplog.text
    logging.getLogger("websockets.server").setLevel(logging.NOTSET)
