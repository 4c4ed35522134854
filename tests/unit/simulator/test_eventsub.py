from __future__ import annotations

import re

import pytest
from aiohttp import ClientSession, WSMsgType

from companion.simulator.testing import running_simulator
from tests.fakes.clock import FakeClock
from tests.unit.simulator.helpers import STREAMER, Asker, Parsed, close_code, frame, frame_of


async def test_welcome(asker: Asker) -> None:
    socket = await asker.session.ws_connect(asker.sim.eventsub_url)
    welcome = await frame(socket)
    assert set(welcome["metadata"]) == {"message_id", "message_type", "message_timestamp"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", welcome["metadata"]["message_timestamp"])
    session = welcome["payload"]["session"]
    assert (session["status"], session["reconnect_url"]) == ("connected", None)
    await socket.close()


@pytest.mark.parametrize("asked,given", [("", 10), ("3", 10), ("45", 45), ("900", 600)])
async def test_keepalive_is_clamped(asked: str, given: int) -> None:
    async with running_simulator() as sim, ClientSession() as session:
        query = f"?keepalive_timeout_seconds={asked}" if asked else ""
        socket = await session.ws_connect(sim.eventsub_url + query)
        assert (await frame(socket))["payload"]["session"]["keepalive_timeout_seconds"] == given
        await socket.close()


async def test_notification_reaches_the_subscriber_in_the_documented_shape(asker: Asker) -> None:
    grant = asker.sim.login_twitch()
    socket, session_id = await asker.open()
    status, created = await asker.subscribe(grant, session_id)
    assert status == 202
    assert (created["data"][0]["status"], created["data"][0]["cost"], created["max_total_cost"]) == ("enabled", 0, 10)
    stream = await asker.sim.go_online(stream_id="4711")
    note = await frame_of(socket, "notification")
    assert note["metadata"]["subscription_type"] == "stream.online"
    assert note["metadata"]["subscription_version"] == "1"
    assert note["payload"]["subscription"]["id"] == created["data"][0]["id"]
    assert note["payload"]["subscription"]["transport"] == {"method": "websocket", "session_id": session_id}
    event = note["payload"]["event"]
    assert (event["id"], event["type"], event["broadcaster_user_id"]) == (stream.stream_id, "live", STREAMER)
    await asker.sim.resend()
    assert (await frame_of(socket, "notification"))["metadata"]["message_id"] == note["metadata"]["message_id"]
    await asker.sim.go_offline()
    await socket.close()


async def test_keepalives_come_and_can_fall_silent(asker: Asker) -> None:
    socket, session_id = await asker.open()
    await asker.subscribe(asker.sim.login_twitch(), session_id)
    assert (await frame(socket))["payload"] == {}
    await asker.sim.fault("keepalives_silent")
    with pytest.raises(TimeoutError):
        await socket.receive(0.6)
    await socket.close()


async def test_unused_socket_is_closed(asker: Asker) -> None:
    socket, _ = await asker.open()
    assert await close_code(socket) == 4003


async def test_client_that_speaks_is_closed(asker: Asker) -> None:
    socket, session_id = await asker.open()
    await asker.subscribe(asker.sim.login_twitch(), session_id)
    await socket.send_str("hello")
    assert await close_code(socket) == 4001


async def test_reconnect_moves_the_subscriptions(asker: Asker) -> None:
    grant = asker.sim.login_twitch()
    old, session_id = await asker.open()
    await asker.subscribe(grant, session_id)
    await asker.sim.fault("reconnect")
    offer = (await frame_of(old, "session_reconnect"))["payload"]["session"]
    assert (offer["status"], offer["keepalive_timeout_seconds"]) == ("reconnecting", None)
    new, new_id = await asker.open(offer["reconnect_url"])
    assert new_id != session_id
    await asker.sim.go_online()
    assert (await frame_of(new, "notification"))["payload"]["subscription"]["transport"]["session_id"] == new_id
    assert await close_code(old) == 4004
    _, listed = await asker.helix("GET", "/eventsub/subscriptions", grant)
    assert [entry["status"] for entry in listed["data"]] == ["enabled"]
    # The grace was longer than an unused socket may live: the moved subscriptions kept the new one open.
    assert len(asker.sim.hub.sessions) == 1
    await new.close()


async def test_reconnect_survives_the_early_death_of_the_old_socket(asker: Asker) -> None:
    old, session_id = await asker.open()
    await asker.subscribe(asker.sim.login_twitch(), session_id)
    await asker.sim.fault("reconnect", old_dies_early=True)
    url = (await frame_of(old, "session_reconnect"))["payload"]["session"]["reconnect_url"]
    assert await close_code(old) == 1006
    new, _ = await asker.open(url)
    assert await asker.sim.stage.go_online() is not None
    assert (await frame_of(new, "notification"))["metadata"]["subscription_type"] == "stream.online"
    await new.close()


async def test_reconnect_not_taken_ends_in_4004_and_its_url_in_4007(asker: Asker) -> None:
    grant = asker.sim.login_twitch()
    old, session_id = await asker.open()
    await asker.subscribe(grant, session_id)
    await asker.sim.fault("reconnect")
    url = (await frame_of(old, "session_reconnect"))["payload"]["session"]["reconnect_url"]
    assert await close_code(old) == 4004
    _, listed = await asker.helix("GET", "/eventsub/subscriptions?type=stream.online", grant)
    assert listed["data"][0]["status"] == "websocket_failed_to_reconnect"
    late = await asker.session.ws_connect(url)
    assert await close_code(late) == 4007


async def test_revocation(asker: Asker) -> None:
    socket, session_id = await asker.open()
    await asker.subscribe(asker.sim.login_twitch(), session_id)
    assert (await asker.steer("faults", {"name": "revocation", "kind": "user_removed"}))[1] == {"hit": 1}
    revoked = await frame_of(socket, "revocation")
    assert revoked["payload"]["subscription"]["status"] == "user_removed"
    assert "event" not in revoked["payload"]
    assert await asker.sim.notify("stream.online", {"broadcaster_user_id": STREAMER}) == 0
    await socket.close()


async def test_close_code_on_demand_and_dropped_socket(asker: Asker) -> None:
    for fault, code in (({"name": "close", "code": 4005}, 4005), ({"name": "socket_dropped"}, 1006)):
        socket, session_id = await asker.open()
        await asker.subscribe(asker.sim.login_twitch(), session_id)
        await asker.steer("faults", fault)
        assert await close_code(socket) == code


@pytest.mark.parametrize("kind", ["broken_json", "missing_fields", "unknown_type", "binary", "wrong_types"])
async def test_malformed_frames(asker: Asker, kind: str) -> None:
    socket, session_id = await asker.open()
    await asker.subscribe(asker.sim.login_twitch(), session_id)
    await asker.sim.fault("malformed", target="socket", kind=kind)
    message = await socket.receive(5)
    assert message.type is (WSMsgType.BINARY if kind == "binary" else WSMsgType.TEXT)
    await socket.close()


async def test_what_create_refuses(asker: Asker) -> None:
    grant = asker.sim.login_twitch(scopes=["user:read:chat"])
    socket, session_id = await asker.open()

    async def refused(status: int, message: str, **changes: Parsed) -> None:
        body = {
            "type": "stream.online",
            "version": "1",
            "condition": {"broadcaster_user_id": STREAMER},
            "transport": {"method": "websocket", "session_id": session_id},
        }
        answer = await asker.helix("POST", "/eventsub/subscriptions", grant, json=body | changes)
        assert (answer[0], answer[1]["message"]) == (status, message)

    await refused(400, "invalid subscription type and version", version="9")
    await refused(410, "invalid subscription type and version", type="channel.follow", version="1")
    await refused(400, "invalid transport and auth combination", transport={"method": "webhook", "callback": "x"})
    await refused(400, "invalid condition", condition={})
    await refused(400, "invalid user in condition", condition={"broadcaster_user_id": "1"})
    await refused(
        400,
        "websocket transport session does not exist or has already disconnected",
        transport={"method": "websocket", "session_id": "gone"},
    )
    await refused(403, "subscription missing proper authorization", type="channel.cheer")
    both = {"to_broadcaster_user_id": STREAMER, "from_broadcaster_user_id": STREAMER}
    await refused(400, "invalid condition", type="channel.raid", condition=both)
    chat = {"broadcaster_user_id": STREAMER, "user_id": STREAMER}
    assert (await asker.subscribe(grant, session_id, "channel.chat.message", **chat))[0] == 202
    await refused(409, "subscription already exists", type="channel.chat.message", condition=chat)
    await socket.close()


async def test_limits_of_connections_users_and_cost(asker: Asker) -> None:
    grant = asker.sim.login_twitch()
    sockets = [await asker.open() for _ in range(4)]
    for _, session_id in sockets[:3]:
        assert (await asker.subscribe(grant, session_id))[0] == 202
    status, body = await asker.subscribe(grant, sockets[3][1], "stream.offline")
    assert (status, body["message"]) == (429, "number of websocket transports limit exceeded")
    stranger = asker.sim.login_twitch(user_id="900300")
    status, body = await asker.subscribe(stranger, sockets[0][1])
    assert (status, body["message"]) == (
        400,
        "websocket transport cannot have subscriptions created by different users",
    )
    status, body = await asker.subscribe(grant, sockets[0][1], broadcaster_user_id="900200")
    assert (status, body["data"][0]["cost"]) == (202, 1)
    for socket, _ in sockets:
        await socket.close()


async def test_orphans_answer_409_until_noticed(asker: Asker, clock: FakeClock) -> None:
    grant = asker.sim.login_twitch()
    await asker.sim.fault("orphans", seconds=20)
    first, session_id = await asker.open()
    await asker.subscribe(grant, session_id)
    await asker.sim.fault("socket_dropped")
    assert await close_code(first) == 1006
    asker.sim.clear_faults()
    second, session_id = await asker.open()
    assert (await asker.subscribe(grant, session_id))[0] == 409
    clock.advance(20)
    assert (await asker.subscribe(grant, session_id))[0] == 202
    await second.close()


async def test_orphan_can_be_deleted(asker: Asker) -> None:
    grant = asker.sim.login_twitch()
    await asker.sim.fault("orphans")
    first, session_id = await asker.open()
    _, created = await asker.subscribe(grant, session_id)
    await first.close()
    second, session_id = await asker.open()
    assert (await asker.subscribe(grant, session_id))[0] == 409
    path = f"/eventsub/subscriptions?id={created['data'][0]['id']}"
    assert (await asker.helix("DELETE", path, grant))[0] == 204
    assert (await asker.helix("DELETE", path, grant))[0] == 404
    assert (await asker.subscribe(grant, session_id))[0] == 202
    await second.close()


async def test_list_takes_one_filter(asker: Asker) -> None:
    grant = asker.sim.login_twitch()
    status, _ = await asker.helix("GET", "/eventsub/subscriptions?type=stream.online&status=enabled", grant)
    assert status == 400
    _, body = await asker.helix("GET", "/eventsub/subscriptions", grant)
    assert body == {"data": [], "total": 0, "total_cost": 0, "max_total_cost": 10, "pagination": {}}
