from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import ClientSession

from companion.simulator.grants import TokenGrant
from companion.simulator.testing import PUBLIC_CLIENT_ID, RunningSimulator, running_simulator
from tests.fakes.clock import FakeClock
from tests.unit.simulator.helpers import STREAMER, Asker, Parsed, frame_of

BOT = "900400"
SCOPES = ["user:write:chat", "user:read:chat"]


@pytest.fixture
def grant(sim: RunningSimulator) -> TokenGrant:
    return sim.login_twitch(scopes=SCOPES)


async def send(
    asker: Asker, grant: TokenGrant, text: str, sender: str = STREAMER, **extra: Parsed
) -> tuple[int, Parsed]:
    body = {"broadcaster_id": STREAMER, "sender_id": sender, "message": text, **extra}
    return await asker.helix("POST", "/chat/messages", grant, json=body)


async def said(asker: Asker, grant: TokenGrant, text: str, sender: str = STREAMER, **extra: Parsed) -> Parsed:
    status, answer = await send(asker, grant, text, sender, **extra)
    assert status == 200, answer
    return answer["data"][0]


def shown(sim: RunningSimulator) -> list[object]:
    return [entry["text"] for entry in sim.ledger.find(["chat_shown"])]


async def test_line_is_shown_and_told_to_its_own_sender_too(asker: Asker, grant: TokenGrant) -> None:
    socket, session_id = await asker.open()
    await asker.subscribe(grant, session_id, "channel.chat.message", broadcaster_user_id=STREAMER, user_id=STREAMER)
    sent = await said(asker, grant, "Hi Kappa @mossybellows")
    assert (sent["is_sent"], sent["drop_reason"]) == (True, None)
    event = (await frame_of(socket, "notification"))["payload"]["event"]
    assert (event["message_id"], event["chatter_user_id"]) == (sent["message_id"], STREAMER)
    assert event["badges"][0]["set_id"] == "broadcaster"
    assert [part["type"] for part in event["message"]["fragments"]] == ["text", "emote", "text", "mention"]
    assert "".join(part["text"] for part in event["message"]["fragments"]) == "Hi Kappa @mossybellows"
    entry = asker.sim.ledger.find(["chat_shown"])[0]
    assert (entry["by"], entry["message_id"]) == (f"app:{PUBLIC_CLIENT_ID}", sent["message_id"])


async def test_bot_account_speaks_for_itself_only(asker: Asker, grant: TokenGrant) -> None:
    bot = asker.sim.login_twitch(scopes=SCOPES, user_id=BOT)
    assert (await said(asker, bot, "hello", BOT))["is_sent"]
    assert (await send(asker, bot, "hello"))[0] == 401
    assert (await send(asker, grant, "hello", BOT))[0] == 401
    assert (await send(asker, asker.sim.login_twitch(), "hello"))[0] == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"message": "x" * 501}, 422),
        ({"message": "😀" * 500}, 200),
        ({"message": " "}, 400),
        ({"message": None}, 400),
        ({"broadcaster_id": "900300"}, 200),
        ({"broadcaster_id": "123"}, 400),
        ({"reply_parent_message_id": "no-such-line"}, 400),
        ({"for_source_only": True}, 400),
    ],
)
async def test_what_helix_takes(asker: Asker, grant: TokenGrant, body: Parsed, status: int) -> None:
    whole = {"broadcaster_id": STREAMER, "sender_id": STREAMER, "message": "hi", **body}
    assert (await asker.helix("POST", "/chat/messages", grant, json=whole))[0] == status


async def test_reply_names_its_parent(asker: Asker, grant: TokenGrant) -> None:
    socket, session_id = await asker.open()
    _, asked = await asker.steer("chat", {"viewer": {"login": "rowanpike"}, "text": "!song"})
    await asker.subscribe(grant, session_id, "channel.chat.message", broadcaster_user_id=STREAMER, user_id=STREAMER)
    await said(asker, grant, "Copper Tides", reply_parent_message_id=asked["message_id"])
    reply = (await frame_of(socket, "notification"))["payload"]["event"]["reply"]
    assert (reply["parent_message_id"], reply["parent_message_body"]) == (asked["message_id"], "!song")
    assert reply["parent_user_login"] == "rowanpike"


@pytest.mark.parametrize(
    ("text", "shows"),
    [("/me waves", None), (".", None), (".foo", None), (".foo bar baz", "bar baz"), ("!song", "!song")],
)
async def test_commands_of_chat_itself(asker: Asker, grant: TokenGrant, text: str, shows: str | None) -> None:
    sent = await said(asker, grant, text)
    assert sent["is_sent"] == (shows is not None)
    assert shown(asker.sim) == ([shows] if shows is not None else [])


async def test_the_same_line_again_is_dropped_for_thirty_seconds(
    asker: Asker, grant: TokenGrant, clock: FakeClock
) -> None:
    assert (await said(asker, grant, "one"))["is_sent"]
    dropped = await said(asker, grant, "one")
    assert (dropped["is_sent"], dropped["message_id"]) == (False, "")
    assert dropped["drop_reason"]["code"] == "msg_duplicate"
    assert (await said(asker, grant, "two"))["is_sent"]
    assert (await said(asker, grant, "one"))["is_sent"]
    clock.advance(30)
    assert (await said(asker, grant, "one"))["is_sent"]
    assert [entry["code"] for entry in asker.sim.ledger.find(["chat_dropped"])] == ["msg_duplicate"]


@pytest.mark.parametrize(
    ("sender", "roles", "limit"), [(STREAMER, [], 100), (BOT, [], 20), (BOT, ["moderator"], 100), (BOT, ["vip"], 100)]
)
async def test_lines_in_thirty_seconds(
    asker: Asker, clock: FakeClock, sender: str, roles: list[str], limit: int
) -> None:
    grant = asker.sim.login_twitch(scopes=SCOPES, user_id=sender)
    await asker.steer("roles", {"viewer": {"login": "harborbot"}, "roles": roles})
    results = [await said(asker, grant, f"line {number}", sender) for number in range(limit + 1)]
    assert [sent["is_sent"] for sent in results] == [True] * limit + [False]
    assert results[-1]["drop_reason"]["code"] == "msg_ratelimit"
    clock.advance(30)
    assert (await said(asker, grant, "later", sender))["is_sent"]


async def test_banned_and_timed_out(asker: Asker, clock: FakeClock) -> None:
    bot = asker.sim.login_twitch(scopes=SCOPES, user_id=BOT)
    await asker.steer("ban", {"viewer": {"login": "harborbot"}, "seconds": 10})
    assert (await said(asker, bot, "a", BOT))["drop_reason"]["code"] == "user_timed_out"
    clock.advance(10)
    assert (await said(asker, bot, "a", BOT))["is_sent"]
    await asker.steer("ban", {"viewer": {"login": "harborbot"}})
    assert (await send(asker, bot, "b", BOT))[0] == 403
    await asker.steer("ban", {"viewer": {"login": "harborbot"}, "seconds": 0})
    assert (await said(asker, bot, "b", BOT))["is_sent"]


async def test_dropped_on_demand(asker: Asker, grant: TokenGrant) -> None:
    await asker.sim.fault("chat_drop", kind="channel_settings")
    assert (await said(asker, grant, "x"))["drop_reason"]["code"] == "channel_settings"
    assert (await said(asker, grant, "x"))["is_sent"]


async def test_own_line_may_be_seen_long_before_or_after_its_answer(asker: Asker, grant: TokenGrant) -> None:
    kind = "channel.chat.message"
    socket, session_id = await asker.open()
    await asker.subscribe(grant, session_id, kind, broadcaster_user_id=STREAMER, user_id=STREAMER)
    await asker.sim.fault("notification_late", subscription_type=kind, seconds=0.15)
    first = await said(asker, grant, "one")
    second = await said(asker, grant, "two")
    order = [(await frame_of(socket, "notification"))["payload"]["event"]["message_id"] for _ in range(2)]
    assert order == [second["message_id"], first["message_id"]]


async def test_lines_are_known_after_a_restart(tmp_path: Path, clock: FakeClock) -> None:
    async with running_simulator(tmp_path, clock=clock) as sim, ClientSession() as session:
        asker, grant = Asker(session, sim), sim.login_twitch(scopes=SCOPES)
        first = await said(asker, grant, "one")
    async with running_simulator(tmp_path, clock=clock) as sim, ClientSession() as session:
        asker = Asker(session, sim)
        assert (await said(asker, grant, "one"))["drop_reason"]["code"] == "msg_duplicate"
        assert (await said(asker, grant, "two", reply_parent_message_id=first["message_id"]))["is_sent"]


class TestShoutouts:
    @staticmethod
    async def give(asker: Asker, to: str, moderator: str = STREAMER, user: str = STREAMER) -> int:
        grant = asker.sim.login_twitch(scopes=["moderator:manage:shoutouts"], user_id=user)
        query = f"from_broadcaster_id={STREAMER}&to_broadcaster_id={to}&moderator_id={moderator}"
        return (await asker.helix("POST", f"/chat/shoutouts?{query}", grant))[0]

    async def test_two_minutes_and_sixty(self, asker: Asker, clock: FakeClock) -> None:
        await asker.sim.go_online()
        assert await self.give(asker, "900300") == 204
        assert await self.give(asker, "900200") == 429
        clock.advance(120)
        assert await self.give(asker, "900200") == 204
        clock.advance(120)
        assert await self.give(asker, "900300") == 429
        clock.advance(3600 - 240)
        assert await self.give(asker, "900300") == 204
        given = [entry["to_id"] for entry in asker.sim.ledger.find(["shoutout"])]
        assert given == ["900300", "900200", "900300"]

    async def test_refusals(self, asker: Asker) -> None:
        assert await self.give(asker, "900300") == 400
        await asker.sim.go_online(viewers=0)
        assert await self.give(asker, "900300") == 400
        asker.sim.set_viewers(5)
        assert await self.give(asker, STREAMER) == 400
        assert await self.give(asker, "123") == 400
        assert await self.give(asker, "900300", moderator=BOT) == 401
        assert await self.give(asker, "900300", moderator=BOT, user=BOT) == 403
        query = f"from_broadcaster_id={STREAMER}&to_broadcaster_id=900300&moderator_id={STREAMER}"
        assert (await asker.helix("POST", f"/chat/shoutouts?{query}", asker.sim.login_twitch()))[0] == 401
        assert asker.sim.ledger.find(["shoutout"]) == []

    async def test_moderator_may_and_it_is_told(self, asker: Asker) -> None:
        await asker.sim.go_online()
        await asker.steer("roles", {"viewer": {"login": "harborbot"}, "roles": ["moderator"]})
        socket, session_id = await asker.open()
        reader = asker.sim.login_twitch(scopes=["moderator:read:shoutouts"])
        condition = {"broadcaster_user_id": STREAMER, "moderator_user_id": STREAMER}
        await asker.subscribe(reader, session_id, "channel.shoutout.create", **condition)
        assert await self.give(asker, "900300", moderator=BOT, user=BOT) == 204
        event = (await frame_of(socket, "notification"))["payload"]["event"]
        assert event["to_broadcaster_user_login"] == "mossybellows"
