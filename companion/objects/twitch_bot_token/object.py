"""`TwitchBotToken`: a second login with Twitch, by the same rules as the streamer's own.

Nothing but chat hangs on it: without it, or while it does not work, the streamer's account speaks.
"""

from __future__ import annotations

from companion.objects.token.object import TokenObject


class TwitchBotToken(TokenObject):
    """The login of the account that speaks in chat."""

    name = "twitch-bot-token"
    provider = "twitch_bot"
    rotates = True
    validates = True
