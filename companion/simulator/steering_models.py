"""What the steering calls take. Unknown keys are refused, so that a typing mistake in a test is seen."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class Order(BaseModel):
    """A steering body; the empty one fits calls that need nothing."""

    model_config = ConfigDict(extra="forbid")


class Login(Order):
    """A ready login for tests that do not test signing in."""

    client_id: str
    scopes: list[str] = Field(default_factory=list)
    user_id: str | None = None
    expires_in: int | None = None
    lifetime: int | None = None
    authorized_at: AwareDatetime | None = None


class Decision(Order):
    """A button of the activate page."""

    device_code: str | None = None
    user_code: str | None = None
    user_id: str | None = None


class Online(Order):
    """A stream begins."""

    stream_id: str | None = None
    started_at: AwareDatetime | None = None
    title: str | None = None
    viewers: int = Field(default=87, ge=0)
    helix_lag: float = Field(default=0.0, ge=0)
    silent: bool = False


class Offline(Order):
    """The stream ends."""

    helix_lag: float = Field(default=0.0, ge=0)
    silent: bool = False


class Viewers(Order):
    """How many watch."""

    count: int = Field(ge=0)


class Notify(Order):
    """Any EventSub event."""

    type: str
    event: dict[str, object]


class Settings(Order):
    """What is remembered about tokens, accounts and redirect URIs."""

    twitch_token_seconds: int | None = Field(default=None, ge=1)
    spotify_token_seconds: int | None = Field(default=None, ge=1)
    spotify_rotates: bool | None = None
    spotify_redirect_uris: list[str] | None = None
    twitch_signed_in: str | None = None
    spotify_signed_in: str | None = None


class Play(Order):
    """Play on, or a song: by its index in the list, or any song of the catalogue by id, URI or title.

    `follow`: so many songs of the list are shown to follow, as at the end of an album.
    """

    track: int | str | None = None
    position_ms: int | None = Field(default=None, ge=0)
    follow: int | None = Field(default=None, ge=0, le=20)


class Seek(Order):
    """Jump within the song."""

    position_ms: int = Field(ge=0)


class Switch(Order):
    """On or off."""

    on: bool


class Device(Order):
    """The active device, or none."""

    id: Literal["desktop", "phone"] | None
    listed: bool = False
    """Without an active one: the devices are listed all the same."""


class Enqueue(Order):
    """A person adds to the queue: songs by id, URI or title, and what is no song."""

    items: list[str] = Field(min_length=1)
    """`episode`, `local`, `ad`, `unknown` (a thing with fields missing), or a song."""


class Unqueue(Order):
    """A person empties the queue, or takes one song out of it (by id, URI or title)."""

    song: str | None = None


class Speed(Order):
    """Songs are so many times shorter."""

    times: float = Field(gt=0, le=1000)


class Link(Order):
    """A short link, to a song by id, URI or title or to any `address`."""

    code: str | None = Field(default=None, pattern=r"^[0-9A-Za-z]{1,40}$")
    song: str | None = None
    address: str | None = None


class Account(Order):
    """What Spotify thinks of the person and of the owner of the client id."""

    premium: bool | None = None
    owner_premium: bool | None = None
    allow_listed: bool | None = None
