"""What EventSub tells, handed on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from companion.application.feed import Feed
from companion.application.twitch_watch import TwitchWatch
from companion.kernel.result import Err, Ok, Result
from companion.ports.failures import NetworkDown
from companion.ports.stream import LifecycleError, ReconcileReport, Reconciliation, StreamState
from companion.ports.twitch import Gap, Notification, StreamOffline, StreamOnline
from tests.fakes.application import offline_stream
from tests.fakes.clock import START, FakeClock


class Lifecycle:
    """The part of `StreamLifecyclePort` that the watch speaks to."""

    def __init__(self) -> None:
        self.asked: list[object] = []
        self.outcome: Reconciliation | None = "noop"

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
        self.taken: list[Notification] = []
        self.missed: int | None = 0
        self.watch = TwitchWatch(
            inbox=self,
            find_missed=self._find_missed,
            lifecycle=self.lifecycle,  # type: ignore[arg-type]  # only what the watch speaks to
            feed=self.feed,
            clock=clock,
            on_connected=self._connected,
            on_change=self._changed,
        )

    def take(self, notifications: Sequence[Notification]) -> None:
        self.taken.extend(notifications)

    def catch_up(self) -> None:
        self.lifecycle.asked.append("inbox")

    async def _find_missed(self) -> int | None:
        self.lifecycle.asked.append("missed")
        return self.missed

    def _connected(self) -> None:
        self.connected += 1

    def _changed(self) -> None:
        self.changes += 1


@pytest.fixture
def watched(clock: FakeClock) -> Watched:
    return Watched(clock)


async def test_notifications_go_to_the_inbox(watched: Watched) -> None:
    told: list[Notification] = [StreamOnline("m1", START, "A", START), StreamOffline("m2", START)]
    await watched.watch.on_notifications(told)
    assert watched.taken == told


async def test_after_trouble_with_the_disk_everything_is_looked_up(watched: Watched) -> None:
    await watched.watch.catch_up()
    assert watched.lifecycle.asked == ["inbox", "reconcile", "missed"]
    assert watched.changes == 1


@pytest.mark.parametrize(
    ("outcome", "missed", "said"),
    [
        ("noop", 1, "Recovered: 1 redemption."),
        ("set_online", 3, "Recovered: 3 redemptions and the stream had begun."),
        ("noop", None, "What was missed could not be looked up yet."),
        ("set_offline", None, "Recovered: the stream had ended. The rest could not be looked up yet."),
    ],
)
async def test_missed_redemptions_are_counted(
    watched: Watched, outcome: Reconciliation, missed: int | None, said: str
) -> None:
    watched.lifecycle.outcome, watched.missed = outcome, missed
    await watched.watch.on_gap(Gap(START, START + timedelta(minutes=7), "the network went away"))
    assert said in watched.feed.entries()[0].text


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
    assert watched.lifecycle.asked == ["reconcile", "missed"]
    (entry,) = watched.feed.entries()
    assert "7 min" in entry.text and "the network went away" in entry.text and said in entry.text
    assert (watched.connected, watched.changes) == (1, 1)


async def test_the_first_connection_is_caught_up_silently(watched: Watched) -> None:
    await watched.watch.on_gap(Gap(None, START, "start"))
    assert watched.lifecycle.asked == ["reconcile", "missed"]
    assert watched.feed.entries() == ()


async def test_a_withdrawn_subscription_is_told(watched: Watched) -> None:
    await watched.watch.on_revoked("stream.online", "authorization_revoked")
    assert "authorization revoked" in watched.feed.entries()[0].text
    assert watched.changes == 1
