"""What the command line asks for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from companion.bootstrap.paths import Paths

if TYPE_CHECKING:  # the command line is read before the tray is there, settings later
    from companion.bootstrap.settings import Settings


@dataclass(frozen=True, slots=True)
class Options:
    """One run of the application."""

    demo: bool = False
    headless: bool = False
    data_dir: Path | None = None
    port: int | None = None
    simulator: str | None = None
    log_level: str | None = None

    @property
    def rehearses(self) -> bool:
        """Whether this run plays, and was given no folder: it must not touch the real data, nor the real logins.

        A simulator refuses a real refresh token, and that would end the real login.
        """
        return self.demo or (self.simulator is not None and self.data_dir is None)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Every outside address of this run."""

    twitch_id: str
    helix: str
    eventsub: str
    spotify_accounts: str
    spotify_api: str
    spotify_links: str
    image_origins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """What a run is asked to be, and where."""

    settings: Settings
    options: Options
    addresses: Addresses
    paths: Paths


DEFAULT_PORT = 17800
DEMO_PORT = 17900


def addresses(settings: Settings, simulator: str | None) -> Addresses:
    """The addresses of the settings, or all of them at a simulator."""
    if simulator is None:
        return Addresses(
            settings.twitch.id_url,
            settings.twitch.helix_url,
            settings.twitch.eventsub_url,
            settings.spotify.accounts_url,
            settings.spotify.api_url,
            settings.spotify.short_link_url,
        )
    base = simulator.rstrip("/")
    socket = "ws" + base.removeprefix("http")
    return Addresses(
        f"{base}/twitch/oauth2",
        f"{base}/twitch/helix",
        f"{socket}/twitch/eventsub/ws",
        f"{base}/spotify/accounts",
        f"{base}/spotify/v1",
        f"{base}/spotify/link",
        (base,),
    )
