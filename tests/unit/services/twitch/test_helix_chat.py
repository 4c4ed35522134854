"""What goes over the wire for chat messages and shout-outs, and what is made of the answers."""

from __future__ import annotations

import json
import logging
from datetime import timedelta

import httpx
import pytest

from companion.kernel.result import Err, Ok, expect_ok
from companion.ports.chat import ChatDropped, Sent
from companion.ports.failures import (
    Forbidden,
    MalformedAnswer,
    NetworkDown,
    NoAccess,
    NotConfigured,
    ProviderUnavailable,
    RateLimited,
    Refused,
)
from companion.services.twitch.client import HelixClient
from companion.services.twitch.helix_chat import TwitchChat, TwitchShoutouts
from tests.fakes.clock import START, FakeClock
from tests.unit.services.twitch.wire import Server

LOGGER = logging.getLogger("companion.test")
SENT = httpx.Response(200, json={"data": [{"message_id": "m1", "is_sent": True, "drop_reason": None}]})


@pytest.fixture
def chat(helix: HelixClient) -> TwitchChat:
    return TwitchChat(client=helix, broadcaster_id=lambda: "1", sender_id=lambda: "5", logger=LOGGER)


@pytest.fixture
def shoutouts(helix: HelixClient, clock: FakeClock) -> TwitchShoutouts:
    return TwitchShoutouts(client=helix, broadcaster_id=lambda: "1", clock=clock)


async def test_a_line_is_stamped_by_twitchs_clock(chat: TwitchChat, server: Server, clock: FakeClock) -> None:
    clock.jump(660)  # this machine's is 11 minutes fast
    server.answers = [httpx.Response(200, headers={"Date": "Thu, 01 Jan 2026 00:00:07 GMT"}, json=SENT.json())]
    sent = expect_ok(await chat.send_message("Hello"))
    assert sent.sent_at == START + timedelta(seconds=8)  # the header is cut to whole seconds


async def test_a_proxys_date_is_not_twitchs(helix: HelixClient, server: Server) -> None:
    server.answers = [httpx.Response(200, headers={"Date": "Thu, 01 Jan 2032 00:00:07 GMT"}, text="sign in")]
    assert isinstance(await helix.call("GET", "/users"), Err)
    assert helix.twitch_time.now() == START


async def test_sending(chat: TwitchChat, server: Server) -> None:
    server.answers = [SENT]
    assert await chat.send_message("Hello") == Ok(Sent("m1", START))
    assert server.asked[0].url.path == "/helix/chat/messages"
    assert json.loads(server.asked[0].content) == {"broadcaster_id": "1", "sender_id": "5", "message": "Hello"}
    assert chat.sender_id() == "5"


async def test_replying(chat: TwitchChat, server: Server) -> None:
    server.answers = [SENT]
    await chat.send_message("Hello", reply_to="m0")
    assert json.loads(server.asked[0].content)["reply_parent_message_id"] == "m0"


async def test_an_answer_without_the_key_for_drops(chat: TwitchChat, server: Server) -> None:
    server.answers = [httpx.Response(200, json={"data": [{"message_id": "m1", "is_sent": True}]})]
    assert await chat.send_message("Hello") == Ok(Sent("m1", START))


async def test_dropped_although_the_answer_is_200(chat: TwitchChat, server: Server) -> None:
    reason = {"code": "msg_rejected", "message": "Your message is being checked by mods and has not been sent."}
    server.answers = [
        httpx.Response(200, json={"data": [{"message_id": "", "is_sent": False, "drop_reason": reason}]}),
        httpx.Response(200, json={"data": [{"message_id": "", "is_sent": False, "drop_reason": None}]}),
    ]
    assert await chat.send_message("Hello") == Err(ChatDropped(reason["message"]))
    assert await chat.send_message("Hello") == Err(ChatDropped(""))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(403, json={"message": "banned"}), Forbidden("banned")),
        (httpx.Response(422, json={"message": "too large"}), Refused(422, "too large")),
        (httpx.Response(500, json={}), ProviderUnavailable(500, "Twitch has trouble")),
        (httpx.ReadError("gone"), NetworkDown("ReadError")),
        (httpx.Response(200, json={"data": []}), MalformedAnswer("helix POST /chat/messages: no message")),
        (
            httpx.Response(200, json={"data": [{"message_id": "", "is_sent": True}]}),
            MalformedAnswer("helix POST /chat/messages: sent without an id"),
        ),
    ],
)
async def test_every_other_answer_is_told_and_nothing_goes_out_twice(
    chat: TwitchChat, server: Server, answer: httpx.Response | Exception, error: object
) -> None:
    server.answers = [answer]
    assert await chat.send_message("Hello") == Err(error)
    assert len(server.asked) == 1


@pytest.mark.parametrize(("broadcaster", "sender"), [(None, "5"), ("1", None)])
async def test_nobody_to_speak_or_nowhere_to(
    helix: HelixClient, server: Server, broadcaster: str | None, sender: str | None
) -> None:
    chat = TwitchChat(client=helix, broadcaster_id=lambda: broadcaster, sender_id=lambda: sender, logger=LOGGER)
    assert await chat.send_message("Hello") == Err(NoAccess(NotConfigured()))
    assert server.asked == []


async def test_a_shout_out(shoutouts: TwitchShoutouts, server: Server) -> None:
    server.answers = [httpx.Response(204)]
    assert await shoutouts.shout_out("77") == Ok(None)
    assert dict(server.asked[0].url.params) == {
        "from_broadcaster_id": "1",
        "to_broadcaster_id": "77",
        "moderator_id": "1",
    }


async def test_a_shout_out_off_air(shoutouts: TwitchShoutouts, server: Server) -> None:
    server.answers = [httpx.Response(400, json={"message": "The broadcaster is not streaming live."})]
    assert await shoutouts.shout_out("77") == Err(Refused(400, "The broadcaster is not streaming live."))


async def test_a_shout_out_too_early_waits_two_minutes_at_least(shoutouts: TwitchShoutouts, server: Server) -> None:
    server.answers = [httpx.Response(429, json={"message": "cooldown"}, headers={"Ratelimit-Remaining": "700"})]
    assert await shoutouts.shout_out("77") == Err(RateLimited(START + timedelta(minutes=2)))


async def test_nobody_to_shout_out_for(helix: HelixClient, server: Server, clock: FakeClock) -> None:
    shoutouts = TwitchShoutouts(client=helix, broadcaster_id=lambda: None, clock=clock)
    assert await shoutouts.shout_out("77") == Err(NoAccess(NotConfigured()))
    assert server.asked == []
