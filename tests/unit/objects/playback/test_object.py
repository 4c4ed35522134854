"""The Playback object: when it asks, what it keeps, whom it tells."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import pytest_asyncio

from companion.kernel.tasks import TaskSupervisor
from companion.objects.playback.object import Playback
from companion.ports.events import NowPlayingChanged
from companion.ports.failures import NetworkDown, RateLimited
from tests.fakes.clock import FakeClock
from tests.fakes.spotify import NOTHING, FakeSpotify, ManualTimer, a_picture, a_track

DOWN = NetworkDown("no answer")


@dataclass
class Stage:
    clock: FakeClock
    spotify: FakeSpotify
    timer: ManualTimer
    supervisor: TaskSupervisor
    told: list[NowPlayingChanged] = field(default_factory=list)
    changes: int = 0

    def __post_init__(self) -> None:
        numbers = iter(range(1, 1000))
        self.playback = Playback(
            spotify=self.spotify,
            clock=self.clock,
            timer=self.timer,
            supervisor=self.supervisor,
            publish=self.told.append,
            on_change=self._changed,
            ids=lambda: f"event-{next(numbers)}",
        )

    def _changed(self) -> None:
        self.changes += 1

    async def live(self) -> None:
        """Signed in, started and live; the first poll is over."""
        self.playback.start()
        self.playback.set_authorized(True)
        self.playback.set_live(True)
        await settle()

    async def pass_planned_time(self) -> float:
        """Let the planned delay pass and its poll end; the delay it was."""
        delay = self.timer.delay
        assert delay is not None
        self.clock.advance(delay)
        self.timer.fire()
        await settle()
        return delay


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@pytest_asyncio.fixture
async def stage(clock: FakeClock) -> AsyncIterator[Stage]:
    supervisor = TaskSupervisor(logging.getLogger("companion.test"))
    stage = Stage(clock, FakeSpotify(clock), ManualTimer(), supervisor)
    yield stage
    stage.playback.close()
    supervisor.close()
    assert await supervisor.drain(1.0) == ()


@pytest.mark.parametrize("missing", ["start", "login", "reason"])
async def test_polls_only_when_started_signed_in_and_of_use(stage: Stage, missing: str) -> None:
    if missing != "start":
        stage.playback.start()
    if missing != "login":
        stage.playback.set_authorized(True)
    if missing != "reason":
        stage.playback.set_watched("window", True)
    await settle()
    assert stage.spotify.polls == 0
    assert stage.timer.delay is None
    assert not stage.playback.get_state().polling


async def test_watching_is_a_reason_until_the_last_watcher_leaves(stage: Stage) -> None:
    stage.playback.start()
    stage.playback.set_authorized(True)
    stage.playback.set_watched("window", True)
    stage.playback.set_watched("page", True)
    await settle()
    assert stage.spotify.polls == 1
    stage.playback.set_watched("window", False)
    assert stage.playback.get_state().polling
    assert stage.timer.delay is not None
    stage.playback.set_watched("page", False)
    assert not stage.playback.get_state().polling
    assert stage.timer.delay is None


async def test_the_next_poll_is_planned_and_named(stage: Stage) -> None:
    stage.spotify.answer(a_picture())
    await stage.live()
    assert stage.timer.delay == 15
    assert stage.playback.get_state().next_poll_at == stage.clock.now() + timedelta(seconds=15)
    assert await stage.pass_planned_time() == 15
    assert stage.spotify.polls == 2


async def test_the_end_of_a_track_is_met(stage: Stage) -> None:
    stage.spotify.answer(a_picture(progress_ms=176_000), a_picture(a_track(2)))
    await stage.live()
    assert stage.timer.delay == 5
    await stage.pass_planned_time()
    assert [event.title for event in stage.told] == ["Song 1", "Song 2"]
    assert stage.timer.delay == 15


async def test_nothing_playing_is_asked_less_and_less_often(stage: Stage) -> None:
    await stage.live()
    assert [await stage.pass_planned_time() for _ in range(5)] == [15, 20, 25, 30, 30]


async def test_a_new_watcher_gets_a_fresh_picture_at_once_if_the_last_is_old(stage: Stage) -> None:
    await stage.live()
    stage.clock.advance(10)
    stage.playback.set_watched("page", True)
    await settle()
    assert stage.spotify.polls == 1
    stage.playback.set_watched("page", False)
    stage.clock.advance(6)
    stage.playback.set_watched("page", True)
    await settle()
    assert stage.spotify.polls == 2


async def test_failures_keep_the_last_good_picture_and_back_off(stage: Stage) -> None:
    stage.spotify.answer(a_picture(), DOWN)
    await stage.live()
    picture = stage.playback.get_state().picture
    await stage.pass_planned_time()
    since = stage.clock.now()
    assert [await stage.pass_planned_time() for _ in range(6)] == [15, 30, 60, 120, 240, 300]
    state = stage.playback.get_state()
    assert state.picture == picture
    assert state.problem == DOWN
    assert state.problem_since == since
    assert len(stage.told) == 1
    stage.spotify.answer(a_picture())
    await stage.pass_planned_time()
    state = stage.playback.get_state()
    assert (state.problem, state.problem_since) == (None, None)
    assert stage.timer.delay == 15


async def test_retry_after_beats_watchers_and_people(stage: Stage) -> None:
    until = stage.clock.now() + timedelta(hours=2)
    stage.spotify.answer(RateLimited(until), NOTHING)
    await stage.live()
    assert stage.playback.get_state().next_poll_at == until
    stage.clock.advance(60)
    stage.playback.set_watched("page", True)
    await stage.playback.refresh()
    await settle()
    assert stage.spotify.polls == 1
    while stage.spotify.polls == 1:  # in steps of an hour at most
        await stage.pass_planned_time()
    assert stage.clock.now() == until


async def test_a_clock_set_back_does_not_stop_the_polling(stage: Stage) -> None:
    stage.spotify.answer(a_picture())
    await stage.live()
    stage.clock.jump(timedelta(hours=-5))
    await stage.pass_planned_time()
    assert stage.spotify.polls == 2


async def test_a_timer_that_is_early_is_armed_anew(stage: Stage) -> None:
    stage.spotify.answer(a_picture())
    await stage.live()
    stage.clock.advance(14)
    stage.timer.fire()
    await settle()
    assert stage.spotify.polls == 1
    assert stage.timer.delay == 1


async def test_waking_asks_at_once(stage: Stage) -> None:
    stage.spotify.answer(a_picture(), DOWN, a_picture())
    await stage.live()
    await stage.pass_planned_time()
    stage.clock.jump(timedelta(hours=3))
    stage.playback.wake()
    await settle()
    assert stage.spotify.polls == 3
    assert stage.playback.get_state().problem is None


async def test_never_two_polls_at_once(stage: Stage) -> None:
    stage.spotify.hold()
    await stage.live()
    stage.playback.set_watched("page", True)
    stage.playback.wake()
    refreshes = [asyncio.ensure_future(stage.playback.refresh()) for _ in range(3)]
    await settle()
    stage.spotify.release()
    await asyncio.gather(*refreshes)
    assert stage.spotify.polls == 1
    assert stage.spotify.most_at_once == 1


async def test_refresh_works_without_a_watcher_and_plans_nothing(stage: Stage) -> None:
    stage.playback.start()
    stage.playback.set_authorized(True)
    stage.spotify.answer(a_picture())
    state = await stage.playback.refresh()
    assert state.picture is not None
    assert state.picture.title == "Song 1"
    assert stage.timer.delay is None


async def test_each_real_change_is_told_once(stage: Stage) -> None:
    first, second = a_track(1), a_track(2)
    stage.spotify.answer(
        a_picture(first),
        a_picture(first, progress_ms=15_000),
        a_picture(first, progress_ms=100_000),  # a seek
        a_picture(first, progress_ms=100_000, is_playing=False),
        a_picture(first, progress_ms=100_000),
        a_picture(second),
        a_picture(kind="ad"),
        NOTHING,
        NOTHING,
    )
    await stage.live()
    changes = [stage.changes]
    for _ in range(8):
        await stage.pass_planned_time()
        changes.append(stage.changes)
    assert [(it.playing_kind, it.title, it.is_playing) for it in stage.told] == [
        ("track", "Song 1", True),
        ("track", "Song 1", False),
        ("track", "Song 1", True),
        ("track", "Song 2", True),
        ("ad", None, True),
        ("nothing", None, False),
    ]
    assert [it.event_id for it in stage.told] == [f"event-{n}" for n in range(1, 7)]
    assert stage.told[0].artists == ("Somebody", "Somebody Else")
    assert changes == list(range(changes[0], changes[0] + 9))  # the age of the picture is part of the state


async def test_silence_at_the_start_is_no_change(stage: Stage) -> None:
    await stage.live()
    assert stage.told == []


async def test_signing_out_forgets_the_picture_and_signing_in_asks_at_once(stage: Stage) -> None:
    stage.spotify.answer(a_picture())
    await stage.live()
    stage.playback.set_authorized(False)
    assert stage.playback.get_state().picture is None
    assert stage.timer.delay is None
    assert len(stage.told) == 1  # nobody saw the music stop
    stage.playback.set_authorized(True)
    await settle()
    assert stage.spotify.polls == 2
    assert len(stage.told) == 1


async def test_the_answer_for_an_old_login_is_thrown_away(stage: Stage) -> None:
    stage.spotify.hold()
    stage.spotify.answer(a_picture(a_track(1)), a_picture(a_track(2)))
    await stage.live()
    stage.playback.set_authorized(False)
    stage.playback.set_authorized(True)
    stage.spotify.release()
    await settle()
    assert [it.title for it in stage.told] == ["Song 2"]


async def test_silent_after_close_even_with_a_poll_under_way(stage: Stage) -> None:
    stage.spotify.hold()
    stage.spotify.answer(a_picture())
    await stage.live()
    changes = stage.changes
    stage.playback.close()
    stage.spotify.release()
    await settle()
    stage.playback.set_live(False)
    stage.playback.set_watched("page", True)
    await stage.playback.refresh()
    assert stage.told == []
    assert stage.changes == changes
    assert stage.timer.closed
    assert stage.spotify.polls == 1


@pytest.mark.expected_logs("task failed: playback-poll")
async def test_a_picture_that_breaks_the_sums_does_not_end_the_polling(stage: Stage) -> None:
    stage.spotify.answer(a_picture(a_track(duration_ms=10**18)), a_picture())
    await stage.live()
    assert stage.timer.delay is not None
    await stage.pass_planned_time()
    assert stage.playback.get_state().picture is not None


@pytest.mark.expected_logs("task failed: playback-poll")
async def test_a_bug_while_telling_does_not_end_the_polling(clock: FakeClock) -> None:
    told: list[NowPlayingChanged] = []

    def publish(event: NowPlayingChanged) -> None:
        told.append(event)
        if len(told) == 1:
            raise RuntimeError("disk full")

    spotify, timer = FakeSpotify(clock), ManualTimer()
    spotify.answer(a_picture())
    supervisor = TaskSupervisor(logging.getLogger("companion.test"))
    playback = Playback(
        spotify=spotify,
        clock=clock,
        timer=timer,
        supervisor=supervisor,
        publish=publish,
        on_change=lambda: None,
        ids=lambda: "x",
    )
    playback.start()
    playback.set_authorized(True)
    playback.set_live(True)
    await settle()
    clock.advance(15)
    timer.fire()
    await settle()
    assert len(told) == 2  # told again, since the first telling failed
    playback.close()
