"""The invented accounts of the simulated providers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TwitchPerson:
    """An account on the simulated Twitch."""

    id: str
    login: str
    display_name: str
    broadcaster_type: str
    description: str
    created_at: str


@dataclass(frozen=True, slots=True)
class SpotifyPerson:
    """An account on the simulated Spotify. `account_id` never changes; `id` is the older name."""

    account_id: str
    id: str
    display_name: str


_TWITCH = (
    TwitchPerson(
        "900100",
        "lanternharbor",
        "LanternHarbor",
        "affiliate",
        "Builds small worlds and lets chat pick the music.",
        "2019-04-12T18:03:11Z",
    ),
    TwitchPerson(
        "900200", "quietquarry", "QuietQuarry", "", "A second account, for trying a switch.", "2022-10-02T09:41:55Z"
    ),
    TwitchPerson("900300", "mossybellows", "MossyBellows", "partner", "Another channel.", "2016-01-20T07:15:00Z"),
    TwitchPerson("900400", "harborbot", "HarborBot", "", "Speaks for LanternHarbor.", "2023-03-14T15:09:26Z"),
)
_SPOTIFY = (
    SpotifyPerson("hL7vQ2xKd9", "harborlantern", "Harbor Lantern"),
    SpotifyPerson("qQ4nB8sTw1", "stonequarry", "Stone Quarry"),
)
TWITCH_PEOPLE = {person.id: person for person in _TWITCH}
SPOTIFY_PEOPLE = {person.id: person for person in _SPOTIFY}
