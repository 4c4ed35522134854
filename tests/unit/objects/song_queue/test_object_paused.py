"""A song that comes while Spotify is paused is not heard yet, and costs nothing before it is."""

from __future__ import annotations

from companion.kernel.result import expect_ok
from companion.objects.song_queue.state import GONE_AFTER
from tests.unit.objects.song_queue.stage import BEN, Stage


async def comes_while_paused(stage: Stage) -> str:
    run = await stage.redeem(1)
    await stage.look()
    stage.model.playing = False
    await stage.next_song()
    return run


async def test_its_points_wait_until_it_is_heard(stage: Stage) -> None:
    run = await comes_while_paused(stage)
    behind = await stage.redeem(2, BEN)
    await stage.pass_time(60)
    assert stage.now_for() == run
    assert stage.requests() == [(run, "handed_over"), (behind, "waiting")]
    assert stage.ledger == []
    await stage.restart()
    stage.model.playing = True
    await stage.pass_time(15)
    assert stage.ledger == [(run, "fulfilled")]
    assert stage.requests() == [(behind, "handed_over")]
    await stage.next_song()
    (song,) = expect_ok(await stage.queue.get_history()).songs
    assert song.request_id == run
    assert (stage.now() - song.played_at).total_seconds() < 30


async def test_skipped_before_anybody_heard_it_is_refunded(stage: Stage) -> None:
    run = await comes_while_paused(stage)
    await stage.next_song()
    await stage.pass_time(2 * GONE_AFTER.total_seconds(), step=5)
    assert stage.ledger == [(run, "canceled")]
    assert expect_ok(await stage.queue.get_history()).total == 0


async def test_heard_between_two_looks_and_then_paused_is_heard(stage: Stage) -> None:
    run = await stage.redeem(1)
    await stage.look()
    stage.model.skip()
    stage.model.pass_time(8)
    await stage.rig.pass_time(8)
    stage.model.playing = False
    await stage.look()
    assert stage.ledger == [(run, "fulfilled")]
