"""Spotify's Web API, as far as Companion calls it: what plays, one track, the signed-in person."""

from __future__ import annotations

import logging
from typing import TypeVar

from companion.kernel.instant import Clock
from companion.kernel.result import Err, Ok, Result
from companion.ports.failures import (
    NoAccess,
    NotFound,
    ProviderUnavailable,
    QuotaExhausted,
    RateLimited,
    SpotifyError,
)
from companion.ports.spotify import PlaybackPicture, Track
from companion.ports.tokens import AccessToken, Account, TokenSource
from companion.services.http import HttpAnswer, HttpCaller, Pairs, parse
from companion.services.spotify.errors import error_of, is_expired_token, looks_like_page
from companion.services.spotify.gate import Gate
from companion.services.spotify.pictures import TRACK_ID, account_of, nothing, picture_of, track_of
from companion.services.spotify.wire import Item, Me, Player, Wire

WireModel = TypeVar("WireModel", bound=Wire)


class SpotifyService:
    """Implements `ports.spotify.SpotifyApi`.

    A 401 is retried once with a fresh token; a 5xx is asked once more (every call here only reads). After a 429 no
    call at all leaves before `Retry-After` has passed: each answers the same error at once.
    """

    def __init__(
        self, *, http: HttpCaller, api_url: str, tokens: TokenSource, clock: Clock, logger: logging.Logger
    ) -> None:
        self._http = http
        self._api_url = api_url.rstrip("/")
        self._tokens = tokens
        self._clock = clock
        self._logger = logger
        self._gate = Gate(clock=clock)

    async def get_playback(self) -> Result[PlaybackPicture, SpotifyError]:
        answer = await self._get("/me/player", params=(("additional_types", "track,episode"),))
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

    async def _read(self, path: str, model: type[WireModel], *, where: str) -> Result[WireModel, SpotifyError]:
        match await self._get(path):
            case Err() as error:
                return error
            case Ok(answer):
                return parse(model, answer, where=where, logger=self._logger)

    async def _get(self, path: str, *, params: Pairs = ()) -> Result[HttpAnswer, SpotifyError]:
        """One read with its token; a 2xx answer that is not a page, or the error."""
        token = await self._tokens.get_valid_token()
        if isinstance(token, Err):
            return Err(NoAccess(token.error))
        answer = await self._send_twice(path, params, token.value)
        if isinstance(answer, Ok) and is_expired_token(answer.value):
            fresh = await self._tokens.get_valid_token(rejected=token.value)
            if isinstance(fresh, Err):
                return Err(NoAccess(fresh.error))
            answer = await self._send_twice(path, params, fresh.value)
        return self._judge(answer)

    async def _send_twice(self, path: str, params: Pairs, token: AccessToken) -> Result[HttpAnswer, SpotifyError]:
        answer = await self._send(path, params, token)
        if isinstance(answer, Ok) and answer.value.status >= 500:
            self._logger.info("spotify answered %d, asking once more", answer.value.status)
            return await self._send(path, params, token)
        return answer

    async def _send(self, path: str, params: Pairs, token: AccessToken) -> Result[HttpAnswer, SpotifyError]:
        closed = self._gate.closed()
        if closed is not None:
            return Err(closed)
        headers = {"Authorization": f"Bearer {token.value.reveal()}", "Accept": "application/json"}
        return await self._http.send("GET", f"{self._api_url}{path}", headers=headers, params=params)

    def _judge(self, answer: Result[HttpAnswer, SpotifyError]) -> Result[HttpAnswer, SpotifyError]:
        match answer:
            case Err() as error:
                return error
            case Ok(arrived) if 200 <= arrived.status < 300:
                if looks_like_page(arrived):
                    return Err(ProviderUnavailable(arrived.status, "a web page came in place of Spotify's answer"))
                return Ok(arrived)
            case Ok(arrived):
                refusal = error_of(arrived, now=self._clock.now())
                if isinstance(refusal, RateLimited | QuotaExhausted):
                    self._gate.close(refusal)
                    self._logger.warning("spotify asks for patience: %s", type(refusal).__name__)
                return Err(refusal)
