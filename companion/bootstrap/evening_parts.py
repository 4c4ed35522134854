"""What an evening is made of, and what it stands on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from companion.application.local_stream import LocalStream
from companion.application.messages import Message
from companion.bootstrap.foundation import Foundation, Surroundings
from companion.bootstrap.logins import Logins
from companion.bootstrap.outside import Outside
from companion.chat.voice import Voice
from companion.objects.achievements.object import Achievements
from companion.objects.chat_commands.object import ChatCommands
from companion.objects.hold.object import Hold
from companion.objects.keyboard_raffle.object import KeyboardRaffle
from companion.objects.playback.object import Playback
from companion.objects.raids.object import Raids
from companion.objects.rewards.object import Rewards
from companion.objects.song_queue.object import SongQueue
from companion.objects.stream_lifecycle.object import StreamLifecycle
from companion.objects.viewers.object import Viewers
from companion.runtime.saga.host import SagaHost


@dataclass(frozen=True, slots=True)
class Changes:
    """Who is told when one of the objects has changed."""

    songs: Callable[[], None]
    rewards: Callable[[], None]
    raffle: Callable[[], None]
    achievements: Callable[[], None]
    picture: Callable[[], None]
    notice: Callable[[Message], None]
    """Shown to the streamer at once."""


@dataclass(frozen=True, slots=True)
class Around:
    """What the evening's objects stand on."""

    foundation: Foundation
    surroundings: Surroundings
    logins: Logins
    outside: Outside
    lifecycle: StreamLifecycle
    local_stream: LocalStream
    playback: Playback
    changes: Changes
    note: Callable[[str], None]
    """A sentence for the feed, of what was settled in Twitch's dashboard."""


@dataclass(frozen=True, slots=True)
class Objects:
    """The durable objects of an evening, and the voice."""

    viewers: Viewers
    hold: Hold
    sagas: SagaHost
    voice: Voice
    rewards: Rewards
    raids: Raids
    raffle: KeyboardRaffle
    achievements: Achievements
    commands: ChatCommands
    songs: SongQueue
