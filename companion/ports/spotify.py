"""What the application asks of Spotify's player."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol, TypeAlias

from companion.kernel.instant import Instant
from companion.kernel.result import Result
from companion.ports.failures import SpotifyError
from companion.ports.tokens import Account


@dataclass(frozen=True, slots=True)
class Track:
    """A song as Spotify describes it. Cover and link are Spotify's own addresses."""

    id: str
    uri: str
    title: str
    artists: tuple[str, ...]
    album: str
    duration_ms: int
    explicit: bool
    cover_url: str | None
    link: str


_SAME_LENGTH_MS: Final = 2_000


def is_same_song(one: Track, other: Track) -> bool:
    """Whether both may be the same recording under two ids: Spotify plays another id than was asked for where that
    one is not licensed, and since 2026 does not say so any more (`linked_from` is gone).
    """
    if one.uri == other.uri:
        return True
    return (
        one.title.casefold() == other.title.casefold()
        and [name.casefold() for name in one.artists] == [name.casefold() for name in other.artists]
        and abs(one.duration_ms - other.duration_ms) <= _SAME_LENGTH_MS
    )


def list_begins(shown: Sequence[str], known: Sequence[str]) -> int | None:
    """From which place of `shown` on Spotify's own list follows, of which `known` came next; None: not in sight.

    What people and programs add stands before the list, whose songs come one after another.
    """
    for place in range(len(shown) if known else 0):
        if all(one == other for one, other in zip(shown[place:], known, strict=False)):
            return place
    return None


PlayingKind: TypeAlias = Literal["track", "episode", "ad", "local", "unknown", "nothing"]


@dataclass(frozen=True, slots=True)
class PlaybackPicture:
    """What played at `seen_at`. `track` is set for kind "track" only; `title` also for episodes and local files."""

    kind: PlayingKind
    track: Track | None
    title: str | None
    is_playing: bool
    progress_ms: int
    device_name: str | None
    seen_at: Instant


@dataclass(frozen=True, slots=True)
class UpcomingPicture:
    """Spotify's own queue at `seen_at`: what plays (None for anything but a track), and up to 20 upcoming tracks.

    Items that are no tracks (episodes, local files, ads, missing fields) are left out one by one.
    """

    current: Track | None
    upcoming: tuple[Track, ...]
    seen_at: Instant
    is_full: bool = False
    """Spotify shows as many items as it ever does (those left out included), so that more may stand behind them."""


class SpotifyApi(Protocol):
    """The player calls in use. 401 is answered with one refreshed retry inside; 429 gates all calls."""

    async def get_playback(self) -> Result[PlaybackPicture, SpotifyError]:
        """`GET /me/player`; nothing playing (204) is a picture of kind "nothing"."""
        ...

    async def get_account(self) -> Result[Account, SpotifyError]:
        """The signed-in user."""
        ...

    async def get_track(self, track_id: str) -> Result[Track, SpotifyError]:
        """One track by its 22-character id."""
        ...

    async def get_queue(self) -> Result[UpcomingPicture, SpotifyError]:
        """`GET /me/player/queue`."""
        ...

    async def add_to_queue(self, uri: str) -> Result[None, SpotifyError]:
        """`POST /me/player/queue`, sent once. A lost answer is `NetworkDown`: the song may stand in the queue."""
        ...

    async def skip(self) -> Result[None, SpotifyError]:
        """`POST /me/player/next`, sent once."""
        ...

    async def search_tracks(self, query: str, *, limit: int = 5) -> Result[Sequence[Track], SpotifyError]:
        """The best matches first; `limit` 1..10."""
        ...

    async def follow_short_link(self, url: str) -> Result[str | None, SpotifyError]:
        """Where a `spotify.link` address leads (one redirect, only to Spotify's hosts); None when nowhere there."""
        ...
