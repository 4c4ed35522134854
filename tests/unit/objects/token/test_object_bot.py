"""The streamer's login and the one that speaks in chat, in one database and one keyring."""

from __future__ import annotations

import logging
from pathlib import Path

from companion.kernel.redacted import Scrubber
from companion.kernel.result import expect_ok
from companion.objects.token.object import TokenObject, TokenTools
from companion.objects.twitch_bot_token.object import TwitchBotToken
from companion.objects.twitch_token.object import TwitchToken
from tests.fakes.authorization import SCOPES, FakeAuthorization
from tests.fakes.clock import FakeClock
from tests.fakes.runtime import Rig, Rigs
from tests.fakes.vault import FakeVault


def made(kind: type[TokenObject], rig: Rig, server: FakeAuthorization, vault: FakeVault) -> TokenObject:
    token = kind(
        runtime=rig.runtime,
        tools=TokenTools(
            server=server,
            vault=vault,
            supervisor=rig.supervisor,
            scrubber=Scrubber(),
            logger=logging.getLogger("companion.test"),
            needed_scopes=SCOPES,
            on_change=lambda: None,
        ),
    )
    assert token.start() is None
    return token


async def test_two_logins_with_twitch_keep_apart_over_a_restart(tmp_path: Path, clock: FakeClock) -> None:
    server, vault = FakeAuthorization(clock, rotates=True), FakeVault()
    rigs = Rigs(tmp_path / "companion.db", clock)

    def make(rig: Rig, kind: type[TokenObject]) -> TokenObject:
        return made(kind, rig, server, vault)

    rig = rigs()
    streamer, bot = make(rig, TwitchToken), make(rig, TwitchBotToken)
    rig.start()
    first, second = server.sign_in(), server.sign_in()
    expect_ok(await streamer.set_tokens(first))
    assert bot.status().phase == "not_configured"
    expect_ok(await bot.set_tokens(second))
    assert set(vault.items) == {
        "twitch-refresh-token",
        "twitch-access-token",
        "twitch-bot-refresh-token",
        "twitch-bot-access-token",
    }
    await rig.crash()

    rig = rigs()
    streamer, bot = make(rig, TwitchToken), make(rig, TwitchBotToken)
    rig.start()
    tokens = [expect_ok(await login.get_valid_token()).value.reveal() for login in (streamer, bot)]
    assert tokens == [grant.grant.access_token.reveal() for grant in (first, second)]
    expect_ok(await bot.sign_out())
    assert set(vault.items) == {"twitch-refresh-token", "twitch-access-token"}
    assert streamer.status().phase == "authorized"
    await rigs.close()
