"""What plays, as the `Playback` object tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from companion.kernel.instant import Instant
from companion.ports.failures import SpotifyError
from companion.ports.spotify import PlaybackPicture


@dataclass(frozen=True, slots=True)
class PlaybackState:
    """The last good picture, however old, and why there is no newer one."""

    picture: PlaybackPicture | None
    problem: SpotifyError | None
    problem_since: Instant | None
    polling: bool
    """False while nobody needs to know (offline, and no page or window shows it)."""
    next_poll_at: Instant | None


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
