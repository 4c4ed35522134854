"""The logins: who signs in where, and with which permissions."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from companion.application.features import BOT_SCOPES, SPOTIFY_SCOPES, twitch_scopes
from companion.bootstrap.foundation import Foundation, Surroundings
from companion.bootstrap.options import Run
from companion.objects.spotify_token.object import SpotifyToken
from companion.objects.token.object import TokenObject, TokenTools
from companion.objects.twitch_bot_token.object import TwitchBotToken
from companion.objects.twitch_token.object import TwitchToken
from companion.ports.tokens import AuthorizationServer, Login, Provider
from companion.services.spotify.auth import SpotifyAuth
from companion.services.twitch.auth import TwitchAuth


@dataclass(frozen=True, slots=True)
class Logins:
    """Both providers' OAuth ends, and a token object for each login."""

    twitch_auth: TwitchAuth
    spotify_auth: SpotifyAuth
    twitch: TwitchToken
    spotify: SpotifyToken
    bot: TwitchBotToken
    scopes: dict[Provider, frozenset[str]]

    @property
    def all(self) -> tuple[TokenObject, ...]:
        """Every token object."""
        return self.twitch, self.spotify, self.bot

    def by_provider(self) -> dict[Provider, Login]:
        """The same, by whose login it is."""
        return {login.provider: login for login in self.all}

    def streamer_id(self) -> str | None:
        """The signed-in broadcaster's user id."""
        account = self.twitch.status().account
        return account.user_id if account is not None else None

    def bot_id(self) -> str | None:
        """The second account's user id."""
        account = self.bot.status().account
        return account.user_id if account is not None else None


def make_logins(run: Run, around: Surroundings, foundation: Foundation) -> Logins:
    """Make them; nothing is read before `open_vault`."""
    twitch_auth = TwitchAuth(
        http=foundation.http,
        id_url=run.addresses.twitch_id,
        helix_url=run.addresses.helix,
        clock=around.clock,
        logger=logging.getLogger("companion.twitch"),
    )
    spotify_auth = SpotifyAuth(
        http=foundation.http,
        accounts_url=run.addresses.spotify_accounts,
        api_url=run.addresses.spotify_api,
        clock=around.clock,
        logger=logging.getLogger("companion.spotify"),
    )
    scopes: dict[Provider, frozenset[str]] = {
        "twitch": twitch_scopes(run.settings.twitch.features),
        "spotify": SPOTIFY_SCOPES,
        "twitch_bot": BOT_SCOPES,
    }

    def tools(provider: Provider, server: AuthorizationServer) -> TokenTools:
        return TokenTools(
            server=server,
            vault=around.vault,
            supervisor=around.supervisor,
            scrubber=around.scrubber,
            logger=logging.getLogger(f"companion.{provider}"),
            needed_scopes=scopes[provider],
            on_change=foundation.reactions.login_changed,
        )

    return Logins(
        twitch_auth,
        spotify_auth,
        TwitchToken(runtime=foundation.runtime, tools=tools("twitch", twitch_auth)),
        SpotifyToken(runtime=foundation.runtime, tools=tools("spotify", spotify_auth)),
        TwitchBotToken(runtime=foundation.runtime, tools=tools("twitch_bot", twitch_auth)),
        scopes,
    )
