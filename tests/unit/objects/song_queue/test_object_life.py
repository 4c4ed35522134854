"""A request's life through queue, saga and Spotify: waiting, handed over, playing, played; points at the right time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from companion.kernel.result import Err, expect_ok
from companion.ports.events import SongRequestSucceeded
from companion.ports.song_queue import BadSettings, CannotWithdraw, NoSuchRequest
from companion.ports.viewers import Viewer
from tests.fakes.runtime import settle
from tests.fakes.spotify import a_track
from tests.unit.objects.song_queue.spotify_model import LENGTH
from tests.unit.objects.song_queue.stage import ANN, BEN, SESSION, Stage


async def test_a_request_is_handed_over_played_fulfilled_and_told(stage: Stage) -> None:
    run = await stage.redeem(1)
    assert stage.spotify.added == [a_track(1).uri]
    assert stage.requests() == [(run, "handed_over")]
    assert stage.ledger == []
    await stage.pass_time(60)
    assert stage.ledger == []
    await stage.pass_time(130)
    assert stage.ledger == [(run, "fulfilled")]
    assert stage.now_for() == run
    assert stage.status(run) == "completed"
    (event,) = [event for event in stage.events if isinstance(event, SongRequestSucceeded)]
    assert (event.viewer_name, event.track_id, event.session_id) == ("Ann", a_track(1).id, SESSION)
    await stage.pass_time(190)
    history = expect_ok(await stage.queue.get_history())
    (song,) = history.songs
    assert history.total == 1
    assert (song.request_id, song.skipped, song.track, song.viewer) == (run, False, a_track(1), ANN)
    assert song.fulfilled_at is not None
    assert song.played_at == event.at
    assert stage.requests() == []
    assert stage.voice.said == ["Ann, “Song 1” by Somebody, Somebody Else is next, in about 3 min. 🎵"]


async def test_early_exactly_one_unplayed_request_stands_in_spotify(stage: Stage) -> None:
    runs = [await stage.redeem(number, viewer) for number, viewer in ((1, ANN), (2, BEN), (3, ANN))]
    assert len(stage.spotify.added) == 1
    for count in (2, 3):
        await stage.next_song()
        assert len(stage.spotify.added) == count
    await stage.next_song()
    assert [verdict for _, verdict in stage.ledger] == ["fulfilled"] * 3
    assert [run for run, _ in stage.ledger] == runs


async def test_at_once_hands_over_all_in_order(stage: Stage) -> None:
    await stage.set(hand_over="at_once")
    for number in (3, 1, 2):
        await stage.redeem(number)
    assert stage.spotify.added == [a_track(number).uri for number in (3, 1, 2)]


async def test_late_hands_over_30_s_before_the_end(stage: Stage) -> None:
    await stage.set(hand_over="late")
    await stage.redeem(1)
    assert stage.watch.closely is not None
    assert stage.watch.closely.total_seconds() == 45
    await stage.pass_time(147, step=3)
    assert stage.spotify.added == []
    await stage.pass_time(6, step=3)
    assert stage.spotify.added == [a_track(1).uri]
    assert stage.watch.closely is None


async def test_late_hands_over_when_nothing_plays_and_waits_while_paused(stage: Stage) -> None:
    await stage.set(hand_over="late")
    stage.model.playing = False
    await stage.redeem(1)
    await stage.pass_time(600)
    assert stage.spotify.added == []
    stage.spotify.away = True
    await stage.look()
    assert stage.spotify.added == [a_track(1).uri]


async def test_late_a_seek_forward_brings_the_hand_over_forward(stage: Stage) -> None:
    await stage.set(hand_over="late")
    await stage.redeem(1)
    await stage.pass_time(15)
    stage.model.progress = LENGTH - timedelta(seconds=20)
    await stage.look()
    assert stage.spotify.added == [a_track(1).uri]


async def test_two_viewers_one_song_keep_their_own(stage: Stage) -> None:
    await stage.limit(duplicate_window=timedelta(0))
    first, second = await stage.redeem(1, ANN), await stage.redeem(1, BEN)
    await stage.next_song()
    assert stage.now_for() == first
    await stage.pass_time(185)
    assert stage.now_for() == second
    assert stage.ledger == [(first, "fulfilled"), (second, "fulfilled")]


async def test_a_request_for_the_song_that_plays_now_is_heard_before_it_costs_anything(stage: Stage) -> None:
    stage.model.play_by_hand(1)
    await stage.pass_time(30)
    run = await stage.redeem(1)
    await stage.pass_time(30)
    assert stage.now_for() is None
    assert stage.ledger == []
    await stage.pass_time(130)
    assert stage.now_for() == run
    assert stage.ledger == [(run, "fulfilled")]


async def test_seen_and_still_queued_after_an_hour_keeps_its_requester(stage: Stage) -> None:
    run = await stage.redeem(1)
    await stage.look()
    stage.model.playing = False
    await stage.pass_time(2 * 3600, step=300)
    assert stage.requests() == [(run, "handed_over")]
    assert stage.status(run) == "waiting"
    stage.model.playing = True
    await stage.next_song()
    assert stage.now_for() == run


async def test_never_seen_for_an_hour_needs_the_streamer_and_blocks_nobody(stage: Stage) -> None:
    stage.shorten_list()
    run = await stage.redeem(1)
    stage.model.added.clear()  # Spotify said that it took it, and never showed it
    behind = await stage.redeem(2)
    await stage.pass_time(45)
    assert stage.requests() == [(run, "handed_over"), (behind, "waiting")]
    await stage.pass_time(3455, step=100)
    assert stage.status(run) == "waiting"
    assert stage.ledger == [(behind, "fulfilled")]
    await stage.pass_time(200, step=100)
    assert stage.status(run) == "outcome_unknown"
    assert stage.requests() == [(run, "undecided")]
    assert stage.spotify.added == [a_track(1).uri, a_track(2).uri]
    expect_ok(await stage.host.settle(run, "refund"))
    await settle()
    assert stage.ledger == [(behind, "fulfilled"), (run, "canceled")]
    assert stage.requests() == []


async def test_vanished_is_refunded(stage: Stage) -> None:
    run = await stage.redeem(1)
    await stage.look()
    stage.model.added.clear()
    await stage.look()
    assert stage.ledger == []
    await stage.pass_time(12, step=6)
    assert stage.ledger == [(run, "canceled")]
    assert stage.voice.said[-1] == "Ann: Spotify lost your song before it could play. Your points are back."


async def test_vanished_is_fulfilled_when_the_points_are_kept(stage: Stage) -> None:
    await stage.set(keep_points_of_unheard=True)
    run = await stage.redeem(1)
    await stage.look()
    stage.model.added.clear()
    await stage.pass_time(20, step=5)
    assert stage.ledger == [(run, "fulfilled")]
    assert "song_request_success" not in stage.kinds()
    assert expect_ok(await stage.queue.get_history()).total == 0


@pytest.mark.parametrize("keep", [False, True])
async def test_the_end_of_the_session_settles_what_was_not_heard(stage: Stage, keep: bool) -> None:
    await stage.set(keep_points_of_unheard=keep)
    standing, waiting = await stage.redeem(1), await stage.redeem(2)
    await stage.look()
    await stage.end_session()
    await stage.end_session()
    verdict = "fulfilled" if keep else "canceled"
    assert sorted(stage.ledger) == sorted([(standing, verdict), (waiting, verdict)])
    assert stage.requests() == []
    assert len(stage.spotify.added) == 1


async def test_what_plays_when_the_session_ends_is_heard(stage: Stage) -> None:
    run = await stage.redeem(1)
    await stage.next_song()
    await stage.end_session()
    assert stage.ledger == [(run, "fulfilled")]


async def test_skipped_while_playing_is_fulfilled_and_marked(stage: Stage) -> None:
    run = await stage.redeem(1)
    await stage.next_song()
    expect_ok(await stage.queue.skip())
    assert stage.spotify.skips == 1
    assert [span.total_seconds() for span in stage.watch.soon] == [2, 2]  # after the hand-over, and now
    await stage.pass_time(5)
    assert stage.ledger == [(run, "fulfilled")]
    (song,) = expect_ok(await stage.queue.get_history()).songs
    assert song.skipped


@pytest.mark.parametrize(("skip", "verdict"), [(True, "canceled"), (False, "fulfilled")])
async def test_skipped_is_refunded_when_set_so(stage: Stage, skip: bool, verdict: str) -> None:
    await stage.set(refund_skipped=True)
    run = await stage.redeem(1)
    await stage.next_song()
    assert stage.ledger == []
    if skip:
        await stage.next_song()
    else:
        await stage.pass_time(190)
    assert stage.ledger == [(run, verdict)]


async def test_pause_and_resume_keep_the_requester(stage: Stage) -> None:
    run = await stage.redeem(1)
    await stage.next_song()
    stage.model.playing = False
    await stage.pass_time(120)
    stage.spotify.away = True
    await stage.pass_time(1800, step=60)
    stage.spotify.away = False
    stage.model.playing = True
    await stage.pass_time(30)
    assert stage.now_for() == run
    assert expect_ok(await stage.queue.get_history()).total == 0


async def test_remove_refunds_and_tells_who(stage: Stage) -> None:
    await stage.redeem(1)
    run = await stage.redeem(2, BEN)
    removed = expect_ok(await stage.queue.remove(run, by="Mo"))
    await settle()
    assert removed.state == "removed"
    assert stage.ledger == [(run, "canceled")]
    assert stage.voice.said[-1] == "Ben: Mo took your song out of the queue. Your points are back."
    assert stage.kinds()[-1] == "song_request_refused"


async def test_a_handed_over_request_cannot_be_withdrawn(stage: Stage) -> None:
    run = await stage.redeem(1)
    assert await stage.queue.remove(run, by="Mo") == Err(CannotWithdraw(run))
    assert await stage.queue.reorder(run, 1) == Err(CannotWithdraw(run))
    note = stage.one(run).note
    assert note is not None
    assert "cannot be withdrawn" in note
    assert await stage.queue.remove("nobody's", by="Mo") == Err(NoSuchRequest("nobody's"))


async def test_who_takes_the_own_song_back_is_told_so(stage: Stage) -> None:
    await stage.redeem(1, BEN)
    run = await stage.redeem(2, ANN)
    song = stage.one(run).track.title
    expect_ok(await stage.queue.remove(run, by="Ann", user_id=ANN.user_id))
    await settle()
    assert stage.ledger == [(run, "canceled")]
    assert stage.voice.said[-1] == f"Ann: You took “{song}” back. Your points are back."


async def test_the_place_in_line_counts_what_stands_in_spotify(stage: Stage) -> None:
    await stage.redeem(1)
    await stage.redeem(2, BEN)
    assert stage.voice.said[1].startswith(
        "Ben, “Song 2” by Somebody, Somebody Else is number 2 in the queue, in about 6"
    )


async def test_reorder_changes_who_is_next(stage: Stage) -> None:
    await stage.redeem(1)
    second, third = await stage.redeem(2), await stage.redeem(3, BEN)
    view = expect_ok(await stage.queue.reorder(third, 2))
    assert [(one.id, one.position) for one in view.requests[1:]] == [(third, 2), (second, 3)]
    for place in (1, 4):
        assert await stage.queue.reorder(third, place) == Err(BadSettings("position must lie between 2 and 3"))
    await stage.next_song()
    assert stage.spotify.added[-1] == a_track(3).uri


async def test_approval_holds_a_request_until_the_yes(stage: Stage) -> None:
    await stage.set(needs_approval=True)
    run, other = await stage.redeem(1), await stage.redeem(2, BEN)
    assert stage.requests() == [(run, "approval"), (other, "approval")]
    assert stage.voice.said[0].endswith("waits for a yes from the streamer.")
    assert stage.spotify.added == []
    assert expect_ok(await stage.queue.approve(run, yes=True)).state == "waiting"
    expect_ok(await stage.queue.approve(other, yes=False))
    await settle()
    assert stage.spotify.added == [a_track(1).uri]
    assert stage.ledger == [(other, "canceled")]
    assert await stage.queue.approve(run, yes=True) == Err(NoSuchRequest(run))


async def test_on_hold_nothing_is_handed_over_and_release_goes_on(stage: Stage) -> None:
    stage.held = True
    run = await stage.redeem(1)
    await stage.pass_time(60)
    assert stage.requests() == [(run, "waiting")]
    assert stage.queue.get_queue().paused_reason == "Everything is on hold."
    stage.held = False
    stage.queue.replan()
    await settle()
    assert stage.requests() == [(run, "handed_over")]


async def test_positions_and_waits(stage: Stage) -> None:
    runs = [await stage.redeem(number, viewer) for number, viewer in ((1, ANN), (2, BEN), (3, ANN))]
    shown = stage.queue.get_queue().requests
    waits = [one.expected_wait.total_seconds() if one.expected_wait else None for one in shown]
    assert [(one.id, one.position) for one in shown] == list(zip(runs, (1, 2, 3), strict=True))
    assert waits == [180, 360, 540]
    assert [one.id for one in stage.queue.requests_of(ANN.user_id)] == [runs[0], runs[2]]
    view = stage.queue.get_queue(limit=1)
    assert (len(view.requests), view.total) == (1, 3)


async def test_everything_else_is_autoplay(stage: Stage) -> None:
    run = await stage.redeem(1)
    await stage.look()
    view = stage.queue.get_queue()
    assert view.now_playing is not None
    assert view.now_playing.request is None
    assert a_track(1) not in [item.track for item in view.autoplay]
    assert len(view.autoplay) == 19
    await stage.next_song()
    assert stage.now_for() == run


async def test_a_request_from_chat_skips_the_points(stage: Stage) -> None:
    run = await stage.ask(1)
    assert stage.voice.replies[0][1] == run
    await stage.next_song()
    assert stage.status(run) == "completed"
    assert stage.rewards.calls == []
    assert stage.kinds() == ["song_request_success"]


async def test_spotify_is_asked_only_while_somebody_waits(stage: Stage) -> None:
    assert stage.watch.wanted == set()
    await stage.redeem(1)
    assert stage.watch.wanted == {"song_queue"}
    await stage.next_song()
    await stage.next_song()
    assert stage.watch.wanted == set()


async def test_a_viewer_is_told_under_the_newest_name(stage: Stage) -> None:
    await stage.redeem(1)
    stage.names.newest[ANN.user_id] = Viewer(ANN.user_id, "ann", "AnnTheGreat")
    await stage.next_song()
    (event,) = [event for event in stage.events if isinstance(event, SongRequestSucceeded)]
    assert event.viewer_name == "AnnTheGreat"
