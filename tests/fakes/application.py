"""A hand-written application for the windows: scripted snapshots in, a record of what was asked out."""

from __future__ import annotations

import asyncio
import dataclasses
import math
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias, TypeVar

from companion.application.actions import make_actions
from companion.application.features import DEFAULT_FEATURES, TWITCH_FEATURES, FeatureView
from companion.application.messages import Message
from companion.application.sign_in_states import Idle
from companion.application.snapshots import (
    AppSnapshot,
    Connection,
    ConnectionLevel,
    ConnectionName,
    Mend,
    MendAction,
    OverlayServerState,
)
from companion.kernel.instant import Instant
from companion.kernel.result import Err, Ok, Result
from companion.kernel.tasks import TaskSupervisor
from companion.ports.hold import HoldState
from companion.ports.playback import PlaybackState
from companion.ports.spotify import PlaybackPicture, Track
from companion.ports.stream import StreamState, ViewerPoint
from companion.ports.tokens import Account, Provider, TokenStatus
from tests.fakes.clock import FakeClock
from tests.fakes.objects import FakeObjects
from tests.fakes.show import COMMANDS, DEFINITIONS, VALUES, make_objects, make_queue, make_raffle, make_rewards

T = TypeVar("T")
Field: TypeAlias = Any
"""The value of some field of a dataclass: `dataclasses.replace` cannot say which."""

NOW = datetime(2026, 1, 1, tzinfo=UTC)
"""Where `FakeClock` stands at first."""

BASE = "http://127.0.0.1:17800/overlay"
URLS = {
    "live": f"{BASE}/live?token=not-a-real-token-live",
    "now-playing": f"{BASE}/now-playing?token=not-a-real-token-song",
}
TWITCH_ACCOUNT = Account("1001", "fern_example", "Fern_Example", "https://pictures.example/fern.png", "affiliate")
BOT_ACCOUNT = Account("2002", "fern_bot", "Fern_Bot", None)
SPOTIFY_ACCOUNT = Account("acc-1", "fern.example", "Fern", None)


class SynchronousSupervisor(TaskSupervisor):
    """Runs each coroutine to its end at once: the fake application never really waits."""

    def spawn(self, coroutine: Coroutine[Any, Any, T], *, name: str) -> asyncio.Task[T] | None:
        try:
            coroutine.send(None)
        except StopIteration:
            return None
        raise AssertionError(f"{name} waits, but there is no loop in these tests")


class FakeApplication:
    """Answers `Ok` unless `answer` says otherwise; `asked` lists every request in order."""

    def __init__(self, snapshot: AppSnapshot | None = None) -> None:
        self._snapshot = snapshot or make_snapshot()
        self._listeners: list[Callable[[AppSnapshot], None]] = []
        self.asked: list[tuple[str, ...]] = []
        self.objects: FakeObjects = make_objects(self.asked)
        self.actions = make_actions(
            self.objects.objects(),
            clock=FakeClock(),
            changed=lambda: None,
            again=lambda seconds: None,
            sleep=_at_once,
        )
        self.answer: Result[None, Message] = Ok(None)
        self.reconcile_answer: Result[str, Message] = Ok("Twitch says you are live.")

    @property
    def listeners(self) -> int:
        return len(self._listeners)

    def show(self, snapshot: AppSnapshot) -> None:
        """Hand out a new picture."""
        self._snapshot = dataclasses.replace(snapshot, revision=self._snapshot.revision + 1)
        for listener in list(self._listeners):
            listener(self._snapshot)

    def snapshot(self) -> AppSnapshot:
        return self._snapshot

    def subscribe(self, listener: Callable[[AppSnapshot], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def set_watched(self, watcher: str, watching: bool) -> None:
        self.asked.append(("set_watched", watcher, str(watching)))

    async def mend(self, action: MendAction) -> Result[None, Message]:
        self.asked.append(("mend", action))
        return self.answer

    async def save_client_id(self, provider: Provider, text: str) -> Result[None, Message]:
        self.asked.append(("save_client_id", provider, text))
        return self.answer

    def check_client_id(self, provider: Provider, text: str) -> Message | None:
        length = 32 if provider == "spotify" else 30
        if len(text) == length and text.isalnum():
            return None
        return Message(f"A client id has {length} letters and figures.", advice="Copy it once more.", severity="warn")

    async def switch_feature(self, name: str, *, on: bool) -> Result[None, Message]:
        self.asked.append(("switch_feature", name, str(on)))
        return self.answer

    async def start_sign_in(self, provider: Provider) -> None:
        self.asked.append(("start_sign_in", provider))

    async def cancel_sign_in(self, provider: Provider) -> None:
        self.asked.append(("cancel_sign_in", provider))
        sign_in = {**self._snapshot.sign_in, provider: Idle()}
        self.show(dataclasses.replace(self._snapshot, sign_in=sign_in))

    async def confirm_account(self, provider: Provider) -> None:
        self.asked.append(("confirm_account", provider))

    async def sign_out(self, provider: Provider) -> Result[None, Message]:
        self.asked.append(("sign_out", provider))
        return self.answer

    async def open_in_browser(self, address: str) -> Result[None, Message]:
        self.asked.append(("open_in_browser", address))
        return self.answer

    async def renew_overlay_tokens(self) -> Result[None, Message]:
        self.asked.append(("renew_overlay_tokens",))
        return self.answer

    async def reconcile_stream(self) -> Result[str, Message]:
        self.asked.append(("reconcile_stream",))
        return self.reconcile_answer

    def dismiss_notice(self, title: str) -> None:
        self.asked.append(("dismiss_notice", title))

    def request_quit(self, *, keep: bool = False) -> None:
        self.asked.append(("request_quit", "keep") if keep else ("request_quit",))

    def requests(self) -> list[tuple[str, ...]]:
        """What was asked, without the looking."""
        return [call for call in self.asked if call[0] != "set_watched"]

    def refuse(self, title: str) -> None:
        """Answer every later request with this message."""
        self.answer = Err(Message(title, "That is what it means.", "That is what to press."))


async def _at_once(delay: float) -> None:
    """No time passes in these tests."""


def make_status(provider: Provider, **changes: Field) -> TokenStatus:
    """A login that works; `changes` are fields of `TokenStatus`."""
    status = TokenStatus(
        provider=provider,
        phase="authorized",
        reason=None,
        since=NOW - timedelta(days=12),
        account={"twitch": TWITCH_ACCOUNT, "spotify": SPOTIFY_ACCOUNT, "twitch_bot": BOT_ACCOUNT}[provider],
        scopes=frozenset(),
        missing_scopes=frozenset(),
        expires_at=NOW + timedelta(hours=2),
        authorized_at=NOW - timedelta(days=12),
        reauthorize_by=NOW + timedelta(days=170) if provider == "spotify" else None,
        warn_reauthorize=False,
        session_only=False,
        vault_error=None,
        refreshing=False,
        consecutive_failures=0,
        next_attempt_at=None,
        last_failure=None,
    )
    return dataclasses.replace(status, **changes)


def signed_out(provider: Provider) -> TokenStatus:
    """Nobody has signed in yet."""
    return make_status(
        provider,
        phase="not_configured",
        account=None,
        authorized_at=None,
        reauthorize_by=None,
        since=None,
        expires_at=None,
    )


FEATURES = tuple(
    FeatureView(name, on=name in DEFAULT_FEATURES, granted=name in DEFAULT_FEATURES, missing=False)
    for name in TWITCH_FEATURES
)
"""What everybody starts with, agreed to."""

LOGINS: dict[Provider, TokenStatus] = {
    "twitch": make_status("twitch"),
    "spotify": make_status("spotify"),
    "twitch_bot": signed_out("twitch_bot"),
}
"""Both logins that everybody has, and no bot."""


def make_track(**changes: Field) -> Track:
    """A song; `changes` are fields of `Track`."""
    track = Track(
        id="4uLU6hMCjMI75M1A2tKUQC",
        uri="spotify:track:4uLU6hMCjMI75M1A2tKUQC",
        title="Lantern Season",
        artists=("The Paper Boats", "Ines Vale"),
        album="Harbour Lights",
        duration_ms=221_000,
        explicit=False,
        cover_url="https://pictures.example/cover.png",
        link="https://open.spotify.com/track/4uLU6hMCjMI75M1A2tKUQC",
    )
    return dataclasses.replace(track, **changes)


def make_picture(track: Track | None = None, **changes: Field) -> PlaybackPicture:
    """That song, playing since a minute; `changes` are fields of `PlaybackPicture`."""
    picture = PlaybackPicture(
        kind="track",
        track=track or make_track(),
        title=None,
        is_playing=True,
        progress_ms=61_000,
        device_name="Studio PC",
        seen_at=NOW,
    )
    return dataclasses.replace(picture, **changes)


def playing(picture: PlaybackPicture | None, **changes: Field) -> PlaybackState:
    """The playback state around a picture."""
    state = PlaybackState(picture=picture, problem=None, problem_since=None, polling=True, next_poll_at=None)
    return dataclasses.replace(state, **changes)


def live_stream(**changes: Field) -> StreamState:
    """Live for 2 h 14 min with 183 viewers; `changes` are fields of `StreamState`."""
    return dataclasses.replace(
        offline_stream(),
        is_live=True,
        session_id="session-1",
        stream_id="41375541868",
        started_at=NOW - timedelta(hours=2, minutes=14),
        ended_at=None,
        peak_viewer_count=214,
        viewer_count=183,
        viewers_seen_at=NOW,
        **changes,
    )


def offline_stream(**changes: Field) -> StreamState:
    """Offline since yesterday."""
    state = StreamState(
        is_live=False,
        session_id=None,
        stream_id=None,
        started_at=NOW - timedelta(hours=20),
        ended_at=NOW - timedelta(hours=17),
        peak_viewer_count=214,
        viewer_count=None,
        viewers_seen_at=None,
        resume_until=None,
    )
    return dataclasses.replace(state, **changes)


def curve(count: int = 134) -> tuple[ViewerPoint, ...]:
    """A viewer count that rises, dips and rises again, one point a minute."""
    heights = (
        round(90 + minute * 0.7 + 14 * math.sin(minute / 9) + 3 * math.sin(minute * 1.7)) for minute in range(count)
    )
    start = NOW - timedelta(minutes=count - 1)
    return tuple(
        ViewerPoint("session-1", start + timedelta(minutes=minute), height) for minute, height in enumerate(heights)
    )


def lamp(name: ConnectionName, level: ConnectionLevel, word: str, reason: str = "", *mends: Mend) -> Connection:
    """One connection, with the title that goes with its name."""
    titles = {"eventsub": "EventSub", "obs": "OBS"}
    return Connection(name, titles.get(name, name.title()), level, word, reason or f"{word}.", mends)


def all_good() -> tuple[Connection, ...]:
    """Six lamps that need nothing."""
    return (
        lamp("twitch", "good", "Signed in", "Signed in as Fern_Example. The login renews itself."),
        lamp("eventsub", "good", "Connected", "Twitch tells Companion at once when the stream starts or ends."),
        lamp("spotify", "good", "Playing", "Signed in as Fern. Companion sees what plays."),
        lamp("obs", "good", "Streaming", "OBS shows two overlays and is streaming."),
        lamp("overlays", "good", "2 pages", "Two pages are connected."),
        lamp("keyring", "good", "Unlocked", "Your logins are kept in the system's keyring."),
    )


def make_overlays(**changes: Field) -> OverlayServerState:
    """A server with one page of each kind; `changes` are fields of `OverlayServerState`."""
    state = OverlayServerState(
        host="127.0.0.1",
        port=17800,
        serving=True,
        urls=URLS,
        connected_pages={"live": 1, "now-playing": 1},
        problem=None,
        move_to=None,
        obs_version="31.0.2",
        obs_streaming=True,
        files={name: f"/data/overlays/{name}.html" for name in URLS},
    )
    return dataclasses.replace(state, **changes)


def make_snapshot(**changes: Field) -> AppSnapshot:
    """Everything works and the stream is live; `changes` are fields of `AppSnapshot`, `tokens` the other logins."""
    changes["tokens"] = {**LOGINS, **changes.get("tokens", {})}
    snapshot = AppSnapshot(
        revision=1,
        taken_at=NOW,
        demo=False,
        starting=False,
        stream=live_stream(),
        sparkline=curve(),
        playback=playing(make_picture()),
        tokens=LOGINS,
        client_ids={"twitch": "a" * 30, "spotify": "0" * 32, "twitch_bot": "a" * 30},
        features=FEATURES,
        sign_in={"twitch": Idle(), "spotify": Idle(), "twitch_bot": Idle()},
        connections=all_good(),
        overlays=make_overlays(),
        feed=(),
        notices=(),
        tray="live",
        queue=make_queue(),
        raffle=make_raffle(),
        achievements=DEFINITIONS,
        commands=COMMANDS,
        values=VALUES,
        rewards=make_rewards(),
        needs_you=(),
        hold=HoldState(held=False, since=None, by=None),
    )
    return dataclasses.replace(snapshot, **changes)


def seen(minutes: float) -> Instant:
    """That many minutes before `NOW`."""
    return NOW - timedelta(minutes=minutes)
