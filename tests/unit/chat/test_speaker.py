from __future__ import annotations

from dataclasses import replace

import pytest

from companion.chat.speaker import Speaker
from companion.kernel.result import Err, expect_ok
from companion.ports.failures import Forbidden
from companion.ports.tokens import TokenStatus
from companion.ports.viewers import Role, Viewer
from tests.fakes.chat import STREAMER, FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.twitch import FakeTokenSource

BOT = Viewer("900400", "harborbot", "HarborBot")
WRITE = "user:write:chat"


class WithheldLogin(FakeTokenSource):
    def status(self) -> TokenStatus:
        return replace(super().status(), withheld=True)


class Rig:
    def __init__(self, clock: FakeClock) -> None:
        self.streamer = FakeChat(clock)
        self.bot = FakeChat(clock, sender=BOT)
        self.streamer_login = FakeTokenSource(scopes={WRITE})
        self.bot_login = FakeTokenSource(scopes={WRITE})
        self.roles: dict[str, Role] = {}
        self.speaker = self.make()

    def make(self) -> Speaker:
        return Speaker(
            streamer=self.streamer,
            streamer_login=self.streamer_login,
            bot=self.bot,
            bot_login=self.bot_login,
            role_of=lambda user_id: self.roles.get(user_id, "everyone"),
        )


@pytest.fixture
def rig(clock: FakeClock) -> Rig:
    return Rig(clock)


async def test_the_bot_speaks_where_it_can(rig: Rig) -> None:
    expect_ok(await rig.speaker.send_message("Hello"))
    assert rig.speaker.sender_id() == BOT.user_id
    assert ([line.text for line in rig.bot.lines], rig.streamer.lines) == (["Hello"], [])


@pytest.mark.parametrize("why", ["not signed in", "no permission", "no account", "withheld"])
async def test_without_a_bot_that_can_the_streamer_speaks(rig: Rig, why: str) -> None:
    match why:
        case "not signed in":
            rig.bot_login.token = None
        case "no permission":
            rig.bot_login.scopes = frozenset()
        case "no account":
            rig.bot.sender = None
        case _:
            rig.bot_login = WithheldLogin(scopes={WRITE})
            rig.speaker = rig.make()
    expect_ok(await rig.speaker.send_message("Hello"))
    assert rig.speaker.sender_id() == STREAMER.user_id
    assert [line.text for line in rig.streamer.lines] == ["Hello"]


async def test_a_line_that_the_bot_may_not_say_is_not_said_by_another(rig: Rig) -> None:
    rig.bot.answers.append(Forbidden("banned"))
    assert await rig.speaker.send_message("Hello") == Err(Forbidden("banned"))
    assert rig.streamer.calls == []


@pytest.mark.parametrize(
    ("role", "privileged"),
    [("everyone", False), ("subscriber", False), ("vip", True), ("moderator", True)],
)
def test_a_bot_is_privileged_by_its_badge(rig: Rig, role: Role, privileged: bool) -> None:
    rig.roles[BOT.user_id] = role
    assert rig.speaker.privileged() is privileged


def test_the_streamer_is_privileged_at_home(rig: Rig) -> None:
    rig.bot_login.token = None
    assert rig.speaker.privileged()
    rig.streamer.sender = None
    assert not rig.speaker.privileged()


def test_why_nobody_speaks(rig: Rig) -> None:
    assert rig.speaker.why_silent() is None
    rig.streamer_login.scopes = frozenset()
    assert rig.speaker.why_silent() is None, "the bot's own permission is enough"
    rig.bot_login.token = None
    assert rig.speaker.why_silent() == "Chat is silent until Twitch is given the permission to write there."
    rig.streamer_login.token = None
    assert rig.speaker.why_silent() == "Chat is silent until you are signed in to Twitch."


def test_a_bot_alone_has_no_chat_to_speak_in(rig: Rig) -> None:
    rig.streamer.sender = None
    assert rig.speaker.why_silent() == "Chat is silent until you are signed in to Twitch."
