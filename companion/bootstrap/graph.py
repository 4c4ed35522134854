"""The objects of a run, as the life of the process deals with them; the rest hangs on these."""

from __future__ import annotations

from dataclasses import dataclass

from companion.application.companion import CompanionApplication
from companion.application.feed import Feed
from companion.application.local_stream import LocalStream
from companion.application.twitch_watch import TwitchWatch
from companion.bootstrap.evening import Evening
from companion.bootstrap.foundation import Foundation
from companion.bootstrap.logins import Logins
from companion.objects.playback.object import Playback
from companion.objects.stream_lifecycle.object import StreamLifecycle
from companion.services.images import Images
from companion.services.overlay.hub import OverlayHub
from companion.services.overlay.server import LocalServer
from companion.services.system.local_access import LocalAccess
from companion.services.twitch.eventsub import EventSubClient


@dataclass(frozen=True, slots=True)
class Stream:
    """What knows of the stream and of what plays."""

    hub: OverlayHub
    lifecycle: StreamLifecycle
    local: LocalStream
    playback: Playback
    feed: Feed


@dataclass(frozen=True, slots=True)
class Ears:
    """How Companion hears of Twitch."""

    watch: TwitchWatch
    eventsub: EventSubClient


@dataclass(frozen=True, slots=True)
class Graph:
    """Everything."""

    foundation: Foundation
    logins: Logins
    stream: Stream
    evening: Evening
    ears: Ears
    access: LocalAccess
    server: LocalServer
    application: CompanionApplication
    images: Images
