"""A hand-over that Spotify does not take, does not answer, or never shows: held, looked up, and nobody held up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from companion.kernel.result import Err, Ok, expect_ok
from companion.objects.song_queue import store
from companion.objects.song_queue.line import NO_END
from companion.ports.failures import NetworkDown, NoActiveDevice, NotFound, PremiumRequired, ProviderUnavailable
from companion.ports.song_queue import CannotWithdraw
from companion.ports.song_rules import SourceRules
from companion.ports.spotify import PlayingKind
from tests.fakes.clock import START
from tests.fakes.runtime import settle
from tests.fakes.spotify import a_picture, a_track
from tests.unit.objects.song_queue.stage import Stage


async def test_without_a_device_it_is_held_and_goes_on_by_itself(stage: Stage) -> None:
    stage.spotify.fail("add_to_queue", *[NoActiveDevice()] * 5)
    run = await stage.redeem(1)
    assert stage.one(run).state == "waiting"
    assert stage.one(run).note == "Spotify has no active device. Press play in Spotify, the request goes on by itself."
    assert stage.queue.get_queue().paused_reason == stage.one(run).note
    await stage.pass_time(120)
    assert stage.requests() == [(run, "handed_over")]
    assert len(stage.spotify.added) == 1


async def test_held_for_20_minutes_is_refunded(stage: Stage) -> None:
    stage.spotify.fail("add_to_queue", *[NoActiveDevice()] * 200)
    run = await stage.redeem(1)
    await stage.pass_time(19 * 60)
    assert stage.ledger == []
    await stage.pass_time(90)
    assert stage.ledger == [(run, "canceled")]
    assert stage.requests() == []
    assert stage.voice.said[-1].startswith("Ann: Spotify was not ready to play. This is not your doing.")


async def test_seen_again_what_is_held_is_tried_at_once(stage: Stage) -> None:
    stage.spotify.away = True
    stage.spotify.fail("add_to_queue", NoActiveDevice(), NoActiveDevice())
    run, behind = await stage.redeem(1), await stage.redeem(2)
    await stage.pass_time(15)
    assert stage.requests() == [(run, "waiting"), (behind, "waiting")]
    stage.spotify.away = False
    await stage.look()
    assert stage.requests() == [(run, "handed_over"), (behind, "waiting")]


async def test_a_player_that_is_seen_and_takes_nothing_is_not_asked_at_every_look(stage: Stage) -> None:
    stage.spotify.fail("add_to_queue", *[NoActiveDevice()] * 200)
    await stage.redeem(1)
    left = len(stage.spotify.errors["add_to_queue"])
    for _ in range(12):
        await stage.rig.pass_time(1)
        await stage.look()
    assert len(stage.spotify.errors["add_to_queue"]) == left - 1


async def test_a_look_that_failed_in_between_counts_as_out_of_sight(stage: Stage) -> None:
    stage.spotify.fail("add_to_queue", *[NoActiveDevice()] * 2)
    run = await stage.redeem(1)
    await stage.look()  # the second one
    stage.spotify.fail("get_queue", *[NetworkDown("")])
    stage.watch.problem = NetworkDown("")
    await stage.rig.pass_time(15)
    assert stage.requests() == [(run, "waiting")]
    stage.watch.problem = None
    await stage.look()
    assert stage.requests() == [(run, "handed_over")]


async def test_a_night_in_which_nobody_asked_spotify_costs_no_song(stage: Stage) -> None:
    """Off, then asleep: only the time in which Spotify is asked since then counts, and then it does."""
    stage.spotify.fail("add_to_queue", *[NoActiveDevice()] * 500)
    run = await stage.redeem(1)
    await stage.pass_time(15 * 60)
    stage.clock.advance(8 * 3600)
    await stage.restart()
    await stage.pass_time(10 * 60)
    stage.clock.advance(8 * 3600)
    await stage.pass_time(19 * 60)
    assert stage.requests() == [(run, "waiting")] and stage.ledger == []
    await stage.pass_time(2 * 60)
    assert stage.ledger == [(run, "canceled")]


async def test_however_often_it_is_started_a_refund_is_not_withheld_for_more_than_a_day(stage: Stage) -> None:
    stage.spotify.fail("add_to_queue", *[NoActiveDevice()] * 500)
    run = await stage.redeem(1)
    for _ in range(24):
        stage.clock.advance(3590)
        await stage.restart()
        assert stage.ledger == []
    stage.clock.advance(3590)
    await stage.restart()
    assert stage.ledger == [(run, "canceled")]


async def test_what_has_waited_together_is_given_back_together(stage: Stage) -> None:
    """Each for its own 20 minutes: who came later waits longer, and a song that is taken begins the wait anew."""
    await stage.set(rules={"reward": {"everyone": SourceRules(most_at_once=None)}})
    stage.spotify.fail("add_to_queue", *[NoActiveDevice()] * 500)
    runs = [await stage.redeem(number) for number in range(1, 11)]
    await stage.pass_time(15 * 60)
    later = await stage.redeem(11)
    await stage.pass_time(4 * 60)
    assert stage.ledger == []
    await stage.pass_time(90)
    assert stage.ledger == [(run, "canceled") for run in runs]
    assert stage.requests() == [(later, "waiting")]
    await stage.pass_time(16 * 60)
    assert (later, "canceled") in stage.ledger


async def test_a_song_that_spotify_takes_begins_the_wait_anew(stage: Stage) -> None:
    stage.spotify.fail("add_to_queue", *[NoActiveDevice()] * 60)
    first, behind = await stage.redeem(1), await stage.redeem(2)
    while stage.one(first).state == "waiting":
        await stage.pass_time(15)
    assert stage.now() - START > timedelta(minutes=14)
    stage.spotify.fail("add_to_queue", *[NoActiveDevice()] * 200)
    await stage.next_song()
    await stage.pass_time(15 * 60)
    assert stage.requests()[-1] == (behind, "waiting")
    await stage.pass_time(6 * 60)
    assert (behind, "canceled") in stage.ledger


async def test_an_answer_lost_before_a_night_is_still_looked_for_in_the_morning(stage: Stage) -> None:
    stage.shorten_list()
    stage.spotify.fail("add_to_queue", ProviderUnavailable(502, ""))
    run = await stage.redeem(1)
    stage.clock.advance(8 * 3600)
    stage.spotify.fail("get_queue", *[NetworkDown("")] * 20)
    await stage.restart()
    await stage.rig.pass_time(60)
    assert stage.status(run) != "outcome_unknown"
    stage.spotify.errors.clear()
    await stage.rig.pass_time(60)
    assert stage.requests() == [(run, "handed_over")] and len(stage.spotify.added) == 1


async def test_late_a_request_is_held_told_and_refunded_also_while_nothing_is_seen_of_spotify(stage: Stage) -> None:
    await stage.set(hand_over="late")
    stage.model.playing = False
    await stage.look()
    stage.spotify.fail("get_queue", *[NetworkDown("")] * 200)
    run = await stage.redeem(1)
    for _ in range(8):
        await stage.rig.pass_time(15)
    assert (
        stage.queue.get_queue().paused_reason == "Spotify does not answer. The request goes on by itself once it does."
    )
    for _ in range(79):
        await stage.rig.pass_time(15)
    assert stage.ledger == []
    await stage.rig.pass_time(60)
    assert stage.ledger == [(run, "canceled")]


async def test_without_premium_everybody_is_refunded_and_the_streamer_is_told_until_a_song_is_taken(
    stage: Stage,
) -> None:
    stage.spotify.fail("add_to_queue", *[PremiumRequired(of_owner=False, detail="")] * 2)
    runs = [await stage.redeem(1), await stage.redeem(2)]
    assert stage.ledger == [(run, "canceled") for run in runs]
    assert stage.voice.said[-1] == (
        "Ann: Spotify would not take this song. This is not your doing. Your points are back."
    )
    assert stage.queue.get_queue().problem == PremiumRequired(of_owner=False, detail="")
    await stage.redeem(3)
    assert stage.queue.get_queue().problem is None


async def test_a_song_that_spotify_does_not_know_is_no_trouble_of_the_streamers(stage: Stage) -> None:
    stage.spotify.fail("add_to_queue", NotFound(""))
    run = await stage.redeem(1)
    assert stage.ledger == [(run, "canceled")]
    assert stage.queue.get_queue().problem is None


async def test_a_held_request_can_be_removed(stage: Stage) -> None:
    stage.spotify.fail("add_to_queue", *[NoActiveDevice()] * 200)
    run, behind = await stage.redeem(1), await stage.redeem(2)
    expect_ok(await stage.queue.remove(run, by="Mo"))
    await stage.pass_time(30)
    assert stage.ledger == [(run, "canceled")]
    assert stage.requests() == [(behind, "waiting")]


async def test_a_lost_answer_is_looked_up_and_found(stage: Stage) -> None:
    stage.spotify.lose_answers["add_to_queue"] = 1
    run = await stage.redeem(1)
    await stage.pass_time(10, step=5)
    assert stage.spotify.added == [a_track(1).uri]
    assert stage.requests() == [(run, "handed_over")]


async def test_an_answer_that_never_came_to_anything_is_sent_again_after_two_looks(stage: Stage) -> None:
    stage.shorten_list()
    stage.spotify.fail("add_to_queue", ProviderUnavailable(502, ""))
    run = await stage.redeem(1)
    assert stage.spotify.added == []
    assert isinstance(await stage.queue.remove(run, by="Mo"), Err)
    await stage.pass_time(4, step=4)
    assert stage.spotify.added == []
    await stage.pass_time(20, step=4)
    assert stage.spotify.added == [a_track(1).uri]


async def test_what_spotify_cannot_tell_needs_the_streamer_and_blocks_nobody(stage: Stage) -> None:
    stage.spotify.fail("add_to_queue", ProviderUnavailable(502, ""))
    run, behind = await stage.redeem(1), await stage.redeem(2)
    stage.spotify.fail("get_queue", *[ProviderUnavailable(503, "")] * 100)
    await stage.pass_time(200)  # time enough for the song to have been played
    stage.spotify.errors.clear()
    await stage.pass_time(30)
    assert stage.status(run) == "outcome_unknown"
    assert (run, "undecided") in stage.requests()
    assert (behind, "handed_over") in stage.requests() or stage.now_for() == behind
    assert run not in dict(stage.ledger)


async def test_a_request_whose_run_is_no_more_holds_nobody_up(stage: Stage) -> None:
    first = await stage.redeem(1)
    with stage.rig.transactions.begin() as tx:
        entry = store.find(tx.session, first)
        assert entry is not None
        sent = replace(entry, id="stopped", state="waiting", granted=True, handing=True, handed_over_at=stage.now())
        store.put(tx.session, sent)
    stage.queue.load()
    behind = await stage.redeem(2)
    await stage.next_song()
    assert stage.now_for() == first
    assert await stage.queue.remove("stopped", by="Mo") == Err(CannotWithdraw("stopped"))
    await stage.pass_time(3500, step=100)
    assert (behind, "waiting") in stage.requests()
    await stage.pass_time(200, step=100)
    assert stage.spotify.added[-1] == a_track(2).uri
    assert isinstance(await stage.queue.remove("stopped", by="Mo"), Ok)


@pytest.mark.parametrize("kind", ["episode", "ad", "local", "unknown"])
async def test_late_what_tells_no_length_is_waited_for_two_minutes_and_no_longer(
    stage: Stage, kind: PlayingKind
) -> None:
    """However often Spotify is looked at meanwhile, and whatever else without a length comes after it."""
    await stage.set(hand_over="late")
    run, behind = await stage.redeem(1), await stage.redeem(2)

    async def look(title: str) -> None:
        await stage.rig.pass_time(15)
        stage.watch.picture = a_picture(kind=kind, title=title, seen_at=stage.now())
        stage.watch.upcoming = replace(stage.model.upcoming(), current=None, seen_at=stage.now())
        for listener in stage.watch.listeners:
            listener(stage.watch.picture, stage.watch.upcoming)
        await settle()

    for number in range(8):
        await look(f"Talk {number}")
        assert stage.requests() == [(run, "waiting"), (behind, "waiting")]
        assert stage.queue.get_queue().paused_reason == NO_END
    await look("Talk 9")
    assert stage.requests() == [(run, "handed_over"), (behind, "waiting")]
    assert stage.queue.get_queue().paused_reason is None


async def test_late_a_pause_is_no_end_however_long_it_is(stage: Stage) -> None:
    await stage.set(hand_over="late")
    stage.model.playing = False
    run = await stage.redeem(1)
    await stage.pass_time(600)
    assert stage.requests() == [(run, "waiting")]
    assert stage.queue.get_queue().paused_reason is None


async def test_what_is_gone_is_refunded_although_the_clock_was_set_back(stage: Stage) -> None:
    run = await stage.redeem(1)
    await stage.look()
    stage.model.added.clear()
    await stage.look()
    stage.clock.jump(-3600)
    await stage.pass_time(30, step=5)
    assert stage.ledger == [(run, "canceled")]


@pytest.mark.parametrize("back", [0, 60, 3600])
async def test_a_song_that_was_played_to_its_end_was_not_skipped_although_the_clock_was_set_back(
    stage: Stage, back: float
) -> None:
    await stage.set(refund_skipped=True)
    run = await stage.redeem(1)
    await stage.next_song()
    await stage.pass_time(165)
    stage.clock.jump(-back)
    await stage.pass_time(30)
    assert stage.ledger == [(run, "fulfilled")]
    (song,) = expect_ok(await stage.queue.get_history()).songs
    assert not song.skipped
