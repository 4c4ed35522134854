"""`TwitchToken`: single-use refresh tokens, validation at start and hourly.

Twitch's rules: refresh tokens of public clients are single use and live 30 days; a kept session must be
validated at start and every hour (dev.twitch.tv/docs/authentication, refresh-tokens and validate-tokens).
"""

from __future__ import annotations

from companion.objects.token.object import TokenObject


class TwitchToken(TokenObject):
    """The login with Twitch."""

    name = "twitch-token"
    provider = "twitch"
    rotates = True
    validates = True
