"""One flag points every address at a simulator."""

from __future__ import annotations

from dataclasses import astuple
from pathlib import Path

import pytest

from companion.bootstrap.options import Options, addresses
from companion.bootstrap.settings import Settings, SpotifySettings, TwitchSettings


def test_without_a_simulator_the_settings_say_where() -> None:
    settings = Settings(
        twitch=TwitchSettings(id_url="http://one", helix_url="http://two", eventsub_url="ws://three"),
        spotify=SpotifySettings(accounts_url="http://four", api_url="http://five", short_link_url="http://six"),
    )
    found = addresses(settings, None)
    assert astuple(found) == ("http://one", "http://two", "ws://three", "http://four", "http://five", "http://six", ())


@pytest.mark.parametrize("given", ["http://127.0.0.1:17950", "http://127.0.0.1:17950/"])
def test_a_simulator_is_everything_pictures_included(given: str) -> None:
    base = "http://127.0.0.1:17950"
    assert astuple(addresses(Settings(), given)) == (
        f"{base}/twitch/oauth2",
        f"{base}/twitch/helix",
        "ws://127.0.0.1:17950/twitch/eventsub/ws",
        f"{base}/spotify/accounts",
        f"{base}/spotify/v1",
        f"{base}/spotify/link",
        (base,),
    )


def test_a_secure_simulator_has_a_secure_socket() -> None:
    assert addresses(Settings(), "https://sim.example").eventsub == "wss://sim.example/twitch/eventsub/ws"


@pytest.mark.parametrize(
    ("options", "rehearses"),
    [
        (Options(), False),
        (Options(demo=True), True),
        (Options(simulator="http://127.0.0.1:1"), True),
        (Options(simulator="http://127.0.0.1:1", data_dir=Path("chosen")), False),
    ],
)
def test_a_simulator_never_meets_the_real_logins(options: Options, rehearses: bool) -> None:
    assert options.rehearses is rehearses
