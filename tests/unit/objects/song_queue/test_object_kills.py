"""Killed after any commit and right after any effect, a request ends the same way."""

from __future__ import annotations

import pytest

from companion.kernel.result import expect_ok
from tests.fakes.runtime import Killed
from tests.fakes.spotify import a_track
from tests.unit.objects.song_queue.stage import Stage


@pytest.mark.parametrize("after", range(1, 26))
@pytest.mark.expected_logs("task failed|failed through a bug")
async def test_killed_after_any_commit_it_ends_the_same_way(stage: Stage, after: int) -> None:
    await stage.reward()
    stage.shorten_list()
    stage.rig.transactions.dies_after = stage.rig.transactions.commits + after
    run = "redemption-2"
    try:
        assert await stage.redeem(1) == run
        if not stage.rig.transactions.dead:  # skips while Companion is down: test_object_doubt
            await stage.next_song()
    except Killed:
        pass
    await stage.restart()
    await stage.pass_time(60, step=5)
    for _ in range(3):
        await stage.next_song()
        await stage.pass_time(20, step=5)
    assert stage.status(run) == "completed"
    assert stage.ledger == [(run, "fulfilled")]
    assert stage.spotify.added == [a_track(1).uri]
    assert len([line for line in stage.voice.said if "is next" in line]) <= 1
    assert expect_ok(await stage.queue.get_history()).total == 1


@pytest.mark.parametrize("effect", ["add_to_queue", "settle", "say"])
@pytest.mark.parametrize("song", ["1", "no such words"])
@pytest.mark.expected_logs("task failed|failed through a bug")
async def test_killed_right_after_an_effect_it_is_not_done_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, effect: str, song: str
) -> None:
    owner = {"add_to_queue": stage.spotify, "settle": stage.rewards, "say": stage.voice}[effect]
    original = getattr(owner, effect)

    async def last_words(*args: object, **kwargs: object) -> object:
        answer = await original(*args, **kwargs)
        stage.rig.transactions.dead = True
        return answer

    await stage.reward()
    monkeypatch.setattr(owner, effect, last_words)
    try:
        run = await stage.redeem(1 if song == "1" else song)
        await stage.next_song()
    except Killed:
        run = "redemption-2"
    monkeypatch.undo()
    await stage.restart()
    await stage.pass_time(30, step=5)
    await stage.next_song()
    await stage.pass_time(30, step=5)
    assert stage.ledger == [(run, "fulfilled" if song == "1" else "canceled")]
    assert len(stage.spotify.added) == (1 if song == "1" else 0)
    assert len(stage.voice.said) == 1
