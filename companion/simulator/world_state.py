"""Everything the simulator remembers across its own restart. Plain data; the rules are elsewhere."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

from pydantic import BaseModel, Field

from companion.kernel.instant import Instant

PlayKind: TypeAlias = Literal["track", "episode", "ad", "local", "unknown", "nothing"]
CodeState: TypeAlias = Literal["pending", "approved", "denied", "used"]


class DeviceCode(BaseModel):
    """One run of the device code grant."""

    device_code: str
    user_code: str
    client_id: str
    scopes: list[str]
    expires_at: datetime
    state: CodeState = "pending"
    user_id: str | None = None
    polled_at: datetime | None = None


class AccessGrant(BaseModel):
    """An access token of either provider."""

    client_id: str
    user_id: str
    scopes: list[str]
    expires_at: datetime
    revoked: bool = False

    def alive(self, now: Instant) -> bool:
        return not self.revoked and now < self.expires_at


class RefreshGrant(BaseModel):
    """A refresh token of either provider. `lifetime` is that of the access tokens it will give, in seconds."""

    client_id: str
    user_id: str
    scopes: list[str]
    issued_at: datetime
    lifetime: int
    used: bool = False
    revoked: bool = False


class AuthorizationCode(BaseModel):
    """Spotify's one-time code, bound to what was asked."""

    client_id: str
    user_id: str
    scopes: list[str]
    redirect_uri: str
    code_challenge: str
    expires_at: datetime
    used: bool = False


class Stream(BaseModel):
    """The newest stream of the streamer. Helix may show and hide it later than it happens."""

    stream_id: str
    started_at: datetime
    helix_shows_at: datetime
    ended_at: datetime | None = None
    helix_hides_at: datetime | None = None
    viewer_count: int = 0

    def in_helix(self, now: Instant) -> bool:
        return self.helix_shows_at <= now and (self.helix_hides_at is None or now < self.helix_hides_at)


class Channel(BaseModel):
    """What the streamer has typed about the stream."""

    title: str = "Quiet evening build, your songs welcome"
    game_id: str = "770001"
    game_name: str = "Tidewater Workshop"
    language: str = "en"
    tags: list[str] = Field(default_factory=lambda: ["English", "Chill", "SongRequests"])


class TwitchState(BaseModel):
    """The Twitch half. `signed_in` is the account that sits in front of the approve page."""

    signed_in: str = "900100"
    streamer: str = "900100"
    token_seconds: int = 14_400
    device_codes: dict[str, DeviceCode] = Field(default_factory=dict)
    access: dict[str, AccessGrant] = Field(default_factory=dict)
    refresh: dict[str, RefreshGrant] = Field(default_factory=dict)
    channel: Channel = Field(default_factory=Channel)
    stream: Stream | None = None
    roles: dict[str, list[str]] = Field(default_factory=dict)
    """What people are in the channel, by user id."""
    bans: dict[str, datetime | None] = Field(default_factory=dict)
    """Who may not speak, by user id, and until when (None: for good)."""
    broadcaster_types: dict[str, str] = Field(default_factory=dict)
    """`affiliate`, `partner` or nothing, where it is not what the account began with."""


class QueueEntry(BaseModel):
    """Something in Spotify's queue; `nth` counts every addition ever made."""

    nth: int
    uri: str


class Player(BaseModel):
    """The Spotify player: where it stood at `anchored_at`; the rest follows from the clock."""

    kind: PlayKind = "nothing"
    index: int = 0
    current: str | None = None
    position_ms: int = 0
    anchored_at: datetime
    is_playing: bool = False
    nth: int | None = None
    """Which addition to the queue plays; None for what the list or a person started."""
    queue: list[QueueEntry] = Field(default_factory=list)
    added: int = 0
    """How many additions to the queue there have been."""
    follow: int = 20
    """So many songs of the list are shown to follow at most."""
    speed: float = 1.0
    """Songs are this many times shorter."""
    device: str | None = "desktop"
    listed: bool = False
    """Without an active device: whether devices are listed all the same."""
    private_session: bool = False
    volume_percent: int = 64


class SpotifyAccount(BaseModel):
    """What Spotify thinks of the person and of the owner of the client id."""

    premium: bool = True
    owner_premium: bool = True
    allow_listed: bool = True


class SpotifyState(BaseModel):
    """The Spotify half. `signed_in` is the account that sits in front of the authorize page."""

    signed_in: str = "harborlantern"
    token_seconds: int = 3_600
    rotates: bool = False
    redirect_uris: list[str] = Field(default_factory=lambda: ["http://127.0.0.1/callback"])
    codes: dict[str, AuthorizationCode] = Field(default_factory=dict)
    access: dict[str, AccessGrant] = Field(default_factory=dict)
    refresh: dict[str, RefreshGrant] = Field(default_factory=dict)
    account: SpotifyAccount = Field(default_factory=SpotifyAccount)
    player: Player
    links: dict[str, str] = Field(default_factory=dict)
    """Short links: code to address."""


class WorldState(BaseModel):
    """The whole world. `starts` counts the processes that have run it."""

    version: Literal[1] = 1
    starts: int = 0
    twitch: TwitchState = Field(default_factory=TwitchState)
    spotify: SpotifyState
