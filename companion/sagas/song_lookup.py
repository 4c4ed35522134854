"""What a viewer typed, turned into a song of Spotify's: the first step of a song request."""

from __future__ import annotations

from typing import Final, assert_never

from companion.kernel.result import Err, Ok
from companion.ports.failures import NotFound, SpotifyError
from companion.ports.song_rules import RuleName
from companion.ports.song_steps import ResolvedTrack
from companion.ports.spotify import SpotifyApi
from companion.runtime.saga.definition import Done, Failed, Retry
from companion.sagas.answers import OURS, after_read
from companion.sagas.song_input import BadLink, FreeText, Input, NotASong, Nothing, ShortLink, TrackLink, read

RESOLVE: Final = "resolve track"
"""The step whose result is the `ResolvedTrack`."""

_NOT_FOUND: Final = "Spotify knows no such song."
_OUT_OF_REACH: Final = f"Spotify would not tell about this song. {OURS}"


class SongLookup:
    """Asks Spotify; reads only, so it may be asked again."""

    def __init__(self, spotify: SpotifyApi) -> None:
        self._spotify = spotify

    async def resolve(self, text: str, *, links_only: bool) -> Done[ResolvedTrack] | Retry | Failed:
        """The song behind the words. What is no song is refused by its name."""
        typed = read(text)
        if isinstance(typed, ShortLink):
            led = await self._spotify.follow_short_link(typed.url)
            if isinstance(led, Err):
                return _after(led.error)
            typed = BadLink() if led.value is None else _landed(read(led.value))
        return await self._resolve(typed, links_only=links_only)

    async def _resolve(self, typed: Input, *, links_only: bool) -> Done[ResolvedTrack] | Retry | Failed:
        match typed:
            case TrackLink(track_id):
                return await self._by_id(track_id)
            case FreeText(query):
                if links_only:
                    return _refused("links_only", "Please send the link of a song on Spotify.")
                return await self._search(query)
            case NotASong(kind):
                article = "an" if kind[0] in "aeiou" else "a"
                return _refused("not_a_track", f"This is {article} {kind}, please send the link of a song.")
            case BadLink() | ShortLink():
                return _refused("bad_link", "This link leads to no song of Spotify's.")
            case Nothing():
                return _refused("no_input", "Please name a song, or send its link on Spotify.")
            case _:
                assert_never(typed)

    async def _by_id(self, track_id: str) -> Done[ResolvedTrack] | Retry | Failed:
        match await self._spotify.get_track(track_id):
            case Ok(track):
                return Done(ResolvedTrack(track, "link"))
            case Err(NotFound()):
                return _refused("nothing_found", _NOT_FOUND)
            case Err(error):
                return _after(error)

    async def _search(self, query: str) -> Done[ResolvedTrack] | Retry | Failed:
        match await self._spotify.search_tracks(query):
            case Ok(tracks) if tracks:
                return Done(ResolvedTrack(tracks[0], "search"))
            case Ok():
                return _refused("nothing_found", "Nothing like that was found on Spotify.")
            case Err(error):
                return _after(error)


def _landed(found: Input) -> Input:
    """A short link is followed once, and only a link of Spotify's counts."""
    return BadLink() if isinstance(found, ShortLink | FreeText | Nothing) else found


def _refused(rule: RuleName, text: str) -> Failed:
    return Failed(rule, text, by_viewer=True)


def _after(error: SpotifyError) -> Retry | Failed:
    return after_read(error, code="spotify_refused", text=_OUT_OF_REACH)
