from __future__ import annotations

from collections import Counter

import pytest
from aiohttp import ClientWebSocketResponse

from tests.unit.simulator.helpers import STREAMER, Asker, Parsed, frame_of

SCOPES = ["bits:read", "channel:read:subscriptions", "moderator:read:followers", "user:read:chat"]
CONDITIONS = {
    "channel.raid": {"to_broadcaster_user_id": STREAMER},
    "channel.follow": {"broadcaster_user_id": STREAMER, "moderator_user_id": STREAMER},
    "channel.chat.message": {"broadcaster_user_id": STREAMER, "user_id": STREAMER},
}
ANN = {"login": "ann_of_the_moor", "name": "Ann\u200fOfTheMoor"}
HERE = {
    "broadcaster_user_id": STREAMER,
    "broadcaster_user_login": "lanternharbor",
    "broadcaster_user_name": "LanternHarbor",
}


async def listen(asker: Asker, *kinds: str) -> ClientWebSocketResponse:
    socket, session_id = await asker.open()
    grant = asker.sim.login_twitch(scopes=SCOPES)
    for kind in kinds:
        condition = CONDITIONS.get(kind, {"broadcaster_user_id": STREAMER})
        assert (await asker.subscribe(grant, session_id, kind, **condition))[0] == 202
    return socket


async def event(socket: ClientWebSocketResponse) -> tuple[str, Parsed]:
    message = await frame_of(socket, "notification")
    return message["metadata"]["subscription_type"], message["payload"]["event"]


async def test_raid(asker: Asker) -> None:
    socket = await listen(asker, "channel.raid")
    assert (await asker.steer("raid", {"viewer": ANN, "viewers": 7}))[1] == {"told": 1}
    _, raid = await event(socket)
    assert (raid["from_broadcaster_user_login"], raid["to_broadcaster_user_id"], raid["viewers"]) == (
        ANN["login"],
        STREAMER,
        7,
    )


async def test_follow(asker: Asker) -> None:
    socket = await listen(asker, "channel.follow")
    await asker.steer("follow", {"viewer": ANN})
    _, follow = await event(socket)
    assert follow["user_name"] == ANN["name"]
    assert follow["followed_at"].endswith("Z")
    assert HERE.items() <= follow.items()


async def test_subscription_new_and_shared(asker: Asker) -> None:
    socket = await listen(asker, "channel.subscribe", "channel.subscription.message")
    await asker.steer("subscribe", {"viewer": ANN, "tier": "2000"})
    kind, new = await event(socket)
    assert (kind, new["tier"], new["is_gift"]) == ("channel.subscribe", "2000", False)
    await asker.steer("resubscribe", {"viewer": ANN, "months": 15, "streak": 3, "text": "again"})
    kind, shared = await event(socket)
    assert (kind, shared["cumulative_months"], shared["streak_months"]) == ("channel.subscription.message", 15, 3)
    assert shared["message"] == {"text": "again", "emotes": []}


async def test_gift_bomb_is_one_gift_and_its_subscriptions_in_any_order(asker: Asker) -> None:
    socket = await listen(asker, "channel.subscribe", "channel.subscription.gift")
    places = set()
    for _ in range(8):
        assert (await asker.steer("gift", {"viewer": ANN, "total": 4, "cumulative_total": 9}))[1] == {"told": 5}
        events = [await event(socket) for _ in range(5)]
        kinds = [kind for kind, _ in events]
        assert Counter(kinds) == {"channel.subscribe": 4, "channel.subscription.gift": 1}
        places.add(kinds.index("channel.subscription.gift"))
        assert all(body["is_gift"] for kind, body in events if kind == "channel.subscribe")
    assert len(places) > 1


@pytest.mark.parametrize("viewer", [ANN, None])
async def test_gift_named_or_anonymous(asker: Asker, viewer: Parsed) -> None:
    socket = await listen(asker, "channel.subscription.gift")
    await asker.steer("gift", {"viewer": viewer, "total": 1, "cumulative_total": 9})
    _, gift = await event(socket)
    expected = (False, ANN["login"], 9) if viewer else (True, None, None)
    assert (gift["is_anonymous"], gift["user_login"], gift["cumulative_total"]) == expected


async def test_cheer_comes_as_event_and_as_chat_line(asker: Asker) -> None:
    socket = await listen(asker, "channel.cheer", "channel.bits.use", "channel.chat.message")
    await asker.steer("cheer", {"viewer": ANN, "bits": 1500, "text": "hi"})
    events = dict([await event(socket) for _ in range(3)])
    assert events["channel.cheer"]["bits"] == events["channel.bits.use"]["bits"] == 1500
    line = events["channel.chat.message"]
    assert (line["cheer"], line["message"]["text"]) == ({"bits": 1500}, "cheer1500 hi")
    assert line["message"]["fragments"][0]["cheermote"] == {"prefix": "cheer", "bits": 1500, "tier": 1000}


async def test_anonymous_cheer(asker: Asker) -> None:
    socket = await listen(asker, "channel.cheer")
    await asker.steer("cheer", {"viewer": None, "bits": 5, "text": ""})
    _, cheer = await event(socket)
    assert (cheer["is_anonymous"], cheer["user_id"], cheer["message"]) == (True, None, "cheer5")


async def test_chat_of_any_viewer(asker: Asker) -> None:
    socket = await listen(asker, "channel.chat.message")
    roles = ["moderator", "subscriber"]
    await asker.steer("chat", {"viewer": {**ANN, "roles": roles}, "text": "!skip"})
    _, line = await event(socket)
    assert [badge["set_id"] for badge in line["badges"]] == roles
    assert line["chatter_user_name"] == ANN["name"]
    assert (line["source_broadcaster_user_id"], "is_source_only" in line) == (None, False)
    await asker.steer("chat", {"viewer": {"login": ANN["login"], "name": "ANN_OF_THE_MOOR"}, "text": "again"})
    _, second = await event(socket)
    assert (second["chatter_user_id"], second["chatter_user_name"]) == (line["chatter_user_id"], "ANN_OF_THE_MOOR")
    assert [badge["set_id"] for badge in second["badges"]] == roles


async def test_line_from_a_shared_chat(asker: Asker) -> None:
    socket = await listen(asker, "channel.chat.message")
    await asker.steer("chat", {"viewer": {**ANN, "roles": ["vip"]}, "text": "!song", "source": "mossybellows"})
    _, line = await event(socket)
    assert line["source_broadcaster_user_login"] == "mossybellows"
    assert line["source_message_id"] not in (None, line["message_id"])
    assert ([badge["set_id"] for badge in line["source_badges"]], line["badges"]) == (["vip"], [])
    assert line["is_source_only"] is False


async def test_flood_keeps_its_count(asker: Asker) -> None:
    socket = await listen(asker, "channel.chat.message")
    assert (await asker.steer("chat/flood", {"count": 40, "texts": ["a", "!song"], "viewers": 3}))[1] == {"shown": 40}
    texts = [(await event(socket))[1]["message"]["text"] for _ in range(40)]
    assert texts == ["a", "!song"] * 20


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("chat", {"viewer": {"login": "Not A Login"}, "text": "x"}),
        ("chat", {"text": ""}),
        ("chat", {"text": "x", "reply_to": "nothing"}),
        ("gift", {"total": 0}),
        ("raid", {"viewers": -1}),
        ("redemptions", {"reward": "nothing"}),
        ("redemptions/settle", {"id": "nothing", "status": "FULFILLED"}),
        ("roles", {"viewer": {"login": "ann"}, "roles": ["wizard"]}),
    ],
)
async def test_wrong_orders_are_refused(asker: Asker, path: str, body: Parsed) -> None:
    assert (await asker.steer(path, body))[0] == 400
