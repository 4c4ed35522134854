"""How to let Companion into Spotify (developer.spotify.com: concepts/apps, redirect_uri, quota-modes)."""

from __future__ import annotations

from companion.ui.guides.guide import Guide, Line, Link, Step
from companion.ui.text import tr

DASHBOARD = "https://developer.spotify.com/dashboard"
REDIRECT = "http://127.0.0.1/callback"


def spotify_guide() -> Guide:
    """Conditions first, then the app, its user list, its client id, and the browser."""
    return Guide(
        provider="spotify",
        service="Spotify",
        steps=(_before(), _create(), _users(), _paste(), _wait()),
        placeholder=tr("32 letters and figures"),
    )


def _before() -> Step:
    return Step(
        key="before",
        title=tr("Two things first"),
        kind="read",
        intro=tr("Spotify lets Companion in through an app of your own. For that it wants two things:"),
        lines=(
            Line(tr("Spotify Premium on the account that owns the app. Use the account you listen with."), strong=True),
            Line(
                tr("Your name and e-mail in the app's user list. It holds five people; one place is enough."),
                strong=True,
            ),
            Line(tr("A Premium that is new or renewed can take some hours until Spotify's app pages know of it.")),
        ),
        forward=tr("Go on"),
    )


def _create() -> Step:
    return Step(
        key="create",
        title=tr("Create an app"),
        kind="read",
        intro=tr("This is done once and takes about two minutes."),
        lines=(
            Line(tr("Open the dashboard, sign in, and press Create app. Name and description are up to you.")),
            Line(tr("Redirect URIs: enter exactly this address and press Add."), copy=REDIRECT, strong=True),
            Line(tr("Which APIs are you planning to use: tick Web API.")),
            Line(tr("Agree to the terms and press Save.")),
        ),
        link=Link(tr("Open the Spotify dashboard"), DASHBOARD),
        forward=tr("I have created it"),
    )


def _users() -> Step:
    return Step(
        key="users",
        title=tr("Add yourself to its user list"),
        kind="read",
        intro=tr("Without this Spotify refuses everybody, you as well."),
        lines=(
            Line(tr("Open your app in the dashboard, then its settings, then User Management.")),
            Line(tr("Enter your name and the e-mail of your Spotify account, and press Add user."), strong=True),
        ),
        link=Link(tr("Open the Spotify dashboard"), DASHBOARD),
        forward=tr("I am on the list"),
    )


def _paste() -> Step:
    return Step(
        key="client_id",
        title=tr("Paste the Client ID"),
        kind="client_id",
        intro=tr(
            "It stands in your app's settings under Basic Information: 32 letters and figures. No secret is needed."
        ),
        forward=tr("Check and go on"),
    )


def _wait() -> Step:
    return Step(
        key="wait",
        title=tr("Agree in the browser"),
        kind="wait",
        intro=tr("Open the browser and press Agree on Spotify's page. Companion notices by itself."),
    )
