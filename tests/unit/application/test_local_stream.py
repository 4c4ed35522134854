"""The stream's instants by this machine's clock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from companion.application.local_stream import LocalStream
from companion.kernel.server_time import ServerTime
from companion.ports.stream import StreamState
from tests.fakes.clock import START, FakeClock

FAST = timedelta(minutes=11)
LIVE = StreamState(True, "session", "stream", START, None, 40, 30, START + timedelta(minutes=1), None)
OFFLINE = replace(
    LIVE, is_live=False, ended_at=START + timedelta(hours=1), resume_until=START + timedelta(hours=1, minutes=10)
)


@dataclass
class Told:
    state: StreamState

    def get_stream_state(self) -> StreamState:
        return self.state


def test_on_a_machine_whose_clock_is_fast_the_uptime_is_right() -> None:
    clock = FakeClock()  # shows START when it is eleven minutes before
    twitch = ServerTime(clock)
    twitch.heard(START - FAST)
    stream = LocalStream(Told(replace(LIVE, started_at=START - FAST - timedelta(minutes=5))), twitch.local)
    started_at = stream.get_stream_state().started_at
    assert started_at is not None
    assert clock.now() - started_at == timedelta(minutes=5)


def test_every_instant_is_moved_and_nothing_else() -> None:
    state = LocalStream(Told(OFFLINE), lambda said: said + FAST).get_stream_state()
    assert state == replace(
        OFFLINE,
        started_at=START + FAST,
        ended_at=START + FAST + timedelta(hours=1),
        viewers_seen_at=START + FAST + timedelta(minutes=1),
        resume_until=START + FAST + timedelta(hours=1, minutes=10),
    )


def test_what_is_not_known_stays_unknown() -> None:
    assert LocalStream(Told(LIVE), lambda said: said + FAST).get_stream_state().ended_at is None
