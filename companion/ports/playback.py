"""What plays, as the `Playback` object tells it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, TypeAlias

from companion.kernel.instant import Instant
from companion.ports.failures import SpotifyError
from companion.ports.spotify import PlaybackPicture, UpcomingPicture


@dataclass(frozen=True, slots=True)
class PlaybackState:
    """The last good picture, however old, and why there is no newer one."""

    picture: PlaybackPicture | None
    problem: SpotifyError | None
    problem_since: Instant | None
    polling: bool
    """False while nobody needs to know (offline, and no page or window shows it)."""
    next_poll_at: Instant | None
    upcoming: UpcomingPicture | None = None
    """The last good picture of Spotify's queue; None while nobody wants it or nothing was read."""
    queue_problem: SpotifyError | None = None
    """Why the queue could not be read together with the last picture."""


class PlaybackPort(Protocol):
    """The playback object, as the rest of the application sees it."""

    def get_state(self) -> PlaybackState:
        """The last picture with its age; never asks Spotify."""
        ...

    async def refresh(self) -> PlaybackState:
        """Ask Spotify now (a person pressed Retry), unless it told us to wait."""
        ...

    def set_watched(self, watcher: str, watching: bool) -> None:
        """Somebody (a page, the window) starts or stops showing what plays; polling follows."""
        ...

    def want_queue(self, name: str, wanted: bool) -> None:
        """Somebody starts or stops needing Spotify's queue: each poll then asks for both, one after the other."""
        ...


SyncListener: TypeAlias = Callable[[PlaybackPicture, UpcomingPicture | None], None]
"""What plays and what comes next, read together. None: Spotify runs nowhere just now, and its queue is not known."""


class QueueWatch(Protocol):
    """What the song queue asks of the playback object."""

    def get_state(self) -> PlaybackState:
        """The last picture with its age; never asks Spotify."""
        ...

    def want_queue(self, name: str, wanted: bool) -> None:
        """Somebody starts or stops needing Spotify's queue: each poll then asks for both, one after the other."""
        ...

    def look_closely(self, before_end: timedelta | None) -> None:
        """From so long before a track's end poll every 3 s; None: as usual."""
        ...

    def look_soon(self, after: timedelta) -> None:
        """Poll no later than in so much time: something was just changed in Spotify."""
        ...

    def on_sync(self, listener: SyncListener) -> None:
        """Be told of every pair that was read, on the loop's thread."""
        ...
