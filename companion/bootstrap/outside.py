"""The outside world as this run meets it: Helix, chat, rewards, Spotify."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from companion.bootstrap.foundation import Foundation, Surroundings
from companion.bootstrap.logins import Logins
from companion.bootstrap.options import Run
from companion.chat.speaker import Speaker
from companion.ports.tokens import TokenSource
from companion.ports.viewers import Role
from companion.services.spotify.player import SpotifyService
from companion.services.twitch.client import HelixClient
from companion.services.twitch.helix import TwitchService
from companion.services.twitch.helix_chat import TwitchChat, TwitchShoutouts
from companion.services.twitch.helix_rewards import TwitchRewards


@dataclass(frozen=True, slots=True)
class Outside:
    """The service objects: nothing else of Companion speaks to Twitch or Spotify."""

    helix: TwitchService
    rewards: TwitchRewards
    streamer_chat: TwitchChat
    bot_chat: TwitchChat
    shoutouts: TwitchShoutouts
    spotify: SpotifyService


def reach_out(run: Run, around: Surroundings, foundation: Foundation, logins: Logins) -> Outside:
    """Make them; nothing is sent."""
    clock, log = around.clock, logging.getLogger("companion.twitch")

    def client(tokens: TokenSource) -> HelixClient:
        return HelixClient(http=foundation.http, helix_url=run.addresses.helix, tokens=tokens, clock=clock, logger=log)

    streamer = client(logins.twitch)
    return Outside(
        helix=TwitchService(
            http=foundation.http,
            helix_url=run.addresses.helix,
            tokens=logins.twitch,
            broadcaster_id=logins.streamer_id,
            clock=clock,
            logger=log,
        ),
        rewards=TwitchRewards(client=streamer, broadcaster_id=logins.streamer_id, logger=log),
        streamer_chat=TwitchChat(
            client=streamer,
            broadcaster_id=logins.streamer_id,
            sender_id=logins.streamer_id,
            clock=clock,
            logger=log,
        ),
        bot_chat=TwitchChat(
            client=client(logins.bot),
            broadcaster_id=logins.streamer_id,
            sender_id=logins.bot_id,
            clock=clock,
            logger=log,
        ),
        shoutouts=TwitchShoutouts(client=streamer, broadcaster_id=logins.streamer_id, clock=clock),
        spotify=SpotifyService(
            http=foundation.http,
            api_url=run.addresses.spotify_api,
            tokens=logins.spotify,
            clock=clock,
            logger=logging.getLogger("companion.spotify"),
            short_link_url=run.addresses.spotify_links,
        ),
    )


def speaker(outside: Outside, logins: Logins, role_of: Callable[[str], Role]) -> Speaker:
    """Whose voice chat hears."""
    return Speaker(
        streamer=outside.streamer_chat,
        streamer_login=logins.twitch,
        bot=outside.bot_chat,
        bot_login=logins.bot,
        role_of=role_of,
    )
