"""The Playback object and Spotify's queue: both pictures in one poll, for whoever needs them."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from companion.kernel.tasks import TaskSupervisor
from companion.ports.failures import NetworkDown, RateLimited
from companion.ports.spotify import PlaybackPicture, UpcomingPicture
from tests.fakes.clock import START, FakeClock
from tests.fakes.spotify import NOTHING, FakeSpotify, ManualTimer, a_picture, a_track
from tests.unit.objects.playback.test_object import Stage, settle

DOWN = NetworkDown("no answer")


class Listener:
    """Remembers the pairs."""

    def __init__(self) -> None:
        self.pairs: list[tuple[PlaybackPicture, UpcomingPicture | None]] = []

    def __call__(self, picture: PlaybackPicture, upcoming: UpcomingPicture | None) -> None:
        self.pairs.append((picture, upcoming))


@pytest_asyncio.fixture
async def stage(clock: FakeClock) -> AsyncIterator[Stage]:
    supervisor = TaskSupervisor(logging.getLogger("companion.test"))
    stage = Stage(clock, FakeSpotify(clock), ManualTimer(), supervisor)
    stage.spotify.answer(a_picture(a_track(1)))
    stage.spotify.current, stage.spotify.upcoming = a_track(1), [a_track(2)]
    yield stage
    stage.playback.close()
    supervisor.close()
    assert await supervisor.drain(1.0) == ()


@pytest.fixture
def pairs(stage: Stage) -> Listener:
    listener = Listener()
    stage.playback.on_sync(listener)
    return listener


async def start(stage: Stage) -> None:
    stage.playback.start()
    stage.playback.set_authorized(True)
    await settle()


async def test_whoever_wants_the_queue_is_a_reason_to_poll(stage: Stage, pairs: Listener) -> None:
    await start(stage)
    assert stage.spotify.polls == 0
    stage.playback.want_queue("song_queue", True)
    await settle()
    assert stage.spotify.polls == 1
    (pair,) = pairs.pairs
    assert pair[1] is not None
    assert (pair[0].track, pair[1].upcoming) == (a_track(1), (a_track(2),))
    assert stage.playback.get_state().upcoming == pair[1]


async def test_a_window_that_opens_has_both_at_once(stage: Stage) -> None:
    stage.playback.start()
    stage.playback.set_authorized(True)
    stage.playback.want_queue("window", True)
    stage.playback.set_watched("window", True)
    await settle()
    state = stage.playback.get_state()
    assert state.picture is not None
    assert state.upcoming is not None
    stage.playback.want_queue("window", False)
    stage.playback.set_watched("window", False)
    assert not stage.playback.get_state().polling


async def test_without_anybody_wanting_it_the_queue_is_not_asked(stage: Stage, pairs: Listener) -> None:
    await stage.live()
    assert stage.spotify.polls == 1
    assert pairs.pairs == []
    assert stage.playback.get_state().upcoming is None


async def test_who_comes_late_has_it_read_at_once(stage: Stage, pairs: Listener) -> None:
    await stage.live()
    stage.playback.want_queue("window", True)
    await settle()
    assert stage.spotify.polls == 2
    stage.playback.want_queue("song_queue", True)
    await settle()
    assert stage.spotify.polls == 2
    assert len(pairs.pairs) == 1


async def test_when_the_last_one_leaves_the_queue_is_forgotten(stage: Stage, pairs: Listener) -> None:
    await stage.live()
    for name in ("window", "song_queue"):
        stage.playback.want_queue(name, True)
    await settle()
    stage.playback.want_queue("window", False)
    await stage.pass_planned_time()
    assert len(pairs.pairs) == 2
    stage.playback.want_queue("song_queue", False)
    await stage.pass_planned_time()
    assert len(pairs.pairs) == 2
    assert stage.playback.get_state().upcoming is None


async def test_one_call_after_the_other_never_two_at_once(stage: Stage, pairs: Listener) -> None:
    stage.playback.want_queue("song_queue", True)
    stage.spotify.hold()
    await start(stage)
    again = stage.supervisor.spawn(stage.playback.refresh(), name="refresh")
    await settle()
    stage.spotify.release()
    await settle()
    assert again is not None
    assert stage.spotify.most_at_once == 1
    assert len(pairs.pairs) == 1


@pytest.mark.parametrize("half", ["get_playback", "get_queue"])
async def test_a_failure_of_either_half_serves_the_last_good_pair(stage: Stage, pairs: Listener, half: str) -> None:
    stage.playback.want_queue("song_queue", True)
    await start(stage)
    before = stage.playback.get_state()
    if half == "get_queue":
        stage.spotify.fail("get_queue", DOWN)
    else:
        stage.spotify.answer(DOWN)
    await stage.pass_planned_time()
    state = stage.playback.get_state()
    assert len(pairs.pairs) == 1
    assert state.upcoming == before.upcoming
    assert (state.problem or state.queue_problem) == DOWN
    stage.spotify.answer(a_picture(a_track(1)))
    await stage.pass_planned_time()
    assert len(pairs.pairs) == 2
    assert stage.playback.get_state().queue_problem is None


async def test_without_a_device_the_queue_is_not_known(stage: Stage, pairs: Listener) -> None:
    stage.spotify.answer(NOTHING)
    stage.playback.want_queue("song_queue", True)
    await start(stage)
    assert [upcoming for _, upcoming in pairs.pairs] == [None]


async def test_a_song_that_began_between_the_two_readings_is_read_again(stage: Stage, pairs: Listener) -> None:
    stage.spotify.answer(a_picture(a_track(1), progress_ms=179_900), a_picture(a_track(2)))
    stage.spotify.current, stage.spotify.upcoming = a_track(2), []
    stage.playback.want_queue("song_queue", True)
    await start(stage)
    assert stage.spotify.polls == 2
    (pair,) = pairs.pairs
    assert pair[0].track == a_track(2)


async def test_close_looks_come_every_3_seconds_from_45_before_the_end(stage: Stage) -> None:
    stage.playback.want_queue("song_queue", True)
    await start(stage)
    stage.playback.look_closely(timedelta(seconds=45))
    delays = []
    passed = 0.0
    while passed < 170:
        stage.spotify.answer(a_picture(a_track(1), progress_ms=int(passed * 1000)))
        delays.append((passed, await stage.pass_planned_time()))
        passed += delays[-1][1]
    assert all(delay == 3 for at, delay in delays if at >= 138)
    assert any(delay == 15 for at, delay in delays if at < 100)


async def test_a_soon_look_comes_sooner_but_never_against_spotifys_wish(stage: Stage) -> None:
    stage.playback.want_queue("song_queue", True)
    await start(stage)
    stage.playback.look_soon(timedelta(seconds=2))
    assert stage.timer.delay == 2
    stage.playback.look_soon(timedelta(seconds=9))
    assert stage.timer.delay == 2
    stage.spotify.answer(RateLimited(START + timedelta(seconds=300)))
    await stage.pass_planned_time()
    waiting = stage.timer.delay
    stage.playback.look_soon(timedelta(seconds=2))
    assert stage.timer.delay == waiting


async def test_while_the_queue_alone_fails_it_is_asked_ever_more_seldom(stage: Stage, pairs: Listener) -> None:
    stage.playback.want_queue("song_queue", True)
    await start(stage)
    errors = [NetworkDown(f"{number}") for number in range(20)]
    stage.spotify.fail("get_queue", *errors)
    for _ in range(20):
        await stage.pass_planned_time()
    assert stage.spotify.polls == 21
    asked = 20 - len(stage.spotify.errors["get_queue"])
    assert asked == 5  # after 15, 30, 60, 120 s, ...
    stage.spotify.errors.clear()
    await stage.playback.refresh()
    assert len(pairs.pairs) == 2
