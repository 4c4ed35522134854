"""The picture of the whole application at one moment: immutable, built from the objects, never from rows.

Window, tray and overlay pages are drawn from nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from companion.application.features import FeatureView
from companion.application.messages import Message
from companion.application.needs_you_items import NeedsYouItem
from companion.application.sign_in_states import SignInState
from companion.kernel.instant import Instant
from companion.ports.achievements import Definition
from companion.ports.chat_commands import Command, StoredValue
from companion.ports.hold import HoldState
from companion.ports.playback import PlaybackState
from companion.ports.raffle import RaffleView
from companion.ports.rewards import RewardsView
from companion.ports.song_queue import QueueView
from companion.ports.stream import StreamState, ViewerPoint
from companion.ports.tokens import Provider, TokenStatus

ConnectionName: TypeAlias = Literal["twitch", "eventsub", "spotify", "obs", "overlays", "keyring"]
CONNECTION_ORDER: tuple[ConnectionName, ...] = ("twitch", "eventsub", "spotify", "obs", "overlays", "keyring")

ConnectionLevel: TypeAlias = Literal["good", "busy", "off", "warn", "bad"]
"""good: works; busy: on its way; off: nobody asked for it; warn: works for now; bad: needs the person."""

MendAction: TypeAlias = Literal[
    "sign_in_twitch", "sign_in_spotify", "sign_in_twitch_bot", "retry_twitch", "retry_spotify", "retry_twitch_bot",
    "retry_eventsub", "retry_keyring", "retry_port", "move_port", "open_overlays",
]  # fmt: skip
"""What mends a connection; `Actions.mend` carries it out, or the window opens the page for it."""


@dataclass(frozen=True, slots=True)
class Mend:
    """A button: its verb for people and what it does."""

    label: str
    action: MendAction


@dataclass(frozen=True, slots=True)
class Connection:
    """One lamp of the connection strip: `word` is what stands beside it, `reason` the sentence behind it."""

    name: ConnectionName
    title: str
    level: ConnectionLevel
    word: str
    reason: str
    mends: tuple[Mend, ...] = ()


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One line of the event feed."""

    id: str
    at: Instant
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class OverlayServerState:
    """The local server: `problem` says why it does not serve. `urls` is empty while it does not."""

    host: str
    port: int
    serving: bool
    urls: Mapping[str, str]
    """Page name -> full address with its access token."""
    connected_pages: Mapping[str, int]
    """Page name -> how many pages are connected right now."""
    problem: Message | None
    move_to: int | None
    """A free port that *Move* would take, when the remembered one is taken."""
    obs_version: str | None
    """Version of the OBS a connected page runs in, as far as one told us."""
    obs_streaming: bool | None
    files: Mapping[str, str] = field(default_factory=dict)
    """Page name -> path of a local file that waits for Companion and then shows the page."""


TrayState: TypeAlias = Literal["starting", "off", "live", "needs_you"]


@dataclass(frozen=True, slots=True)
class AppSnapshot:
    """Everything that can be shown. `revision` grows by one with every change."""

    revision: int
    taken_at: Instant
    demo: bool
    starting: bool
    stream: StreamState
    sparkline: tuple[ViewerPoint, ...]
    """Newest points of the session, ascending; at most 240."""
    playback: PlaybackState
    tokens: Mapping[Provider, TokenStatus]
    client_ids: Mapping[Provider, str]
    features: tuple[FeatureView, ...]
    """Twitch's permissions by feature."""
    sign_in: Mapping[Provider, SignInState]
    connections: tuple[Connection, ...]
    overlays: OverlayServerState
    feed: tuple[FeedEntry, ...]
    """Newest first; at most 100."""
    notices: tuple[Message, ...]
    """Things a person must know that no lamp carries (a database set aside, a clock that is off, ...)."""
    tray: TrayState
    queue: QueueView
    raffle: RaffleView
    achievements: tuple[Definition, ...]
    """In the streamer's order, switched-off ones included."""
    commands: tuple[Command, ...]
    """By name."""
    values: tuple[StoredValue, ...]
    """The values and counters that commands show, by name."""
    rewards: RewardsView
    needs_you: tuple[NeedsYouItem, ...]
    hold: HoldState
    # History, leaderboards and viewers' cards are long: the pages ask for them (`application.actions`).
