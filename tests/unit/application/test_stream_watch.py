"""What EventSub tells, handed on."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from companion.application.feed import Feed
from companion.application.stream_watch import StreamWatch
from companion.kernel.instant import Instant
from companion.kernel.result import Err, Ok, Result
from companion.ports.failures import NetworkDown, StorageFailed
from companion.ports.stream import LifecycleError, ReconcileReport, Reconciliation, StreamStarted, StreamState
from companion.ports.twitch import Gap, StreamOffline, StreamOnline
from tests.fakes.application import offline_stream
from tests.fakes.clock import START, FakeClock


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
    await watched.watch.on_notifications([StreamOnline("m1", sent, "A", START)])
    await watched.watch.on_notifications([StreamOffline("m2", sent)])
    assert watched.lifecycle.asked == [StreamStarted("A", START, sent), sent]


@pytest.mark.expected_logs("could not be stored yet")
async def test_what_cannot_be_stored_is_kept_and_caught_up_in_order(watched: Watched) -> None:
    watched.lifecycle.answer = Err(StorageFailed("full"))
    await watched.watch.on_notifications([StreamOffline("m1", START)])
    await watched.watch.on_notifications([StreamOnline("m2", START, "B", START)])
    watched.lifecycle.answer = Ok(None)
    watched.lifecycle.asked.clear()

    await watched.watch.catch_up()

    assert watched.lifecycle.asked == [START, StreamStarted("B", START, START), "reconcile"]
    await watched.watch.catch_up()
    assert watched.lifecycle.asked[3:] == ["reconcile"]


@pytest.mark.expected_logs("could not be stored yet")
async def test_still_no_room_keeps_it_for_the_next_time(watched: Watched) -> None:
    watched.lifecycle.answer = Err(StorageFailed("full"))
    await watched.watch.on_notifications([StreamOffline("m1", START)])
    await watched.watch.catch_up()
    watched.lifecycle.asked.clear()
    watched.lifecycle.answer = Ok(None)
    await watched.watch.catch_up()
    assert watched.lifecycle.asked == [START, "reconcile"]


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
