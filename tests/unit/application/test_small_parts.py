"""Client ids as typed, the feed, features and scopes, the watch over EventSub."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from companion.application.client_ids import check_client_id
from companion.application.features import REASONS, SPOTIFY_SCOPES, TWITCH_FEATURES, reason_for, twitch_scopes
from companion.application.feed import LONGEST, Feed
from companion.application.stream_watch import StreamWatch
from companion.kernel.instant import Instant
from companion.kernel.result import Err, Ok, Result
from companion.ports.events import (
    DomainEvent,
    NowPlayingChanged,
    StreamSessionEnded,
    StreamWentOffline,
    StreamWentOnline,
)
from companion.ports.failures import NetworkDown, StorageFailed
from companion.ports.stream import LifecycleError, ReconcileReport, Reconciliation, StreamStarted, StreamState
from companion.ports.tokens import Provider
from companion.ports.twitch import Gap, StreamOffline, StreamOnline
from tests.fakes.application import offline_stream
from tests.fakes.clock import START, FakeClock

# Client ids


@pytest.mark.parametrize(
    ("provider", "text", "fits"),
    [
        ("twitch", "abcdefghij0123456789abcdefghij", True),
        ("twitch", "  abcdefghij0123456789abcdefghij\n", True),
        ("twitch", "ABCDEFGHIJ0123456789abcdefghij", False),
        ("twitch", "0123456789abcdef0123456789abcdef", False),
        ("twitch", "", False),
        ("twitch", "abc", False),
        ("twitch", "my client id is abcdefghij0123", False),
        ("spotify", "0123456789abcdef0123456789abcdef", True),
        ("spotify", "0123456789abcdef0123456789abcdeg", False),
        ("spotify", "abcdefghij0123456789abcdefghij", False),
        ("spotify", "é" * 32, False),
        ("spotify", "x" * 5000, False),
    ],
)
def test_client_ids_are_checked_as_typed(provider: Provider, text: str, fits: bool) -> None:
    problem = check_client_id(provider, text)
    assert (problem is None) is fits
    if problem is not None:
        assert problem.title and problem.advice
        assert len(text) < 100 or text not in problem.text()


def test_how_much_is_missing_is_counted() -> None:
    problem = check_client_id("twitch", "abc")
    assert problem is not None and "3 of 30" in problem.title


# Features and scopes


def test_scopes_are_those_of_the_domain() -> None:
    assert {
        "user-read-currently-playing", "user-read-playback-state", "user-modify-playback-state",
    } == SPOTIFY_SCOPES  # fmt: skip
    assert twitch_scopes(TWITCH_FEATURES) == {
        "channel:manage:redemptions", "user:read:chat", "user:write:chat", "moderator:manage:shoutouts",
        "moderator:read:followers", "channel:read:subscriptions", "bits:read",
    }  # fmt: skip


def test_only_what_is_switched_on_is_asked_for() -> None:
    assert twitch_scopes([]) == frozenset()
    assert twitch_scopes(["bits", "chat"]) == {"bits:read", "user:read:chat", "user:write:chat"}


def test_every_scope_has_its_reason() -> None:
    assert set(REASONS) == SPOTIFY_SCOPES | twitch_scopes(TWITCH_FEATURES)
    assert all(reason_for(scope).startswith("to ") for scope in REASONS)
    assert reason_for("something:new") == "something:new"


# The feed


def online(number: int, *, resumed: bool = False) -> StreamWentOnline:
    return StreamWentOnline(
        event_id=f"on-{number}", at=START, session_id="s", stream_id="A", started_at=START, resumed=resumed
    )


EVENTS: list[tuple[DomainEvent, str | None]] = [
    (online(1), "The stream went live."),
    (online(2, resumed=True), "The stream came back; the session goes on."),
    (
        StreamWentOffline(event_id="off", at=START, session_id="s", started_at=START, ended_at=START,
                          peak_viewer_count=250, resume_until=START),
        "The stream went offline. Peak: 250 viewers.",
    ),
    (
        StreamSessionEnded(event_id="end", at=START, session_id="s", started_at=START, ended_at=START,
                           peak_viewer_count=250),
        "The session is over.",
    ),
    (
        NowPlayingChanged(event_id="song", at=START, playing_kind="track", track_id="t", title="Lantern Season",
                          artists=("The Paper Boats", "Ines Vale"), is_playing=True),
        "Lantern Season – The Paper Boats, Ines Vale",
    ),
    (
        NowPlayingChanged(event_id="alone", at=START, playing_kind="track", track_id="t", title="Lantern Season",
                          artists=(), is_playing=True),
        "Lantern Season",
    ),
    (
        NowPlayingChanged(event_id="ad", at=START, playing_kind="ad", track_id=None, title=None, artists=(),
                          is_playing=True),
        None,
    ),
    (
        NowPlayingChanged(event_id="pause", at=START, playing_kind="track", track_id="t", title="Lantern Season",
                          artists=(), is_playing=False),
        None,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("event", "words"), EVENTS, ids=lambda it: getattr(it, "event_id", ""))
def test_events_are_told_in_words(event: DomainEvent, words: str | None) -> None:
    feed = Feed()
    feed.add_event(event)
    assert [entry.text for entry in feed.entries()] == ([] if words is None else [words])


def test_the_feed_is_newest_first_without_repetitions_and_keeps_a_hundred() -> None:
    feed = Feed()
    for number in range(LONGEST + 20):
        feed.add_event(online(number))
        feed.add_event(online(number))
    entries = feed.entries()
    assert len(entries) == LONGEST == 100
    assert (entries[0].id, entries[-1].id) == ("on-119", "on-20")


def test_the_feed_is_loaded_from_what_is_stored() -> None:
    feed = Feed()
    feed.load([online(3), online(2), online(1)])
    assert [entry.id for entry in feed.entries()] == ["on-3", "on-2", "on-1"]


# The watch over EventSub


class Lifecycle:
    """The part of `StreamLifecyclePort` that the watch speaks to."""

    def __init__(self) -> None:
        self.asked: list[object] = []
        self.answer: Result[None, LifecycleError] = Ok(None)
        self.outcome: Reconciliation | None = "noop"

    async def on_stream_online(self, stream: StreamStarted | None = None) -> Result[None, LifecycleError]:
        self.asked.append(stream)
        return self.answer

    async def on_stream_offline(self, at: Instant | None = None) -> Result[None, LifecycleError]:
        self.asked.append(at)
        return self.answer

    async def reconcile(self) -> Result[ReconcileReport, LifecycleError]:
        self.asked.append("reconcile")
        if self.outcome is None:
            return Err(NetworkDown("no answer"))
        return Ok(ReconcileReport(self.outcome, offline_stream(), offline_stream(), "no live stream"))

    def get_stream_state(self) -> StreamState:
        return offline_stream()


class Watched:
    def __init__(self, clock: FakeClock) -> None:
        self.lifecycle = Lifecycle()
        self.feed = Feed()
        self.connected = 0
        self.changes = 0
        self.watch = StreamWatch(
            lifecycle=self.lifecycle,  # type: ignore[arg-type]  # only what the watch speaks to
            feed=self.feed,
            clock=clock,
            logger=logging.getLogger("companion.test"),
            on_connected=self._connected,
            on_change=self._changed,
        )

    def _connected(self) -> None:
        self.connected += 1

    def _changed(self) -> None:
        self.changes += 1


@pytest.fixture
def watched(clock: FakeClock) -> Watched:
    return Watched(clock)


async def test_notifications_are_passed_on_with_twitchs_times(watched: Watched) -> None:
    sent = START + timedelta(seconds=9)
    await watched.watch.on_notification(StreamOnline("m1", sent, "A", START))
    await watched.watch.on_notification(StreamOffline("m2", sent))
    assert watched.lifecycle.asked == [StreamStarted("A", START, sent), sent]


@pytest.mark.expected_logs("could not be taken in")
async def test_a_notification_that_cannot_be_stored_is_logged(watched: Watched) -> None:
    watched.lifecycle.answer = Err(StorageFailed("full"))
    await watched.watch.on_notification(StreamOffline("m2", START))


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ("noop", "Nothing was missed."),
        ("set_online", "the stream had begun"),
        ("set_offline", "the stream had ended"),
        ("replaced", "another stream had begun"),
        (None, "could not be looked up yet"),
    ],
)
async def test_after_a_gap_helix_is_asked_and_the_feed_tells(
    watched: Watched, outcome: Reconciliation | None, said: str
) -> None:
    watched.lifecycle.outcome = outcome
    await watched.watch.on_gap(Gap(START, START + timedelta(minutes=7), "the network went away"))
    assert watched.lifecycle.asked == ["reconcile"]
    (entry,) = watched.feed.entries()
    assert "7 min" in entry.text and "the network went away" in entry.text and said in entry.text
    assert (watched.connected, watched.changes) == (1, 1)


async def test_the_first_connection_is_caught_up_silently(watched: Watched) -> None:
    await watched.watch.on_gap(Gap(None, START, "start"))
    assert watched.lifecycle.asked == ["reconcile"]
    assert watched.feed.entries() == ()


async def test_a_withdrawn_subscription_is_told(watched: Watched) -> None:
    await watched.watch.on_revoked("stream.online", "authorization_revoked")
    assert "authorization revoked" in watched.feed.entries()[0].text
    assert watched.changes == 1
