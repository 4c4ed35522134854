"""What the application is made of, handed in by the composition root."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from companion.application.actions import Objects
from companion.application.feed import Feed
from companion.application.overlay_server import OverlayServer
from companion.application.sign_in import SignInFlow
from companion.kernel.result import Result
from companion.ports.playback import PlaybackPort
from companion.ports.settings import ClientIds, TwitchFeatures
from companion.ports.stream import StreamLifecyclePort, StreamReader
from companion.ports.tokens import Login, Provider
from companion.ports.twitch import EventSubConnection
from companion.ports.vault import Vault


@dataclass(frozen=True, slots=True)
class Parts:
    """What the application is made of."""

    lifecycle: StreamLifecyclePort
    local_stream: StreamReader
    playback: PlaybackPort
    logins: Mapping[Provider, Login]
    eventsub: EventSubConnection
    vault: Vault
    overlays: OverlayServer
    client_ids: ClientIds
    features: TwitchFeatures
    sign_in: SignInFlow
    feed: Feed
    open_address: Callable[[str], Awaitable[Result[None, str]]]
    waiting_files: Callable[[], Mapping[str, str]]
    """Page name -> path of its waiting file, see `OverlayServerState.files`."""
    objects: Objects
