"""The order of a start and of a stop, and what a stop never leaves behind."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Coroutine
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from companion.bootstrap import stages
from companion.kernel.instant import seconds
from companion.kernel.redacted import Redacted
from companion.kernel.result import Err, Ok
from companion.ports.stream import StreamStarted
from companion.ports.timer import Timer
from companion.ports.tokens import SignedIn, TokenGrant
from companion.services.qt.timer import QtTimer
from companion.services.system.loop_timer import LoopTimer
from tests.fakes.clock import FakeClock
from tests.fakes.twitch import STREAMER
from tests.unit.bootstrap.rig import make, running

LIVE = StreamStarted("stream-1", datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))


def hangs(started: asyncio.Event) -> Callable[..., Coroutine[Any, Any, None]]:
    async def hang(*_: object) -> None:
        started.set()
        await asyncio.Event().wait()

    return hang


async def test_a_start_on_an_empty_folder_and_the_next_one(tmp_path: Path) -> None:
    async with running(tmp_path / "data") as rig:
        assert not rig.graph.stream.lifecycle.get_is_live()
        assert rig.graph.application.snapshot().notices == ()
    assert (tmp_path / "data" / "companion.db").is_file()
    assert not (tmp_path / "data" / "companion.db-wal").exists()
    async with running(tmp_path / "data") as rig:
        assert rig.graph.application.snapshot().notices == ()


async def test_stopping_goes_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    async with running(tmp_path) as rig:
        graph = rig.graph

        def watch(owner: object, name: str, label: str) -> None:
            original: Callable[..., object] = getattr(owner, name)

            def told(*arguments: object, **named: object) -> object:
                done.append(label)
                return original(*arguments, **named)

            monkeypatch.setattr(owner, name, told)

        watch(graph.foundation.reactions, "end", "reactions")
        watch(graph.application, "close", "application")
        watch(graph.foundation.alarms, "disarm", "alarms")
        watch(graph.ears.eventsub, "stop", "eventsub")
        watch(graph.logins.twitch, "close", "logins")
        watch(graph.server, "close", "server")
        watch(graph.foundation.http, "close", "http")
        watch(rig.supervisor, "close", "tasks refused")
        watch(rig.supervisor, "drain", "tasks drained")
        await rig.stop()
    assert done == [
        *("reactions", "application", "alarms", "eventsub", "logins", "server", "http"),
        *("tasks refused", "tasks drained"),
    ]


async def test_after_a_stop_nothing_starts_and_nothing_is_left(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(tmp_path) as rig:
        rig.supervisor.spawn(asyncio.Event().wait(), name="waits for ever")
        await rig.stop()
        assert rig.supervisor.names() == ()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        with caplog.at_level(logging.INFO):
            assert rig.supervisor.spawn(asyncio.sleep(0), name="too late") is None
        assert "task refused, stopping: too late" in caplog.text
        before = caplog.text
        await rig.stop()
        assert caplog.text == before


@pytest.mark.expected_logs("stop: .* was cut off")
@pytest.mark.parametrize(
    "stage", ["end the session", "close EventSub", "finish token refreshes", "close the overlay server", "close HTTP"]
)
async def test_a_stage_that_hangs_is_cut_off_and_named(
    stage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(stages, "STAGE_LIMIT", 0.05)
    monkeypatch.setattr(stages, "REFRESH_LIMIT", 0.05)
    async with running(tmp_path) as rig:
        owners: dict[str, tuple[Any, str]] = {
            "end the session": (rig.graph.stream.lifecycle, "end_session"),
            "close EventSub": (rig.graph.ears.eventsub, "stop"),
            "finish token refreshes": (rig.graph.logins.spotify, "close"),
            "close the overlay server": (rig.graph.server, "close"),
            "close HTTP": (rig.graph.foundation.http, "close"),
        }
        owner, name = owners[stage]
        original = getattr(owner, name)
        started = asyncio.Event()
        monkeypatch.setattr(owner, name, hangs(started))
        await rig.stop()
        assert started.is_set()
        assert [it.getMessage() for it in caplog.records if it.levelno >= logging.WARNING] == [
            f"stop: {stage} was cut off"
        ]
        assert rig.supervisor.names() == ()
        if stage != "end the session":  # that one would open the database again
            await original()


@pytest.mark.expected_logs("task failed: stop: close EventSub")
async def test_a_stage_that_breaks_does_not_stop_the_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def breaks() -> None:
        raise RuntimeError("a bug")

    async with running(tmp_path) as rig:
        original = rig.graph.ears.eventsub.stop
        monkeypatch.setattr(rig.graph.ears.eventsub, "stop", breaks)
        await rig.stop()
        assert rig.graph.foundation.http._client.is_closed
        await original()
    assert not (tmp_path / "companion.db-wal").exists()


@pytest.mark.expected_logs("still running at the end: stubborn")
async def test_a_task_that_will_not_end_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "STAGE_LIMIT", 0.05)
    let_go = asyncio.Event()

    async def stubborn() -> None:
        while not let_go.is_set():
            try:
                await let_go.wait()
            except asyncio.CancelledError:
                continue

    async with running(tmp_path) as rig:
        task = rig.supervisor.spawn(stubborn(), name="stubborn")
        await asyncio.sleep(0)
        await rig.stop()
        let_go.set()
        assert task is not None
        await task


@pytest.mark.expected_logs("stop: .* was cut off")
async def test_a_second_quit_goes_straight_to_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(tmp_path) as rig:
        started, hurry = asyncio.Event(), asyncio.Event()
        original = rig.graph.ears.eventsub.stop
        monkeypatch.setattr(rig.graph.ears.eventsub, "stop", hangs(started))
        stopping = asyncio.create_task(rig.stop(hurry))
        await started.wait()
        hurry.set()
        async with asyncio.timeout(2):  # far less than one stage's limit
            await stopping
        assert "stop: close EventSub was cut off" in caplog.text
        assert rig.supervisor.names() == ()
        await original()


@pytest.mark.parametrize("make_timer", [LoopTimer, QtTimer])
async def test_an_alarm_of_a_millisecond_through_a_stop_leaves_no_task(
    make_timer: Callable[[], Timer], tmp_path: Path, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    fired: list[str] = []
    caplog.set_level(logging.INFO)
    async with running(tmp_path, make_timer=make_timer) as rig:
        foundation = rig.graph.foundation

        def again() -> None:
            with foundation.transactions.begin() as tx:
                foundation.alarms.set(tx, "test", "tick", rig.clock.now() + seconds(0.001))

        async def tick(_: str) -> None:
            fired.append("tick")
            again()
            await asyncio.sleep(0)

        foundation.alarms.register("test", tick)
        again()
        async with asyncio.timeout(10):
            while len(fired) < 3:
                if make_timer is QtTimer:
                    qtbot.wait(2)  # this test's loop is asyncio's: Qt must be given its turn
                await asyncio.sleep(0.001)
        await rig.stop()
        count = len(fired)
        if make_timer is QtTimer:
            qtbot.wait(10)
        await asyncio.sleep(0.01)
        assert len(fired) == count
        assert "task refused" not in caplog.text  # the source is closed, not just the door
        assert rig.supervisor.names() == ()
        assert asyncio.all_tasks() == {asyncio.current_task()}
    with closing(sqlite3.connect(tmp_path / "companion.db")) as connection:
        assert connection.execute("SELECT count(*) FROM alarms WHERE owner = 'test'").fetchone() == (1,)


@pytest.mark.expected_logs("database", "newer")
async def test_a_newer_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    async with running(tmp_path):
        pass
    file = tmp_path / "companion.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'r9999'")
        connection.commit()
    before = file.read_bytes()
    rig = make(tmp_path)
    refused = await stages.start_storage(rig.graph, rig.run, rig.clock)
    assert isinstance(refused, Err) and "newer Companion" in refused.error.title
    await rig.stop()
    assert file.read_bytes() == before


@pytest.mark.expected_logs("storage failed")
async def test_a_database_without_one_of_its_tables_is_refused_in_words(tmp_path: Path) -> None:
    async with running(tmp_path):
        pass
    with closing(sqlite3.connect(tmp_path / "companion.db")) as connection:
        connection.execute("ALTER TABLE stream_state RENAME TO somewhere_else")
        connection.commit()
    rig = make(tmp_path)
    refused = await stages.start_storage(rig.graph, rig.run, rig.clock)
    assert isinstance(refused, Err)
    assert refused.error.title == "Companion's database cannot be read (no such table: stream_state)."
    await rig.stop()


@pytest.mark.expected_logs
async def test_a_damaged_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "companion.db").write_bytes(b"SQLite format 3\x00" + b"x" * 5000)
    async with running(tmp_path) as rig:
        (notice,) = rig.graph.application.snapshot().notices
    assert "damaged" in notice.title
    assert notice.advice and any(it.name in notice.advice for it in tmp_path.iterdir())


async def test_a_backup_is_made_once_a_day(tmp_path: Path, clock: FakeClock) -> None:
    async with running(tmp_path, clock=clock) as rig:
        for _ in range(2):
            await stages.daily_backup(rig.graph, rig.run, clock)
        assert len(list((tmp_path / "backups").iterdir())) == 1
        clock.advance(timedelta(days=1))
        await stages.daily_backup(rig.graph, rig.run, clock)
        assert len(list((tmp_path / "backups").iterdir())) == 2


@pytest.mark.expected_logs("no backup could be made")
async def test_a_backup_that_fails_is_told(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        (tmp_path / "backups").rmdir() if (tmp_path / "backups").is_dir() else None
        (tmp_path / "backups").write_text("a file")
        await stages.daily_backup(rig.graph, rig.run, rig.clock)
        assert [it.title for it in rig.graph.application.snapshot().notices] == [
            "No backup of Companion's data could be made."
        ]


async def test_a_stop_while_live_keeps_the_stream_for_the_next_start(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        assert await rig.graph.stream.lifecycle.on_stream_online(LIVE) == Ok(None)
        session = rig.graph.stream.lifecycle.get_stream_state().session_id
    async with running(tmp_path) as rig:
        state = rig.graph.stream.lifecycle.get_stream_state()
        assert (state.is_live, state.session_id) == (True, session)


@pytest.mark.parametrize("keep", [True, False])
async def test_a_session_that_is_offline_for_now_is_kept_over_a_quit_or_ends_with_it(
    tmp_path: Path, keep: bool
) -> None:
    async with running(tmp_path) as rig:
        lifecycle = rig.graph.stream.lifecycle
        assert await lifecycle.on_stream_online(LIVE) == Ok(None)
        assert await lifecycle.on_stream_offline(rig.clock.now()) == Ok(None)
        before = lifecycle.get_stream_state()
        await rig.stop(keep_session=keep)
    async with running(tmp_path) as rig:
        after = rig.graph.stream.lifecycle.get_stream_state()
        assert after.session_id == before.session_id
        assert after.resume_until == (before.resume_until if keep else None)
        ended = [event for event in rig.graph.foundation.bus.recent(20) if event.kind == "stream_session_ended"]
        assert len(ended) == (0 if keep else 1)


async def test_a_kept_session_ends_at_a_start_after_its_window(tmp_path: Path, clock: FakeClock) -> None:
    async with running(tmp_path, clock=clock) as rig:
        lifecycle = rig.graph.stream.lifecycle
        assert await lifecycle.on_stream_online(StreamStarted("stream-1", clock.now(), clock.now())) == Ok(None)
        assert await lifecycle.on_stream_offline(clock.now()) == Ok(None)
        await rig.stop(keep_session=True)
    clock.advance(timedelta(minutes=11))
    async with running(tmp_path, clock=clock) as rig:
        await rig.graph.stream.lifecycle.on_alarm("end-session")
        assert rig.graph.stream.lifecycle.get_stream_state().resume_until is None


async def test_while_live_each_login_is_renewed_ahead_of_need(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        logins, lifecycle = rig.graph.logins, rig.graph.stream.lifecycle
        grant = TokenGrant(Redacted("access"), timedelta(hours=4), Redacted("refresh"), frozenset())
        for login in logins.all:
            account = replace(STREAMER, user_id=login.name)
            signed_in = SignedIn(grant, account, "client", rig.clock.now())
            assert await login.set_tokens(signed_in) == Ok(None)
            assert login.alarm_due("refresh") is None
        assert await lifecycle.on_stream_online(LIVE) == Ok(None)
        assert all(login.alarm_due("refresh") is not None for login in logins.all)
        assert len(logins.all) == 3
        assert await lifecycle.on_stream_offline(LIVE.started_at) == Ok(None)
        assert all(login.alarm_due("refresh") is None for login in logins.all)
