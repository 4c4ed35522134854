"""A song that was heard stays heard, whatever Twitch says to its points."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from companion.kernel.result import expect_ok
from companion.ports.failures import Forbidden, ProviderUnavailable, RateLimited, ServiceError
from companion.ports.sagas import RunView
from companion.ports.song_queue import PlayedSong
from tests.fakes.runtime import settle
from tests.unit.objects.song_queue.stage import ANN, Stage


async def history(stage: Stage) -> list[PlayedSong]:
    return list(expect_ok(await stage.queue.get_history()).songs)


def view(stage: Stage, run: str) -> RunView:
    found = stage.host.get_run(run)
    assert found is not None
    return found


def was_not_taken_back(stage: Stage, run: str) -> None:
    assert stage.now_for() == run
    assert stage.kinds() == ["song_request_success"]
    assert not any("back" in line for line in stage.voice.said)


REFUSED: list[Callable[[], list[ServiceError]]] = [
    lambda: [Forbidden("not yours")],
    lambda: [ProviderUnavailable(503, "")] * 3,
]


@pytest.mark.parametrize("errors", REFUSED, ids=["forbidden", "three times in trouble"])
async def test_what_twitch_will_not_fulfil_needs_the_streamer_and_stays_heard(
    stage: Stage, errors: Callable[[], list[ServiceError]]
) -> None:
    stage.rewards.refusals["fulfilled"].extend(errors())
    run = await stage.redeem(1)
    await stage.next_song()
    await stage.pass_time(60)
    was_not_taken_back(stage, run)
    (card,) = stage.host.needs_you()
    assert (card.id, card.status, card.offers) == (run, "compensation_failed", ("fulfil", "refund", "retry", "ignore"))
    await stage.pass_time(400)
    (song,) = await history(stage)
    assert (song.viewer, song.fulfilled_at) == (ANN, None)
    expect_ok(await stage.host.settle(run, "fulfil"))
    await settle()
    assert stage.ledger == [(run, "fulfilled")]
    assert stage.status(run) == "completed"
    (song,) = await history(stage)
    assert song.fulfilled_at is not None
    assert stage.kinds() == ["song_request_success"]


async def test_the_streamer_may_give_the_points_of_a_heard_song_back(stage: Stage) -> None:
    stage.rewards.refusals["fulfilled"].append(Forbidden("not yours"))
    run = await stage.redeem(1)
    await stage.next_song()
    expect_ok(await stage.host.settle(run, "refund"))
    await settle()
    assert stage.ledger == [(run, "canceled")]
    assert stage.voice.said[-1] == "Ann: The streamer gave it back. Your points are back."
    assert stage.now_for() == run
    await stage.pass_time(400)
    assert [song.viewer for song in await history(stage)] == [ANN]
    assert stage.kinds() == ["song_request_success"]


async def test_given_back_in_the_dashboard_while_it_plays_it_stays_heard(stage: Stage) -> None:
    run = await stage.redeem(1)
    stage.rewards.settle_in_dashboard(run, "canceled")
    await stage.next_song()
    await stage.pass_time(30)
    was_not_taken_back(stage, run)
    assert stage.status(run) == "completed"
    assert stage.ledger == []
    await stage.pass_time(400)
    assert [song.viewer for song in await history(stage)] == [ANN]


async def test_limits_are_waited_out_in_sight_and_the_song_counts_at_once(stage: Stage) -> None:
    run = await stage.redeem(1)
    later = stage.clock.now() + timedelta(minutes=20)
    stage.rewards.refusals["fulfilled"].extend([RateLimited(later)] * 7)
    await stage.next_song()
    was_not_taken_back(stage, run)
    fulfil = next(step for step in view(stage, run).steps if step.name == "fulfil")
    assert (fulfil.state, fulfil.attempt, fulfil.next_retry_at) == ("pending", 0, later)
    assert fulfil.last_error == "Twitch takes no more calls in this minute"
    await stage.pass_time(20 * 60 + 30, step=30)
    assert stage.ledger == [(run, "fulfilled")]
    assert stage.status(run) == "completed"
    assert stage.kinds() == ["song_request_success"]
