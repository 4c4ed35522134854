"""Polling while live: what is recorded, what closes a session, what a look at Helix changes."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from companion.kernel.result import Err, Ok, expect_ok
from companion.ports.events import StreamWentOffline, StreamWentOnline
from companion.ports.failures import NetworkDown
from companion.ports.stream import InvalidCount, NotLive
from tests.fakes.clock import START, FakeClock
from tests.fakes.runtime import settle
from tests.unit.objects.stream_lifecycle.stage import Stage, after

GRACE = 600.0


async def settled(stage: Stage, viewers: int = 5) -> None:
    """Live, and past the ten minutes after `stream.online`."""
    stage.twitch.show("A", viewers)
    await stage.online("A", 0)
    await stage.rig.pass_time(GRACE + 60)


async def test_helix_is_asked_at_once_and_then_every_sixty_seconds(stage: Stage) -> None:
    stage.twitch.show("A", 3)
    await stage.online("A", 0)
    await stage.rig.pass_time(600)
    assert [at for _, at, _ in stage.rows()] == [after(60 * minute) for minute in range(11)]
    assert len(stage.twitch.calls) == 11


async def test_100_250_175_gives_peak_250(stage: Stage) -> None:
    await stage.online("A", 0)
    for viewers in (100, 250, 175):
        await stage.poll(viewers)
    state = stage.life.get_stream_state()
    assert (state.peak_viewer_count, state.viewer_count) == (250, 175)
    await stage.offline(200)
    event = stage.events[-1]
    assert isinstance(event, StreamWentOffline) and event.peak_viewer_count == 250


async def test_the_peak_starts_at_zero_in_each_session(stage: Stage) -> None:
    await stage.online("A", 0)
    await stage.poll(250)
    await stage.offline(100)
    await stage.rig.pass_time(GRACE + 1)
    stage.twitch.show("B", 3, started_at=after(5000))
    await stage.online("B", 5000)
    await stage.rig.pass_time(1)
    assert stage.life.get_stream_state().peak_viewer_count == 3


async def test_two_snapshots_in_one_instant_are_one_row_the_later_counts(stage: Stage) -> None:
    await stage.online("A", 0)
    await stage.settle(stage.life.record_viewer_count(10))
    await stage.settle(stage.life.record_viewer_count(20))
    assert [(at, count) for _, at, count in stage.rows()] == [(START, 20)]
    assert [point.viewer_count for point in stage.life.sparkline()] == [20]


@pytest.mark.parametrize("count", [-1, -(10**9), True, 1.5, "7", None, 2**63])
async def test_only_integers_from_zero_are_counts(stage: Stage, count: int) -> None:
    await stage.online("A", 0)
    assert await stage.life.record_viewer_count(count) == Err(InvalidCount(count))
    assert stage.rows() == []


@pytest.mark.parametrize("count", [0, 1, 2**63 - 1])
async def test_from_zero_upwards_all_are(stage: Stage, count: int) -> None:
    await stage.online("A", 0)
    assert await stage.life.record_viewer_count(count) == Ok(None)
    assert stage.rows()[-1][2] == count
    assert stage.life.get_stream_state().viewer_count == count


async def test_there_is_nothing_to_count_while_offline(stage: Stage) -> None:
    assert await stage.life.record_viewer_count(5) == Err(NotLive())
    await stage.online("A", 0)
    await stage.offline(1)
    assert await stage.life.record_viewer_count(5) == Err(NotLive())


async def test_failed_polls_and_empty_answers_write_no_row(stage: Stage) -> None:
    await stage.online("A", 0)
    stage.twitch.error = NetworkDown("no answer")
    await stage.rig.pass_time(300)
    stage.twitch.error = None
    await stage.poll(None, wait=120)
    assert stage.rows() == []
    assert stage.live()
    await stage.poll(4)
    assert len(stage.rows()) == 1


async def test_polling_goes_on_after_a_restart(stage: Stage) -> None:
    await stage.online("A", 0)
    await stage.poll(5)
    await stage.restart()
    await stage.poll(6)
    await stage.poll(7)
    assert [count for _, _, count in stage.rows()][-2:] == [6, 7]


async def test_the_sparkline_keeps_the_newest_240_points_of_the_session(stage: Stage) -> None:
    await stage.online("A", 0)
    for number in range(300):
        await stage.settle(stage.life.record_viewer_count(number))
        stage.clock.advance(0.01)
    assert [point.viewer_count for point in stage.life.sparkline()] == list(range(60, 300))
    await stage.restart()
    assert [point.viewer_count for point in stage.life.sparkline()][:240] == list(range(60, 300))
    await stage.offline(400)
    await stage.rig.pass_time(GRACE + 1)
    await stage.online("B", 9000)
    assert stage.life.sparkline() == ()


# Empty answers


async def test_five_empty_answers_over_five_minutes_close(stage: Stage) -> None:
    await settled(stage)
    stage.twitch.stream = None
    await stage.rig.pass_time(5 * 60)
    assert stage.live()
    await stage.rig.pass_time(60)
    assert not stage.live()
    event = stage.events[-1]
    assert isinstance(event, StreamWentOffline)
    assert event.ended_at == after(GRACE + 120)  # the first empty answer


async def test_five_quick_empty_answers_do_not(stage: Stage) -> None:
    await settled(stage)
    stage.twitch.stream = None
    for _ in range(20):
        expect_ok(await stage.life.reconcile())
        stage.clock.advance(1)
    assert stage.live()


async def test_nor_do_four_over_a_long_time(stage: Stage) -> None:
    await settled(stage)
    stage.twitch.stream = None
    await stage.rig.pass_time(3 * 60)
    stage.twitch.error = NetworkDown("no answer")
    await stage.rig.pass_time(600)
    assert stage.live()
    stage.twitch.error = None
    await stage.rig.pass_time(180)
    assert not stage.live()  # failures are no answers: they neither count nor break the row


async def test_one_sight_of_the_stream_begins_the_count_anew(stage: Stage) -> None:
    await settled(stage)
    for _ in range(6):
        await stage.poll(None, wait=240)
        await stage.poll(5)
    assert stage.live()


async def test_empty_answers_within_ten_minutes_after_the_start_do_not_count(stage: Stage) -> None:
    await stage.online("A", 0, seen=120)
    await stage.poll(None, wait=120 + GRACE - 1)
    assert stage.live()
    await stage.rig.pass_time(5 * 60)
    assert stage.live()
    await stage.rig.pass_time(120)
    assert not stage.live()


async def test_while_obs_says_that_it_streams_helix_closes_nothing(stage: Stage) -> None:
    await settled(stage)
    stage.obs.streaming = True
    await stage.poll(None, wait=3600)
    assert stage.live()
    stage.obs.streaming = False
    await stage.rig.pass_time(60)
    assert not stage.live()


async def test_the_count_of_empty_answers_survives_a_restart(stage: Stage) -> None:
    await settled(stage)
    await stage.poll(None, wait=180)
    await stage.restart()
    await stage.rig.pass_time(180)
    assert not stage.live()


async def test_what_helix_alone_had_closed_helix_may_open_again(stage: Stage) -> None:
    await settled(stage)
    session = stage.life.get_stream_state().session_id
    await stage.poll(None, wait=360)
    assert not stage.live()
    stage.twitch.show("A", 9)
    report = expect_ok(await stage.life.reconcile())
    await stage.rig.pass_time(1)
    assert report.outcome == "set_online"
    assert stage.life.get_stream_state().session_id == session
    assert [event.kind for event in stage.events] == ["stream_online", "stream_offline", "stream_online"]
    again = stage.events[-1]
    assert isinstance(again, StreamWentOnline) and again.resumed
    await stage.offline(stage.now() + 60)
    assert [event.kind for event in stage.events][3:] == ["stream_offline"]  # its second end is told as well


async def test_opened_again_after_the_window_it_is_another_session(stage: Stage) -> None:
    await settled(stage)
    session = stage.life.get_stream_state().session_id
    await stage.poll(None, wait=360 + 601)
    stage.twitch.show("A", 9)
    assert expect_ok(await stage.life.reconcile()).outcome == "set_online"
    await stage.rig.pass_time(1)
    assert stage.life.get_stream_state().session_id not in (None, session)
    assert [event.kind for event in stage.events][-2:] == ["stream_session_ended", "stream_online"]


async def test_a_late_word_of_the_end_keeps_helix_from_opening_it_again(stage: Stage) -> None:
    await settled(stage)
    await stage.poll(None, wait=360)
    await stage.offline(stage.now())
    stage.twitch.show("A", 9)
    assert expect_ok(await stage.life.reconcile()).outcome == "noop"
    assert not stage.live()


async def test_a_repeated_start_message_does_not_open_what_helix_closed(stage: Stage) -> None:
    await settled(stage)
    await stage.poll(None, wait=360)
    await stage.online("A", 0)
    assert not stage.live()


async def test_helix_may_not_reopen_a_stream_that_was_ended(stage: Stage) -> None:
    await stage.online("A", 0)
    await stage.offline(60)
    stage.twitch.show("A", 9)  # Helix lags
    report = expect_ok(await stage.life.reconcile())
    assert report.outcome == "noop"
    assert not stage.live()
    assert stage.rows() == [] or all(at <= after(60) for _, at, _ in stage.rows())


# Reconcile


async def test_reconcile_finds_a_stream_that_nobody_told_of(stage: Stage, clock: FakeClock) -> None:
    clock.advance(1000)
    stage.twitch.show("A", 42, started_at=after(400))
    report = expect_ok(await stage.life.reconcile())
    await settle()
    assert report.outcome == "set_online"
    assert not report.before.is_live and report.after.is_live
    assert report.after.started_at == after(400)
    assert report.after.viewer_count == 42
    assert report.twitch_said == "stream A with 42 viewers"
    assert stage.kinds == ["online"]


async def test_reconcile_finds_another_stream(stage: Stage, clock: FakeClock) -> None:
    await stage.online("A", 0)
    await stage.poll(5)
    await stage.rig.pass_time(1)
    clock.jump(timedelta(hours=9))
    stage.twitch.show("B", 8, started_at=after(8 * 3600))
    report = expect_ok(await stage.life.reconcile())
    await settle()
    assert report.outcome == "replaced"
    assert (report.before.stream_id, report.after.stream_id) == ("A", "B")
    assert stage.kinds == ["online", "offline", "session_ended", "online"]


@pytest.mark.parametrize("live", [True, False])
async def test_reconcile_finds_nothing_to_mend(stage: Stage, live: bool) -> None:
    if live:
        await settled(stage)
    report = expect_ok(await stage.life.reconcile())
    assert report.outcome == "noop"
    assert report.before.is_live is report.after.is_live is live
    assert report.twitch_said == ("stream A with 5 viewers" if live else "no live stream")


async def test_reconcile_closes_as_polls_do(stage: Stage) -> None:
    await settled(stage)
    await stage.poll(None, wait=5 * 60 + 30)
    stage.clock.advance(31)
    report = expect_ok(await stage.life.reconcile())
    assert report.outcome == "set_offline"
    assert report.twitch_said == "no live stream"


# Late answers


async def test_an_answer_older_than_a_transition_is_dropped(stage: Stage) -> None:
    stage.twitch.show("A", 50)
    await stage.online("A", 0)
    stage.twitch.hold()
    looking = asyncio.create_task(stage.life.reconcile())
    await settle()
    await stage.life.on_stream_offline(after(60))
    stage.twitch.release()
    report = expect_ok(await looking)
    assert not stage.live() and not report.after.is_live
    assert len(stage.rows()) == 1


async def test_a_late_empty_answer_does_not_count_against_a_new_stream(stage: Stage) -> None:
    await settled(stage)
    await stage.poll(None, wait=5 * 60)
    stage.twitch.hold()
    looking = asyncio.create_task(stage.life.reconcile())
    await settle()
    await stage.online("B", 100)  # told late: its ten minutes are over already
    stage.twitch.release()
    await looking
    assert stage.live()
    assert stage.life.get_stream_state().stream_id == "B"
    await settle()
    assert stage.life._state.empty_answers == 1  # its own first poll; the late answer would be a second


async def test_a_slow_twitch_makes_no_queue_of_polls(stage: Stage) -> None:
    stage.twitch.show("A", 5)
    await stage.online("A", 0)
    stage.twitch.hold()
    await stage.rig.pass_time(600)
    waiting = len(stage.twitch.calls)
    stage.twitch.release()
    await stage.rig.pass_time(1)
    assert waiting == 2
    assert len(stage.twitch.calls) <= waiting + 1


async def test_after_a_long_sleep_one_poll_makes_good_not_one_per_minute(stage: Stage, clock: FakeClock) -> None:
    stage.twitch.show("A", 5)
    await stage.online("A", 0)
    calls = len(stage.twitch.calls)
    clock.jump(timedelta(hours=8))
    await stage.rig.fire()
    await stage.rig.pass_time(1)
    assert len(stage.twitch.calls) == calls + 1
