"""The outside world as this run meets it: Helix, chat, rewards, Spotify."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from companion.bootstrap.foundation import Foundation, Surroundings
from companion.bootstrap.logins import Logins
from companion.bootstrap.options import Run
from companion.chat.speaker import Speaker
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
    """Make them; nothing is sent. One login has one rate limit, whatever is asked of Helix with it."""
    clock, log = around.clock, logging.getLogger("companion.twitch")
    streamer = logins.streamer_id
    helix = TwitchService(
        http=foundation.http,
        helix_url=run.addresses.helix,
        tokens=logins.twitch,
        broadcaster_id=streamer,
        clock=clock,
        logger=log,
    )
    bots = HelixClient(http=foundation.http, helix_url=run.addresses.helix, tokens=logins.bot, clock=clock, logger=log)

    def chat(client: HelixClient, sender: Callable[[], str | None]) -> TwitchChat:
        return TwitchChat(client=client, broadcaster_id=streamer, sender_id=sender, logger=log)

    return Outside(
        helix=helix,
        rewards=TwitchRewards(client=helix.client, broadcaster_id=streamer, logger=log),
        streamer_chat=chat(helix.client, streamer),
        bot_chat=chat(bots, logins.bot_id),
        shoutouts=TwitchShoutouts(client=helix.client, broadcaster_id=streamer, clock=clock),
        spotify=_spotify(run, around, foundation, logins),
    )


def _spotify(run: Run, around: Surroundings, foundation: Foundation, logins: Logins) -> SpotifyService:
    return SpotifyService(
        http=foundation.http,
        api_url=run.addresses.spotify_api,
        tokens=logins.spotify,
        clock=around.clock,
        logger=logging.getLogger("companion.spotify"),
        short_link_url=run.addresses.spotify_links,
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
