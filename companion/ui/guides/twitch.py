"""How to let Companion into Twitch, as the streamer or as a bot.

Source: dev.twitch.tv/docs/authentication/register-app and getting-tokens-oauth.
"""

from __future__ import annotations

from companion.ui.guides.guide import Guide, Line, Link, Step
from companion.ui.text import tr

CONSOLE = "https://dev.twitch.tv/console/apps/create"


def twitch_guide() -> Guide:
    """Register, paste, confirm."""
    return Guide(
        provider="twitch",
        service="Twitch",
        steps=(_register(), _paste(), _confirm()),
        placeholder=tr("Client ID of your application"),
    )


def bot_guide() -> Guide:
    """The same application serves a second account; what matters is who is signed in to Twitch in the browser."""
    return Guide(
        provider="twitch_bot",
        service="Twitch",
        steps=(_register(), _paste(), _confirm_as_bot()),
        placeholder=tr("Client ID of your application"),
        title=tr("Sign in the bot account"),
    )


def _register() -> Step:
    return Step(
        key="register",
        title=tr("Register an application"),
        kind="read",
        intro=tr(
            "Companion enters Twitch through an application of your own, so nobody stands between you and Twitch. "
            "This is done once and takes about two minutes."
        ),
        lines=(
            Line(tr("Twitch asks for two-factor authentication on your account. Switch it on first if it is off.")),
            Line(tr("Open the console, choose Applications, then Register Your Application.")),
            Line(tr("Name: anything that is still free, for example your channel's name with “Companion”.")),
            Line(tr("OAuth Redirect URL: must be filled in, is never used."), copy="http://localhost"),
            Line(tr("Category: Application Integration.")),
            Line(tr("Client Type: Public. With Confidential the login would end after four hours."), strong=True),
        ),
        link=Link(tr("Open the Twitch console"), CONSOLE),
        forward=tr("I have registered it"),
    )


def _paste() -> Step:
    return Step(
        key="client_id",
        title=tr("Paste the Client ID"),
        kind="client_id",
        intro=tr(
            "In the console press Manage beside your application and copy its Client ID. "
            "It is no secret; a client secret is not needed."
        ),
        forward=tr("Check and go on"),
    )


def _confirm() -> Step:
    return Step(
        key="wait",
        title=tr("Confirm the code"),
        kind="wait",
        intro=tr("Open the browser, see that the code is the same, and allow Companion in."),
    )


def _confirm_as_bot() -> Step:
    return Step(
        key="wait",
        title=tr("Confirm the code as the bot"),
        kind="wait",
        intro=tr(
            "Your browser knows you as yourself. Copy the address into a private window, sign in to Twitch there as "
            "the bot account, see that the code is the same, and allow it."
        ),
    )
