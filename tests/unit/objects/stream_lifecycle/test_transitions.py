"""Going online, going offline, coming back, ending: by Twitch's times, once each, through any kill."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta, timezone

import pytest
from sqlalchemy import text

from companion.kernel.ids import deterministic_id
from companion.kernel.result import Err, Ok
from companion.objects.stream_lifecycle.object import RESUME_AFTER
from companion.ports.events import StreamSessionEnded, StreamWentOffline, StreamWentOnline
from companion.ports.failures import NetworkDown, NotFound, StorageFailed
from companion.ports.stream import StreamStarted
from tests.fakes.clock import START, FakeClock
from tests.fakes.runtime import Killed, allow_writes, fill_disk, free_disk, refuse_writes, settle
from tests.unit.objects.stream_lifecycle.stage import Listener, Stage, after

WINDOW = 600.0


async def test_at_first_there_was_never_a_stream(stage: Stage) -> None:
    state = stage.life.get_stream_state()
    assert (state.is_live, state.session_id, state.started_at, state.ended_at) == (False, None, None, None)
    assert (state.peak_viewer_count, state.viewer_count) == (0, None)
    assert not stage.live()
    assert stage.life.ping() == "pong"


async def test_going_online_tells_everybody(stage: Stage) -> None:
    await stage.online("A", 5, seen=9)
    state = stage.life.get_stream_state()
    assert state.is_live and stage.live()
    assert (state.stream_id, state.started_at, state.ended_at) == ("A", after(5), None)
    assert stage.spotify_login.told == stage.twitch_login.told == stage.bot_login.told == ["online"]
    (event,) = stage.events
    assert isinstance(event, StreamWentOnline)
    assert (event.session_id, event.stream_id, event.started_at, event.at, event.resumed) == (
        state.session_id,
        "A",
        after(5),
        after(5),
        False,
    )
    assert "get_stream" in stage.twitch.calls  # polling has begun
    assert stage.todos() == []
    assert stage.changes > 0


async def test_going_offline_is_provisional_until_the_resume_window_is_over(stage: Stage) -> None:
    await stage.online("A", 0)
    await stage.poll(100)
    await stage.offline(70)
    state = stage.life.get_stream_state()
    assert (state.is_live, state.started_at, state.ended_at, state.viewer_count) == (False, START, after(70), None)
    assert state.resume_until == after(70 + WINDOW)
    assert stage.spotify_login.told == stage.twitch_login.told == stage.bot_login.told == ["online", "offline"]
    assert stage.kinds == ["online", "offline"]
    event = stage.events[1]
    assert isinstance(event, StreamWentOffline)
    assert (event.ended_at, event.peak_viewer_count, event.resume_until) == (after(70), 100, state.resume_until)
    await stage.rig.pass_time(WINDOW - 1)
    assert stage.kinds == ["online", "offline"]
    await stage.rig.pass_time(2)
    assert stage.kinds == ["online", "offline", "session_ended"]
    ended = stage.events[2]
    assert isinstance(ended, StreamSessionEnded)
    assert (ended.session_id, ended.ended_at, ended.peak_viewer_count) == (state.session_id, after(70), 100)
    last = stage.life.get_stream_state()
    assert (last.started_at, last.ended_at, last.peak_viewer_count, last.resume_until) == (START, after(70), 100, None)


async def test_while_offline_nothing_is_polled(stage: Stage) -> None:
    await stage.online("A", 0)
    await stage.offline(1)
    calls = len(stage.twitch.calls)
    await stage.rig.pass_time(timedelta(hours=2))
    assert len(stage.twitch.calls) == calls + 1  # before the session ends it is asked whether the stream is back


async def test_the_same_stream_online_again_is_ignored_and_the_first_start_stays(stage: Stage) -> None:
    await stage.online("A", 0)
    before = stage.life.get_stream_state()
    await stage.online("A", 30)
    assert stage.life.get_stream_state().started_at == before.started_at
    assert stage.kinds == ["online"]
    await stage.offline(60)
    await stage.online("A", 90)
    assert not stage.live()
    assert stage.kinds == ["online", "offline"]


async def test_a_second_offline_is_ignored_and_the_first_end_stays(stage: Stage) -> None:
    await stage.online("A", 0)
    await stage.offline(60)
    await stage.offline(90)
    assert stage.life.get_stream_state().ended_at == after(60)
    assert stage.kinds == ["online", "offline"]


async def test_an_offline_older_than_the_latest_transition_is_ignored(stage: Stage) -> None:
    await stage.online("A", 100)
    await stage.offline(99.999999)
    assert stage.live()
    await stage.offline(100)
    assert not stage.live()


@pytest.mark.parametrize("hours", [-12, -1, 0, 5.5, 14])
async def test_times_are_compared_as_instants(stage: Stage, hours: float) -> None:
    there = timezone(timedelta(hours=hours))
    await stage.online("A", 100)
    early, late = after(99.5).astimezone(there), after(100.000001).astimezone(there)
    await stage.settle(stage.life.on_stream_offline(early))
    assert stage.live()
    await stage.settle(stage.life.on_stream_offline(late))
    assert not stage.live()


async def test_the_computers_clock_decides_nothing(stage: Stage, clock: FakeClock) -> None:
    clock.jump(timedelta(days=400))
    await stage.online("A", 0)
    assert stage.life.get_stream_state().started_at == START
    clock.jump(-timedelta(days=800))
    await stage.offline(50)
    assert stage.life.get_stream_state().ended_at == after(50)
    await stage.online("B", 60)
    assert stage.events[-1].kind == "stream_online" and stage.events[-1].resumed


@pytest.mark.parametrize(("back_after", "resumed"), [(0, True), (1, True), (WINDOW, True), (WINDOW + 1, False)])
async def test_a_stream_that_comes_back_within_the_window_continues_its_session(
    stage: Stage, back_after: float, resumed: bool
) -> None:
    await stage.online("A", 0)
    await stage.poll(250)
    session = stage.life.get_stream_state().session_id
    await stage.offline(100)
    await stage.online("B", 100 + back_after)
    state = stage.life.get_stream_state()
    assert (state.session_id == session) is resumed
    assert state.is_live and state.stream_id == "B" and state.ended_at is None
    assert state.started_at == (START if resumed else after(100 + back_after))
    between = [] if resumed else ["session_ended"]
    assert stage.kinds == ["online", "offline", *between, "online"]
    last = stage.events[-1]
    assert isinstance(last, StreamWentOnline) and last.resumed is resumed
    stage.twitch.show("B", 40)
    await stage.rig.pass_time(1)
    await stage.rig.pass_time(timedelta(hours=1))
    assert stage.live()  # the end of the window ends no session that came back
    assert stage.life.get_stream_state().peak_viewer_count == (250 if resumed else 40)
    assert "session_ended" not in stage.kinds[3:]


async def test_another_stream_while_live_closes_the_old_one_at_its_last_confirmed_poll(stage: Stage) -> None:
    await stage.online("A", 0)
    await stage.poll(10)
    await stage.poll(20)
    confirmed = stage.rows()[-1][1]
    await stage.online("B", 8 * 3600)
    assert stage.kinds == ["online", "offline", "session_ended", "online"]
    closed = stage.events[1]
    assert isinstance(closed, StreamWentOffline) and closed.ended_at == confirmed
    assert stage.life.get_stream_state().stream_id == "B"
    assert stage.spotify_login.told == ["online", "offline", "online"]


async def test_or_continues_it_within_the_window(stage: Stage) -> None:
    await stage.online("A", 0)
    await stage.poll(10)
    session = stage.life.get_stream_state().session_id
    await stage.online("B", 300)
    assert stage.kinds == ["online", "offline", "online"]
    assert stage.life.get_stream_state().session_id == session


async def test_no_session_ends_before_it_began_whatever_the_order_of_reports(stage: Stage) -> None:
    await stage.online("A", 5000)
    await stage.online("B", 100)
    for event in stage.events:
        if isinstance(event, StreamWentOffline | StreamSessionEnded):
            assert event.started_at <= event.ended_at


async def test_session_and_event_ids_follow_from_the_stream(stage: Stage) -> None:
    await stage.online("A", 0)
    await stage.offline(60)
    await stage.settle(stage.life.end_session())
    ids = [(event.kind, event.event_id) for event in stage.events]
    session = stage.life.get_stream_state().session_id
    assert len(set(ids)) == 3
    assert session == deterministic_id("session", "A")
    assert ids[0] == ("stream_online", deterministic_id("stream_online", "A"))


# Without a message: Twitch is asked


async def test_without_a_message_twitch_is_asked_for_the_stream(stage: Stage, clock: FakeClock) -> None:
    clock.advance(500)
    stage.twitch.show("A", 5, started_at=after(450))
    await stage.settle(stage.life.on_stream_online())
    assert stage.life.get_stream_state().started_at == after(450)


async def test_a_start_that_helix_does_not_show_yet_is_said(stage: Stage) -> None:
    answer = await stage.life.on_stream_online()
    assert isinstance(answer, Err) and isinstance(answer.error, NotFound)
    assert not stage.live()


async def test_an_end_without_a_time_takes_twitchs(stage: Stage, clock: FakeClock) -> None:
    await stage.online("A", 0)
    clock.advance(777)
    await stage.settle(stage.life.on_stream_offline())
    assert stage.life.get_stream_state().ended_at == after(777)


async def test_when_twitch_cannot_be_asked_nothing_changes(stage: Stage) -> None:
    await stage.online("A", 0)
    stage.twitch.error = NetworkDown("no answer")
    assert await stage.life.on_stream_online() == Err(NetworkDown("no answer"))
    assert await stage.life.on_stream_offline() == Err(NetworkDown("no answer"))
    assert await stage.life.reconcile() == Err(NetworkDown("no answer"))
    assert stage.live()


# Logins that have ended


async def test_a_login_that_has_ended_counts_as_told_and_blocks_nothing(stage: Stage) -> None:
    stage.spotify_login.end_login()
    stage.twitch_login.end_login()
    await stage.online("A", 0)
    await stage.offline(60)
    assert stage.kinds == ["online", "offline"]
    assert stage.todos() == []


# Ends of a session


async def test_quit_ends_a_provisional_session(stage: Stage) -> None:
    await stage.online("A", 0)
    await stage.offline(60)
    await stage.settle(stage.life.end_session())
    assert stage.kinds == ["online", "offline", "session_ended"]
    await stage.rig.pass_time(timedelta(hours=1))
    await stage.settle(stage.life.end_session())
    assert stage.kinds == ["online", "offline", "session_ended"]


async def test_quit_while_live_ends_nothing(stage: Stage) -> None:
    await stage.online("A", 0)
    await stage.settle(stage.life.end_session())
    assert stage.live()
    assert stage.kinds == ["online"]


async def test_quit_without_any_session_is_fine(stage: Stage) -> None:
    assert await stage.life.end_session() == Ok(None)
    assert stage.events == []


async def test_a_session_that_ended_while_companion_was_off_ends_at_the_next_start(
    stage: Stage, clock: FakeClock
) -> None:
    await stage.online("A", 0)
    await stage.offline(60)
    await stage.crash()
    clock.advance(timedelta(days=1))
    stage.make()
    await stage.life.resume()
    await stage.rig.pass_time(1)
    assert stage.kinds == ["online", "offline", "session_ended"]
    assert isinstance(stage.events[2], StreamSessionEnded) and stage.events[2].ended_at == after(60)


async def test_within_the_window_a_restart_keeps_it_open(stage: Stage, clock: FakeClock) -> None:
    await stage.online("A", 0)
    await stage.offline(60)
    await stage.restart()
    assert stage.kinds == ["online", "offline"]
    await stage.online("B", 100)
    assert isinstance(stage.events[-1], StreamWentOnline) and stage.events[-1].resumed


# Kills


async def test_after_a_kill_while_live_the_same_session_goes_on(stage: Stage) -> None:
    await stage.online("A", 0)
    await stage.poll(100)
    before = stage.life.get_stream_state()
    points = stage.life.sparkline()
    await stage.restart()
    assert stage.life.get_stream_state() == before
    assert stage.life.sparkline()[: len(points)] == points
    await stage.poll(250)
    assert stage.life.get_stream_state().peak_viewer_count == 250
    assert stage.kinds == ["online"]


@pytest.mark.expected_logs("task failed")
@pytest.mark.parametrize("resumes", [False, True])
async def test_killed_after_any_commit_everything_is_done_once(stage: Stage, resumes: bool) -> None:
    """Every commit of online, offline, end is the last one once; the next start makes it good."""
    story = [("online", "A", 0.0), ("offline", "", 60.0)]
    if resumes:
        story += [("online", "B", 90.0), ("offline", "", 120.0)]
    for deadline in range(1, 60):
        await live_and_die(stage, story, deadline)
    await tell(stage, story)
    again = ["online", "offline"] if resumes else []
    assert stage.kinds == ["online", "offline", *again, "session_ended"]
    assert len({event.event_id for event in stage.events}) == len(stage.events)
    assert stage.todos() == []
    for login in (stage.spotify_login, stage.twitch_login, stage.bot_login):
        assert without_repetitions(login) == ["online", "offline", *again]


Story = list[tuple[str, str, float]]


async def tell(stage: Stage, story: Story) -> None:
    for deed, stream_id, at in story:
        await (stage.online(stream_id, at) if deed == "online" else stage.offline(at))
    await stage.settle(stage.life.end_session())
    await settle()


async def live_and_die(stage: Stage, story: Story, deadline: int) -> None:
    """Hear the story again and be killed somewhere in it; then start, and be killed there, until a start succeeds."""
    stage.rig.transactions.dies_after = stage.rig.transactions.commits + deadline % 7 + 1
    with suppress(Killed):
        await tell(stage, story)
    for attempt in range(20):
        await stage.crash()
        stage.make()
        stage.rig.transactions.dies_after = stage.rig.transactions.commits + (deadline + attempt) % 5 + 1 + attempt
        with suppress(Killed):
            await stage.life.resume()
            await settle()
        if not stage.rig.transactions.dead:
            stage.rig.transactions.dies_after = None
            return
    raise AssertionError("no start ever succeeded")


def without_repetitions(login: Listener) -> list[str]:
    return [told for number, told in enumerate(login.told) if number == 0 or login.told[number - 1] != told]


@pytest.mark.parametrize("todo", ["tell_spotify", "tell_twitch", "tell_bot", "publish", "polling"])
@pytest.mark.parametrize("transition", ["online", "offline"])
async def test_killed_in_each_of_the_todos_the_next_start_finishes(stage: Stage, todo: str, transition: str) -> None:
    if transition == "offline":
        await stage.online("A", 0)
    kill_at(stage, todo)
    with pytest.raises(Killed):
        await (stage.online("A", 0) if transition == "online" else stage.offline(60))
    assert stage.life.get_is_live() is (transition == "online")  # the transition itself stands
    stage.spotify_login.kill = stage.twitch_login.kill = stage.bot_login.kill = False
    await stage.crash()
    stage.make()
    assert todo in stage.todos()
    await stage.life.resume()
    await stage.rig.pass_time(0.001)
    assert stage.todos() == []
    assert stage.kinds == ["online", "offline"][: 1 if transition == "online" else 2]
    for login in (stage.spotify_login, stage.twitch_login, stage.bot_login):
        assert login.told[-1] == transition
    polls = len(stage.twitch.calls)
    await stage.rig.pass_time(120)
    assert (len(stage.twitch.calls) > polls) is (transition == "online")
    if transition == "offline":
        await stage.rig.pass_time(WINDOW)
        assert stage.kinds == ["online", "offline", "session_ended"]


def kill_at(stage: Stage, todo: str) -> None:
    """Inside the call that the to-do consists of."""

    def die(*_: object, **__: object) -> None:
        stage.rig.transactions.dead = True
        raise Killed

    match todo:
        case "tell_spotify":
            stage.spotify_login.kill = True
        case "tell_twitch":
            stage.twitch_login.kill = True
        case "tell_bot":
            stage.bot_login.kill = True
        case "publish":
            stage.rig.bus.add = die  # type: ignore[method-assign]  # the kill must come inside the transaction
        case _:
            stage.rig.alarms.cancel = die  # type: ignore[method-assign]  # the kill must come inside the transaction


async def test_two_reports_at_once_open_one_session(stage: Stage) -> None:
    started = StreamStarted("A", START, START)
    await asyncio.gather(*(stage.life.on_stream_online(started) for _ in range(20)))
    await settle()
    assert stage.kinds == ["online"]
    assert stage.spotify_login.told == ["online"]


async def test_online_and_offline_at_once_come_out_in_order(stage: Stage) -> None:
    await asyncio.gather(
        stage.life.on_stream_online(StreamStarted("A", START, START)),
        stage.life.on_stream_offline(after(60)),
        stage.life.on_stream_online(StreamStarted("B", after(90), after(90))),
    )
    await stage.rig.pass_time(0)
    assert stage.kinds == ["online", "offline", "online"]
    assert stage.twitch_login.told == ["online", "offline", "online"]
    assert stage.live()


# Storage


@pytest.mark.expected_logs("storage failed")
async def test_a_storage_failure_is_answered_and_changes_nothing(stage: Stage) -> None:
    refuse_writes(stage.rig)
    answer = await stage.life.on_stream_online(StreamStarted("A", START, START))
    assert isinstance(answer, Err) and isinstance(answer.error, StorageFailed)
    assert not stage.live()
    assert isinstance(await stage.life.record_viewer_count(5), Err)


@pytest.mark.expected_logs("storage failed", "has to wait")
async def test_what_a_kill_left_is_done_once_the_database_can_be_written(stage: Stage) -> None:
    stage.rig.transactions.dies_after = stage.rig.transactions.commits + 2
    with pytest.raises(Killed):
        await stage.life.on_stream_online(StreamStarted("A", START, START))
    await stage.crash()
    stage.make()
    refuse_writes(stage.rig)
    await stage.life.resume()
    await stage.rig.pass_time(RESUME_AFTER)
    assert stage.twitch_login.told == [] and stage.events == []
    allow_writes(stage.rig)
    await stage.rig.pass_time(RESUME_AFTER)
    assert stage.twitch_login.told == ["online"]
    assert [event.kind for event in stage.events] == ["stream_online"]


@pytest.mark.expected_logs("storage failed", "tried again later")
async def test_a_full_disk_stops_the_counting_only_while_it_is_full(stage: Stage) -> None:
    await stage.online("A", 0)
    for number in range(200):
        await stage.settle(stage.life.record_viewer_count(number))
        stage.clock.advance(0.001)
    kept = len(stage.rows())
    fill_disk(stage.rig)
    stage.twitch.show("A", 7)
    for number in range(300):
        stage.clock.advance(0.001)
        if isinstance(await stage.life.record_viewer_count(number), Err):
            break
    else:
        raise AssertionError("the disk was never full")
    await stage.rig.pass_time(300)
    assert len(stage.rows()) >= kept
    free_disk(stage.rig)
    await stage.rig.pass_time(200)
    assert stage.rows()[-1][2] == 7
    assert stage.live()


@pytest.mark.parametrize(("column", "value"), [("started_at", "'soon'"), ("peak", "'many'")])
async def test_a_malformed_state_is_set_aside_and_reported(stage: Stage, column: str, value: str) -> None:
    await stage.online("A", 0)
    with stage.rig.transactions.begin() as tx:
        statement = "UPDATE stream_state SET COLUMN = VALUE".replace("COLUMN", column).replace("VALUE", value)
        tx.session.execute(text(statement))
    await stage.restart()
    assert stage.problem
    assert not stage.live()
    await stage.online("B", 100)
    assert stage.live()


@pytest.mark.expected_logs("not understood")
async def test_a_todo_that_nobody_understands_does_not_block_the_others(stage: Stage) -> None:
    with stage.rig.transactions.begin() as tx:
        tx.session.execute(text("INSERT INTO stream_todos (position, todo, event) VALUES (1, 'publish', '{}')"))
    await stage.online("A", 0)
    assert stage.kinds == ["online"]
    assert stage.todos() == []
