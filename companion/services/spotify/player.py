"""Spotify's Web API, as far as Companion calls it: what plays, the queue, tracks, the signed-in person."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TypeVar

from companion.kernel.instant import Clock
from companion.kernel.result import Err, Ok, Result
from companion.ports.failures import NotFound, SpotifyError
from companion.ports.spotify import PlaybackPicture, Track, UpcomingPicture
from companion.ports.tokens import Account, TokenSource
from companion.services.http import HttpCaller, Pairs, parse
from companion.services.spotify import short_links
from companion.services.spotify.calls import SpotifyCalls
from companion.services.spotify.pictures import TRACK_ID, account_of, nothing, picture_of, track_of, upcoming_of
from companion.services.spotify.wire import Found, Item, Me, Player, Queue, Wire

WireModel = TypeVar("WireModel", bound=Wire)
MOST_FOUND = 10
"""Spotify refuses to search for more at once (changes of February 2026)."""


class SpotifyService:
    """Implements `ports.spotify.SpotifyApi`.

    A 401 is retried once with a fresh token; a read is asked once more after a 5xx. After a 429 no call at all
    leaves before `Retry-After` has passed: each answers the same error at once.
    """

    def __init__(
        self,
        *,
        http: HttpCaller,
        api_url: str,
        tokens: TokenSource,
        clock: Clock,
        logger: logging.Logger,
        short_link_url: str = short_links.SHORT_LINK_URL,
    ) -> None:
        self._http = http
        self._clock = clock
        self._logger = logger
        self._short_link_url = short_link_url
        self._calls = SpotifyCalls(http=http, api_url=api_url, tokens=tokens, clock=clock, logger=logger)

    async def get_playback(self) -> Result[PlaybackPicture, SpotifyError]:
        answer = await self._calls.read("/me/player", params=(("additional_types", "track,episode"),))
        if isinstance(answer, Err):
            return answer
        now = self._clock.now()
        if answer.value.status == 204:
            return Ok(nothing(seen_at=now))
        match parse(Player, answer.value, where="GET /me/player", logger=self._logger):
            case Err() as error:
                return error
            case Ok(player):
                return Ok(picture_of(player, seen_at=now))

    async def get_account(self) -> Result[Account, SpotifyError]:
        match await self._read("/me", Me, where="GET /me"):
            case Err() as error:
                return error
            case Ok(me):
                return Ok(account_of(me))

    async def get_track(self, track_id: str) -> Result[Track, SpotifyError]:
        if TRACK_ID.match(track_id) is None:
            return Err(NotFound("not a Spotify track id"))
        match await self._read(f"/tracks/{track_id}", Item, where="GET /tracks"):
            case Err() as error:
                return error
            case Ok(item):
                track = track_of(item)
                return Ok(track) if track is not None else Err(NotFound("this is no track of Spotify's catalogue"))

    async def get_queue(self) -> Result[UpcomingPicture, SpotifyError]:
        answer = await self._calls.read("/me/player/queue")
        if isinstance(answer, Err):
            return answer
        now = self._clock.now()
        if answer.value.status == 204:
            return Ok(UpcomingPicture(None, (), now))
        match parse(Queue, answer.value, where="GET /me/player/queue", logger=self._logger):
            case Err() as error:
                return error
            case Ok(queue):
                return Ok(upcoming_of(queue, seen_at=now))

    async def add_to_queue(self, uri: str) -> Result[None, SpotifyError]:
        return await self._calls.modify("/me/player/queue", params=(("uri", uri),))

    async def skip(self) -> Result[None, SpotifyError]:
        return await self._calls.modify("/me/player/next")

    async def search_tracks(self, query: str, *, limit: int = 5) -> Result[Sequence[Track], SpotifyError]:
        count = min(max(limit, 1), MOST_FOUND)
        params = (("q", query), ("type", "track"), ("limit", str(count)))
        match await self._read("/search", Found, where="GET /search", params=params):
            case Err() as error:
                return error
            case Ok(found):
                tracks = (track_of(item) for item in found.tracks.items if item is not None)
                return Ok(tuple(track for track in tracks if track is not None))

    async def follow_short_link(self, url: str) -> Result[str | None, SpotifyError]:
        return await short_links.follow(self._http, self._short_link_url, url, now=self._clock.now())

    async def _read(
        self, path: str, model: type[WireModel], *, where: str, params: Pairs = ()
    ) -> Result[WireModel, SpotifyError]:
        match await self._calls.read(path, params=params):
            case Err() as error:
                return error
            case Ok(answer):
                return parse(model, answer, where=where, logger=self._logger)
