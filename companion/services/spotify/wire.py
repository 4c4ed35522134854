"""What Spotify's answers look like, as far as Companion reads them.

Fields that Spotify leaves out or nulls in some state are optional here; a field of the wrong type is not accepted. An
item that is not understood costs only itself: neither its neighbours nor the rest of the answer.
Source: developer.spotify.com/documentation/web-api/reference (player, tracks, users).
"""

from __future__ import annotations

import json
from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError

LONGEST_LIFETIME = 31_536_000
"""Seconds; a token that claims to live longer is not believed."""

_Text = Annotated[str, Field(min_length=1)]
_LONGEST = 10_000_000_000
"""Milliseconds: nothing plays for a hundred days, and no later sum may overflow."""
_Milliseconds = Annotated[int, Field(ge=0, le=_LONGEST)]


class Wire(BaseModel):
    """Unknown fields are ignored: Spotify adds some from time to time. Types are not coerced."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True, hide_input_in_errors=True)


class TokenAnswer(Wire):
    """`POST /api/token`. `scope` is one string; `refresh_token` may be absent when refreshing."""

    access_token: _Text
    token_type: _Text
    expires_in: Annotated[float, Field(gt=0, le=LONGEST_LIFETIME, allow_inf_nan=False)]
    refresh_token: _Text | None = None
    scope: str = ""


class TokenError(Wire):
    """The token endpoint's refusal, in the words of RFC 6749."""

    error: str
    error_description: str | None = None


class ApiErrorBody(Wire):
    """The inner part of a Web API error; `reason` comes with player errors only."""

    message: str = ""
    reason: str | None = None


class ApiError(Wire):
    """A Web API error."""

    error: ApiErrorBody


class Image(Wire):
    """A picture in one of several sizes; sizes may be unknown."""

    url: str
    width: int | None = None
    height: int | None = None


class Me(Wire):
    """`GET /me`. `account_id` never changes and came in May 2026; `id` is the older name."""

    id: _Text
    account_id: _Text | None = None
    display_name: str | None = None
    images: tuple[Image, ...] | None = None


class Artist(Wire):
    """An artist of a track; local files may lack the name."""

    name: str | None = None


class Album(Wire):
    """The album of a track; empty for local files."""

    name: str | None = None
    images: tuple[Image, ...] | None = None


class ExternalUrls(Wire):
    """Links back to Spotify."""

    spotify: str | None = None


class Item(Wire):
    """A track, an episode or a local file, told apart by `type` and `is_local`."""

    type: str | None = None
    id: str | None = None
    uri: str | None = None
    name: str | None = None
    duration_ms: _Milliseconds | None = None
    explicit: bool | None = None
    is_local: bool | None = None
    artists: tuple[Artist | None, ...] | None = None
    album: Album | None = None
    external_urls: ExternalUrls | None = None


class Device(Wire):
    """Where it plays."""

    name: str | None = None


def _or_none(value: object) -> Item | None:
    try:
        return Item.model_validate_json(json.dumps(value))  # as JSON once more: only there is a list a strict tuple
    except ValidationError:
        return None


OddItem: TypeAlias = Annotated[Item | None, PlainValidator(_or_none)]
"""One item of a list: what cannot be read is None."""


def _or_unknown(value: object) -> Item | None:
    return None if value is None else _or_none(value) or Item(type="unknown")


PlayingItem: TypeAlias = Annotated[Item | None, PlainValidator(_or_unknown)]
"""The item that plays: what cannot be read is an unknown thing, since None would say that there is nothing."""


class Player(Wire):
    """`GET /me/player`. `item` is null during ads, in private sessions, and for what Spotify calls unknown."""

    is_playing: bool
    currently_playing_type: str | None = None
    progress_ms: Annotated[int, Field(ge=-_LONGEST, le=_LONGEST)] | None = None
    item: PlayingItem = None
    device: Device | None = None


class Queue(Wire):
    """`GET /me/player/queue`."""

    currently_playing: OddItem = None
    queue: tuple[OddItem, ...] = ()


class FoundTracks(Wire):
    """The page of tracks in a search's answer."""

    items: tuple[OddItem, ...]


class Found(Wire):
    """`GET /search` with type `track`."""

    tracks: FoundTracks
