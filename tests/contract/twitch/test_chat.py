"""`ChatApi` and `ShoutoutApi`: promises kept by the fakes and by the real adapters, and the voice over both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

import pytest

from companion.chat.voice import Voice
from companion.kernel.instant import SystemClock
from companion.kernel.result import Err, Ok, expect_ok
from companion.kernel.tasks import TaskSupervisor
from companion.ports.chat import ChatApi, ChatDropped
from companion.ports.failures import Forbidden, NetworkDown, RateLimited, Refused
from companion.ports.twitch import ChatMessage
from companion.services.http import HttpCaller
from companion.services.twitch.client import HelixClient
from companion.services.twitch.eventsub import EventSubClient
from companion.services.twitch.helix_chat import TwitchChat, TwitchShoutouts
from companion.services.twitch.subscriptions import subscriptions_for
from companion.simulator.testing import PUBLIC_CLIENT_ID, RunningSimulator
from tests.contract.twitch.clients import LOGGER, eventsub_client, twitch_service
from tests.contract.twitch.steering import order
from tests.fakes.chat import FakeChat
from tests.fakes.twitch import STREAMER, FakeReceiver, FakeTokenSource, LoopTimer

CLOCK = SystemClock()
SCOPES = ["user:read:chat", "user:write:chat", "moderator:manage:shoutouts"]
MESSAGES = "/twitch/helix/chat/messages"
BOT = "900400"
DROPPED = "Your message is being checked by mods and has not been sent."


class Room(Protocol):
    @property
    def api(self) -> ChatApi: ...

    async def drop_the_next(self) -> None: ...

    async def lose_the_answer(self) -> None: ...

    async def ban(self) -> None: ...

    def lines(self) -> Sequence[str]: ...


@dataclass
class InMemory:
    api: FakeChat

    async def drop_the_next(self) -> None:
        self.api.answers.append(ChatDropped(DROPPED))

    async def lose_the_answer(self) -> None:
        self.api.answers.append("lost")

    async def ban(self) -> None:
        self.api.answers.append(Forbidden("banned"))

    def lines(self) -> Sequence[str]:
        return [line.text for line in self.api.lines]


@dataclass
class Simulated:
    sim: RunningSimulator
    api: TwitchChat

    async def drop_the_next(self) -> None:
        await self.sim.fault("chat_drop")

    async def lose_the_answer(self) -> None:
        await self.sim.fault("answer_lost", path=MESSAGES, when="after")

    async def ban(self) -> None:
        await order(self.sim, "ban", viewer={"login": "harborbot"})

    def lines(self) -> Sequence[str]:
        return [str(entry["text"]) for entry in self.sim.ledger.find(["chat_shown"])]


@pytest.fixture
def tokens(sim: RunningSimulator) -> FakeTokenSource:
    return FakeTokenSource(sim.login_twitch(scopes=SCOPES).access_token, client_id=PUBLIC_CLIENT_ID, scopes=SCOPES)


@pytest.fixture
def client(sim: RunningSimulator, http: HttpCaller, tokens: FakeTokenSource) -> HelixClient:
    return HelixClient(http=http, helix_url=sim.helix_url, tokens=tokens, clock=CLOCK, logger=LOGGER)


@pytest.fixture
def chat(client: HelixClient) -> TwitchChat:
    return TwitchChat(
        client=client,
        broadcaster_id=lambda: STREAMER.user_id,
        sender_id=lambda: STREAMER.user_id,
        logger=LOGGER,
    )


@pytest.fixture
def bot_chat(sim: RunningSimulator, http: HttpCaller) -> TwitchChat:
    login = sim.login_twitch(scopes=["user:write:chat"], user_id=BOT)
    tokens = FakeTokenSource(login.access_token, client_id=PUBLIC_CLIENT_ID)
    return TwitchChat(
        client=HelixClient(http=http, helix_url=sim.helix_url, tokens=tokens, clock=CLOCK, logger=LOGGER),
        broadcaster_id=lambda: STREAMER.user_id,
        sender_id=lambda: BOT,
        logger=LOGGER,
    )


@pytest.fixture(params=["fake", "simulated"])
def room(request: pytest.FixtureRequest) -> Room:
    if request.param == "fake":
        return InMemory(FakeChat(CLOCK))
    return Simulated(request.getfixturevalue("sim"), request.getfixturevalue("bot_chat"))


async def test_a_line_is_sent_and_answered_to(room: Room) -> None:
    first = expect_ok(await room.api.send_message("Hello"))
    second = expect_ok(await room.api.send_message("Hello to you", reply_to=first.message_id))
    assert first.message_id and second.message_id and first.message_id != second.message_id
    assert room.lines() == ["Hello", "Hello to you"]


async def test_dropped_although_the_answer_is_200(room: Room) -> None:
    await room.drop_the_next()
    assert await room.api.send_message("Hello") == Err(ChatDropped(DROPPED))
    assert room.lines() == []
    expect_ok(await room.api.send_message("Hello"))


async def test_a_lost_answer_leaves_a_line(room: Room) -> None:
    await room.lose_the_answer()
    lost = await room.api.send_message("Hello")
    assert isinstance(lost, Err) and isinstance(lost.error, NetworkDown)
    assert room.lines() == ["Hello"]


async def test_banned(room: Room) -> None:
    await room.ban()
    refused = await room.api.send_message("Hello")
    assert isinstance(refused, Err) and isinstance(refused.error, Forbidden)
    assert room.lines() == []


async def test_without_the_permission(sim: RunningSimulator, chat: TwitchChat, tokens: FakeTokenSource) -> None:
    tokens.token = sim.login_twitch(scopes=["user:read:chat"]).access_token
    assert await chat.send_message("Hello") == Err(Forbidden("Missing scope: user:write:chat"))


async def test_501_code_points_are_too_many_for_twitch(chat: TwitchChat) -> None:
    expect_ok(await chat.send_message("\N{PARTY POPPER}" * 500))
    refused = await chat.send_message("\N{PARTY POPPER}" * 501)
    assert isinstance(refused, Err) and isinstance(refused.error, Refused) and refused.error.status == 422


async def test_shout_outs(sim: RunningSimulator, client: HelixClient) -> None:
    shoutouts = TwitchShoutouts(client=client, broadcaster_id=lambda: STREAMER.user_id, clock=CLOCK)
    off_air = await shoutouts.shout_out("900300")
    assert isinstance(off_air, Err) and isinstance(off_air.error, Refused)
    await sim.go_online(viewers=5)
    assert await shoutouts.shout_out("900300") == Ok(None)
    refused = await shoutouts.shout_out("900200")
    assert isinstance(refused, Err) and isinstance(refused.error, RateLimited)
    assert (refused.error.retry_at - CLOCK.now()).total_seconds() > 110
    assert [entry["to_id"] for entry in sim.ledger.find(["shoutout"])] == ["900300"]


# ---- the voice, hearing its own lines over EventSub


class Listener(FakeReceiver):
    """Passes every chat message to the voice, as the application does."""

    voice: Voice

    def __init__(self) -> None:
        super().__init__()
        self.own: dict[str, bool] = {}

    async def on_notifications(self, notifications: Sequence[object]) -> None:
        for message in notifications:
            if isinstance(message, ChatMessage):
                self.own[message.text] = await self.voice.is_own(message)
        await self._take()


@dataclass
class Stage:
    voice: Voice
    listener: Listener
    sim: RunningSimulator


def listening(
    sim: RunningSimulator, http: HttpCaller, tokens: FakeTokenSource, supervisor: TaskSupervisor, listener: Listener
) -> EventSubClient:
    service = twitch_service(sim, http, tokens)
    return eventsub_client(sim, service, listener, supervisor, subscriptions_for(tokens.scopes))


@asynccontextmanager
async def on_air(
    sim: RunningSimulator, http: HttpCaller, tokens: FakeTokenSource, api: ChatApi, *, privileged: bool = True
) -> AsyncIterator[Stage]:
    supervisor = TaskSupervisor(LOGGER)
    listener = Listener()
    listener.voice = voice = Voice(
        api=api,
        privileged=lambda: privileged,
        why_silent=lambda: None,
        supervisor=supervisor,
        timer=LoopTimer(),
        clock=CLOCK,
        logger=LOGGER,
    )
    eventsub = listening(sim, http, tokens, supervisor, listener)
    eventsub.start()
    eventsub.set_enabled(True)
    await listener.wait_until(lambda: bool(listener.gaps))
    try:
        yield Stage(voice, listener, sim)
    finally:
        await voice.stop(1)
        await eventsub.stop(1)
        supervisor.close()
        await supervisor.drain(1)


async def test_what_we_say_is_ours_and_what_the_streamer_types_is_not(
    sim: RunningSimulator, http: HttpCaller, tokens: FakeTokenSource, chat: TwitchChat
) -> None:
    async with on_air(sim, http, tokens, chat) as stage:
        await asyncio.gather(
            stage.voice.say("No song plays."),
            order(sim, "chat", viewer={"login": STREAMER.login}, text="!skip"),
            stage.voice.say("!so is a command"),
        )
        own = stage.listener.own
        await stage.listener.wait_until(lambda: len(own) == 3)
        assert own == {"No song plays.": True, "!skip": False, "› !so is a command": True}


async def test_a_lost_answer_is_found_over_eventsub(
    sim: RunningSimulator, http: HttpCaller, tokens: FakeTokenSource, chat: TwitchChat
) -> None:
    async with on_air(sim, http, tokens, chat) as stage:
        await sim.fault("answer_lost", path=MESSAGES, when="after")
        said = expect_ok(await stage.voice.say("Hello"))
        (shown,) = sim.ledger.find(["chat_shown"])
        assert said.message_id == shown["message_id"]


async def test_a_bot_keeps_its_limit_and_repeats_itself_unnoticed(
    sim: RunningSimulator, http: HttpCaller, tokens: FakeTokenSource, bot_chat: TwitchChat
) -> None:
    async with on_air(sim, http, tokens, bot_chat, privileged=False) as stage:
        said = await asyncio.gather(*(stage.voice.say("No song plays just now.", patience=1) for _ in range(25)))
    assert sum(isinstance(one, Ok) for one in said) == 18
    assert sim.ledger.find(["chat_dropped"]) == []
