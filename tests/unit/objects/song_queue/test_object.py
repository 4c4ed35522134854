"""The song queue for pages and scripts: reads and their limits, settings, block lists, failures that roll back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from companion.kernel.result import Err, Ok, expect_ok
from companion.objects.song_queue import store
from companion.ports.failures import NoActiveDevice, RateLimited, StorageFailed
from companion.ports.song_queue import BadSettings
from companion.ports.song_rules import MOST_QUEUED, Block, QueueSettings, SourceRules
from companion.ports.viewers import Viewer
from tests.fakes.clock import START
from tests.fakes.runtime import allow_writes, refuse_writes, settle
from tests.fakes.spotify import a_track
from tests.unit.objects.song_queue.stage import ANN, BEN, SESSION, Stage


async def play(stage: Stage, *songs: tuple[int, Viewer]) -> None:
    """Each is asked for, and played to its end."""
    await stage.limit(duplicate_window=timedelta(0))
    for number, viewer in songs:
        await stage.redeem(number, viewer)
        await stage.next_song()
        await stage.next_song()


async def test_history_newest_first_and_paged(stage: Stage) -> None:
    await play(stage, (1, ANN), (2, BEN), (3, ANN))
    all_of_it = expect_ok(await stage.queue.get_history())
    assert [song.track.title for song in all_of_it.songs] == ["Song 3", "Song 2", "Song 1"]
    page = expect_ok(await stage.queue.get_history(limit=1, offset=1))
    assert ([song.track.title for song in page.songs], page.total) == (["Song 2"], 3)


async def test_counts_per_viewer_and_session(stage: Stage) -> None:
    await play(stage, (1, ANN), (2, BEN))
    stage.stream.session_id = "session-2"
    await play(stage, (3, ANN))
    for criteria, count in (
        ({"user_id": ANN.user_id}, 2),
        ({"session_id": SESSION}, 2),
        ({"user_id": ANN.user_id, "session_id": SESSION}, 1),
        ({"user_id": "9"}, 0),
    ):
        assert expect_ok(await stage.queue.get_history(**criteria)).total == count  # type: ignore[arg-type] # names


async def test_statistics_count_what_was_played(stage: Stage) -> None:
    await play(stage, (2, ANN), (1, BEN), (2, BEN), (3, BEN))
    await stage.redeem(7, ANN)
    tops = expect_ok(await stage.queue.top_tracks())
    assert [(top.track.title, top.count) for top in tops] == [("Song 2", 2), ("Song 1", 1), ("Song 3", 1)]
    assert [top.track.title for top in expect_ok(await stage.queue.top_tracks(user_id=ANN.user_id))] == ["Song 2"]
    stage.names.newest[BEN.user_id] = Viewer(BEN.user_id, "ben", "Benjamin")
    people = expect_ok(await stage.queue.top_requesters())
    assert [(one.viewer.display_name, one.count) for one in people] == [("Benjamin", 3), ("Ann", 1)]
    assert len(expect_ok(await stage.queue.top_requesters(limit=1))) == 1


async def test_of_equal_counts_the_lower_id_comes_first(stage: Stage) -> None:
    late, early = Viewer("30", "cleo", "Cleo"), Viewer("20", "zoe", "Zoe")
    await play(stage, (3, late), (2, early), (1, late), (1, early), (9, ANN), (9, ANN), (9, ANN))
    people = expect_ok(await stage.queue.top_requesters())
    assert [(one.viewer.user_id, one.count) for one in people] == [(ANN.user_id, 3), ("20", 2), ("30", 2)]
    tops = expect_ok(await stage.queue.top_tracks())
    assert [(top.track.title, top.count) for top in tops[:2]] == [("Song 9", 3), ("Song 1", 2)]
    assert [top.track.id for top in tops[2:]] == sorted(top.track.id for top in tops[2:])
    assert len(tops) == 4


async def test_the_picture_has_every_request_unless_fewer_are_wanted(stage: Stage) -> None:
    await stage.limit(queue_cap=MOST_QUEUED, duplicate_window=timedelta(0))
    for _ in range(102):
        await stage.ask(1, role="broadcaster")
    assert len(stage.queue.get_queue().requests) == stage.queue.get_queue().total == 102
    few = stage.queue.get_queue(limit=2)
    assert (len(few.requests), few.total) == (2, 102)


@pytest.mark.parametrize("limit", [0, 101])
async def test_limits_lie_between_1_and_100(stage: Stage, limit: int) -> None:
    for answer in (
        await stage.queue.get_history(limit=limit),
        await stage.queue.top_tracks(limit=limit),
        await stage.queue.top_requesters(limit=limit),
    ):
        assert answer == Err(BadSettings("limit must lie between 1 and 100"))
    assert isinstance(await stage.queue.get_history(offset=-1), Err)


async def test_settings_survive_a_restart_and_bad_ones_change_nothing(stage: Stage) -> None:
    settings = QueueSettings(
        hand_over="late",
        rules={"command": {"vip": SourceRules(most_at_once=None, cooldown=timedelta(seconds=30))}},
        refund_after=timedelta(minutes=5),
    )
    expect_ok(await stage.queue.set_settings(settings))
    assert isinstance(await stage.queue.set_settings(QueueSettings(refund_after=timedelta(0))), Err)
    await stage.restart()
    assert stage.queue.get_settings() == settings


async def test_block_lists_survive_a_restart(stage: Stage) -> None:
    expect_ok(await stage.queue.block(Block("artist", "Somebody", "Somebody")))
    expect_ok(await stage.queue.block(Block("viewer", BEN.user_id, "Ben")))
    expect_ok(await stage.queue.block(Block("viewer", BEN.user_id, "Ben")))
    await stage.restart()
    assert [(block.kind, block.key) for block in stage.queue.blocks()] == [("artist", "somebody"), ("viewer", "3")]
    run = await stage.redeem(1)
    assert stage.ledger == [(run, "canceled")]
    assert await stage.queue.unblock("artist", "SOMEBODY") == Ok(True)
    assert await stage.queue.unblock("artist", "somebody") == Ok(False)
    run = await stage.redeem(1)
    assert stage.requests() == [(run, "handed_over")]


async def test_what_waits_survives_a_restart_in_order(stage: Stage) -> None:
    runs = [await stage.redeem(number) for number in (1, 2, 3)]
    await stage.look()
    before = stage.queue.get_queue().requests
    await stage.restart()
    stage.watch.picture, stage.watch.upcoming = stage.model.picture(), stage.model.upcoming()
    assert [one.id for one in stage.queue.get_queue().requests] == runs
    assert stage.queue.get_queue().requests == before
    await stage.next_song()
    assert stage.now_for() == runs[0]


async def test_skip_passes_on_what_spotify_says(stage: Stage) -> None:
    stage.spotify.fail("skip", NoActiveDevice(), RateLimited(START))
    assert await stage.queue.skip() == Err(NoActiveDevice())
    assert await stage.queue.skip() == Err(RateLimited(START))
    assert await stage.queue.skip() == Ok(None)
    assert stage.spotify.skips == 1


async def test_the_view_tells_its_age_and_its_trouble(stage: Stage) -> None:
    stage.watch.problem = NoActiveDevice()
    await stage.rig.pass_time(40)
    view = stage.queue.get_queue()
    assert (view.problem, view.seen_at) == (NoActiveDevice(), START)
    stage.stream.live = False
    assert stage.queue.get_queue().paused_reason == "Songs are handed to Spotify while the stream is live."


@pytest.mark.expected_logs("storage failed", "could not be stored", "goes on in a minute", "rest")
async def test_storage_that_fails_is_a_result_and_changes_nothing(stage: Stage) -> None:
    await stage.redeem(1)
    run = await stage.redeem(2)
    before = stage.queue.get_queue()
    refuse_writes(stage.rig)
    stage.model.skip()
    await stage.look()
    assert isinstance(await stage.queue.remove(run, by="Mo"), Err)
    for answer in (
        await stage.queue.remove(run, by="Mo"),
        await stage.queue.reorder(run, 1),
        await stage.queue.set_settings(QueueSettings(hand_over="late")),
        await stage.queue.block(Block("track", "x", "x")),
    ):
        assert isinstance(answer, Err)
        assert isinstance(answer.error, StorageFailed)
    assert stage.queue.get_queue().requests == before.requests
    assert stage.queue.get_settings().hand_over == "early"
    assert stage.queue.blocks() == ()
    allow_writes(stage.rig)
    await stage.rig.pass_time(5)
    await stage.look()
    assert stage.now_for() is not None
    assert len(stage.ledger) == 1


async def test_failure_in_mid_replace_rolls_back(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    run, behind = await stage.redeem(1), await stage.redeem(2)
    await stage.next_song()
    before = (stage.requests(), stage.now_for())

    def break_down(*_: object) -> None:
        raise RuntimeError("in the middle")

    monkeypatch.setattr(store, "put_seen", break_down)
    stage.model.skip()
    with pytest.raises(RuntimeError, match="in the middle"):
        await stage.look()
    with stage.rig.transactions.begin() as tx:
        stored = {entry.id: entry.state for entry in store.active(tx.session)}
    assert stored == {run: "playing", behind: "handed_over"}
    assert expect_ok(await stage.queue.get_history()).total == 0
    monkeypatch.undo()
    await stage.rig.pass_time(4)
    await stage.look()
    assert before == ([(behind, "handed_over")], run)
    assert stage.now_for() == behind
    assert expect_ok(await stage.queue.get_history()).total == 1


async def test_what_was_over_long_ago_is_forgotten_but_not_the_history(stage: Stage) -> None:
    await play(stage, (1, ANN))
    stage.clock.advance(timedelta(days=31))
    await stage.restart()
    with stage.rig.transactions.begin() as tx:
        assert store.find(tx.session, "redemption-2") is None
    assert expect_ok(await stage.queue.get_history()).total == 1


async def test_a_request_outside_of_a_stream_is_refused_and_nobody_is_blamed(stage: Stage) -> None:
    stage.stream.live = False
    run = await stage.redeem(1)
    assert stage.ledger == [(run, "canceled")]
    (event,) = [event for event in stage.events if event.kind == "song_request_refused"]
    assert (event.reason, event.by_viewer) == ("not_live", False)
    assert stage.voice.said == ["Ann: Song requests open when the stream is live. Your points are back."]
    await stage.limit(live_only=False)
    run = await stage.redeem(1)
    assert stage.requests() == [(run, "handed_over")]


async def test_an_event_that_is_told_twice_counts_once(stage: Stage) -> None:
    await stage.redeem(1)
    await stage.end_session()
    later = stage.changes
    await stage.end_session()
    await settle()
    assert stage.changes == later
    assert a_track(1).uri in stage.spotify.added
