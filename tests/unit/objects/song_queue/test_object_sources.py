"""Each way of asking and each role has its own rules; the line they wait in is one."""

from __future__ import annotations

from datetime import timedelta

from companion.kernel.result import expect_ok
from companion.ports.failures import NoActiveDevice
from companion.ports.song_rules import SourceRules
from tests.fakes.runtime import settle
from tests.fakes.spotify import a_track
from tests.unit.objects.song_queue.stage import ANN, BEN, Stage


async def go(stage: Stage, *, live: bool) -> None:
    stage.stream.live = live
    stage.queue.replan()
    await settle()


async def test_a_source_that_is_for_live_only_is_passed_by_off_air_and_keeps_its_place(stage: Stage) -> None:
    await stage.limit("command", live_only=False)
    playing, paid = await stage.redeem(1), await stage.redeem(2)
    await go(stage, live=False)
    asked, behind = await stage.ask(3, BEN), await stage.ask(4, BEN)
    assert stage.voice.said[-2:] == [
        "Ben, “Song 3” by Somebody, Somebody Else is number 3 in the queue, in about 6 min. 🎵",
        "Ben, “Song 4” by Somebody, Somebody Else is number 4 in the queue, in about 9 min. 🎵",
    ]
    assert stage.queue.get_queue().paused_reason is None
    assert (stage.one(paid).position, stage.one(paid).expected_wait) == (2, None)
    assert stage.one(paid).note == "Waits until the stream is live."
    assert (stage.one(asked).position, stage.one(asked).note) == (3, None)
    await stage.next_song()
    assert stage.now_for() == playing
    assert stage.requests() == [(asked, "handed_over"), (paid, "waiting"), (behind, "waiting")]
    await go(stage, live=True)
    assert stage.one(paid).note is None
    await stage.next_song()
    assert stage.now_for() == asked
    assert stage.requests() == [(paid, "handed_over"), (behind, "waiting")]


async def test_off_air_only_the_source_that_is_for_live_only_refuses(stage: Stage) -> None:
    await stage.limit("command", live_only=False)
    await go(stage, live=False)
    assert (stage.queue.lets_anybody_in("reward"), stage.queue.lets_anybody_in("command")) == (False, True)
    paid, asked = await stage.redeem(1), await stage.ask(1)
    assert stage.ledger == [(paid, "canceled")]
    assert stage.requests() == [(asked, "handed_over")]
    await go(stage, live=True)
    assert stage.queue.lets_anybody_in("reward")


async def test_why_nothing_is_handed_over_off_air_is_said_only_while_nothing_is(stage: Stage) -> None:
    await stage.redeem(1)
    paid = await stage.redeem(2)
    await go(stage, live=False)
    assert stage.queue.get_queue().paused_reason == "Songs are handed to Spotify while the stream is live."
    assert (stage.one(paid).note, stage.one(paid).expected_wait) == (None, timedelta(minutes=6))
    await stage.limit("command", live_only=False)
    assert stage.queue.get_queue().paused_reason is not None  # what waits still does
    expect_ok(await stage.queue.remove(paid, by="Mo"))
    assert stage.queue.get_queue().paused_reason is None
    await stage.limit(live_only=True)
    assert stage.queue.get_queue().paused_reason is not None


async def test_a_setting_that_opens_a_source_off_air_lets_its_requests_go_at_once(stage: Stage) -> None:
    playing, paid = await stage.redeem(1), await stage.redeem(2)
    await go(stage, live=False)
    await stage.next_song()
    assert (stage.now_for(), stage.requests()) == (playing, [(paid, "waiting")])
    await stage.limit("reward", live_only=False)
    assert stage.requests() == [(paid, "handed_over")]


async def test_the_streamers_own_wait_off_air_as_long_as_moderators_must(stage: Stage) -> None:
    await stage.set(rules={"command": {"everyone": SourceRules(live_only=False)}})
    await go(stage, live=False)
    own = await stage.ask(1, role="broadcaster")
    asked, behind = await stage.ask(2, BEN), await stage.ask(3, BEN)
    assert stage.requests() == [(asked, "handed_over"), (own, "waiting"), (behind, "waiting")]
    last = await stage.ask(4, role="broadcaster")
    assert stage.voice.said[-1] == "Ann, “Song 4” by Somebody, Somebody Else is number 4 in the queue. 🎵"
    expect_ok(await stage.queue.remove(behind, by="Mo"))
    await stage.set(rules={"command": {"moderator": SourceRules(live_only=False)}})
    await stage.next_song()
    assert stage.requests() == [(own, "handed_over"), (last, "waiting")]


async def test_one_whose_turn_came_on_air_is_passed_by_off_air_and_goes_next(stage: Stage) -> None:
    await stage.limit("command", live_only=False)
    stage.spotify.fail("add_to_queue", NoActiveDevice())
    paid = await stage.redeem(1)
    await go(stage, live=False)
    asked, behind = await stage.ask(2, BEN), await stage.ask(3, BEN)
    assert stage.requests() == [(asked, "handed_over"), (paid, "waiting"), (behind, "waiting")]
    await go(stage, live=True)
    await stage.pass_time(60)
    assert stage.requests() == [(asked, "handed_over"), (paid, "waiting"), (behind, "waiting")]
    await stage.next_song()
    await stage.pass_time(15)
    assert stage.requests() == [(paid, "handed_over"), (behind, "waiting")]
    assert stage.spotify.added == [a_track(2).uri, a_track(1).uri]


async def test_requests_of_every_source_fill_the_queue(stage: Stage) -> None:
    await stage.limit("command", queue_cap=2)
    await stage.limit("reward", queue_cap=3)
    first, second = await stage.redeem(1), await stage.redeem(2)
    refused = await stage.ask(3, BEN)
    assert stage.status(refused) == "failed"
    assert stage.voice.said[-1] == "Ben: The queue is full just now."
    assert stage.queue.lets_anybody_in("reward") and not stage.queue.lets_anybody_in("command")
    third = await stage.redeem(3, BEN)
    assert [run for run, _ in stage.requests()] == [first, second, third]
    assert not stage.queue.lets_anybody_in("reward")


async def test_the_same_song_again_is_for_each_source_and_role_to_allow(stage: Stage) -> None:
    await stage.set(
        rules={
            "reward": {"everyone": SourceRules(duplicate_window=timedelta(0))},
            "command": {"vip": SourceRules(duplicate_window=timedelta(minutes=1))},
        }
    )
    first = await stage.ask(1, ANN)
    refused, paid = await stage.ask(1, BEN), await stage.redeem(1, BEN)
    assert stage.status(refused) == "failed"
    assert [run for run, _ in stage.requests()] == [first, paid]
    await stage.next_song()
    await stage.pass_time(600)
    assert (stage.requests(), stage.now_for()) == ([], None)
    refused = await stage.ask(1, ANN)
    assert stage.voice.said[-1] == "Ann: “Song 1” was played in the last 30 minutes."
    again = await stage.ask(1, BEN, role="vip")
    assert [run for run, _ in stage.requests()] == [again]
