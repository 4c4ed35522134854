"""A hand-over in doubt while Spotify moves on: a song is never sent twice, and nobody waits for what was never seen."""

from __future__ import annotations

from datetime import timedelta

import pytest

from companion.kernel.result import Err, Result
from companion.ports.failures import ProviderUnavailable, SpotifyError
from companion.ports.viewers import Viewer
from tests.fakes.spotify import a_track
from tests.unit.objects.song_queue.stage import ANN, BEN, Stage


async def added_and_killed(stage: Stage, monkeypatch: pytest.MonkeyPatch, viewer: Viewer = ANN) -> str:
    """A request whose song Spotify took right before Companion was killed; its run."""
    add = stage.spotify.add_to_queue

    async def last_words(uri: str) -> Result[None, SpotifyError]:
        answer = await add(uri)
        stage.rig.transactions.dead = True
        return answer

    monkeypatch.setattr(stage.spotify, "add_to_queue", last_words)
    run = await stage.redeem(1, viewer)
    monkeypatch.undo()
    return run


async def lost_and_closed(stage: Stage) -> str:
    """A request whose song Spotify took without an answer, and was closed right then; its run."""
    add = stage.spotify.add_to_queue

    async def closing(uri: str) -> Result[None, SpotifyError]:
        await add(uri)
        stage.spotify.away = True
        return Err(ProviderUnavailable(503, ""))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage.spotify, "add_to_queue", closing)
        run = await stage.redeem(1)
    return run


@pytest.mark.parametrize("skips", [1, 2, 3])
@pytest.mark.expected_logs("task failed|failed through a bug")
async def test_what_was_skipped_while_companion_was_down_is_not_sent_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, skips: int
) -> None:
    """The song was added, and came and went before anybody looked."""
    run = await added_and_killed(stage, monkeypatch)
    for _ in range(skips):
        stage.model.skip()
    await stage.restart()
    await stage.pass_time(60, step=5)
    assert stage.spotify.added == [a_track(1).uri]
    assert stage.status(run) == ("completed" if skips == 1 else "outcome_unknown")
    assert stage.ledger == ([(run, "fulfilled")] if skips == 1 else [])


@pytest.mark.expected_logs("task failed|failed through a bug")
async def test_the_same_song_of_somebody_else_does_not_hide_that_it_was_added(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One occurrence went by, one came: as many as before, and yet it was added."""
    await stage.set(hand_over="at_once")
    await stage.limit(duplicate_window=timedelta(0))
    await stage.redeem(1)
    await stage.look()
    bens = await added_and_killed(stage, monkeypatch, BEN)
    for _ in range(2):
        stage.model.skip()
    await stage.restart()
    await stage.pass_time(60, step=5)
    assert stage.spotify.added == [a_track(1).uri] * 2
    assert (bens, "canceled") not in stage.ledger


@pytest.mark.expected_logs("task failed|failed through a bug")
async def test_killed_before_the_call_it_is_known_that_there_was_none(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However far Spotify moves on meanwhile."""
    begin = stage.queue.handing.begin_handing

    def last_words(request_id: str) -> object:
        stage.rig.transactions.dead = True
        return begin(request_id)

    monkeypatch.setattr(stage.queue.handing, "begin_handing", last_words)
    run = await stage.redeem(1)
    stage.model.skip()
    await stage.restart()
    await stage.pass_time(30, step=5)
    assert stage.spotify.added == [a_track(1).uri]
    assert stage.requests() == [(run, "handed_over")]


async def test_two_looks_count_also_when_companion_is_killed_in_between(stage: Stage) -> None:
    """However often that happens: no life has to be long enough for both."""
    stage.shorten_list()
    stage.spotify.fail("add_to_queue", ProviderUnavailable(502, ""))
    run = await stage.redeem(1)
    for _ in range(4):
        await stage.pass_time(2, step=2)
        await stage.restart()
    assert stage.spotify.added == [a_track(1).uri]
    assert stage.requests() == [(run, "handed_over")]


async def test_while_spotify_is_closed_a_lost_answer_waits(stage: Stage) -> None:
    run = await lost_and_closed(stage)
    await stage.pass_time(300)
    assert stage.requests() == [(run, "waiting")]
    stage.spotify.away = False
    await stage.pass_time(30, step=5)
    assert stage.requests() == [(run, "handed_over")]
    assert stage.spotify.added == [a_track(1).uri]


async def test_closed_for_too_long_the_streamer_is_asked(stage: Stage) -> None:
    run = await lost_and_closed(stage)
    await stage.pass_time(20 * 60 + 30, step=30)
    assert stage.status(run) == "outcome_unknown"


async def test_what_certainly_did_not_happen_is_sent_again_although_others_add_songs(stage: Stage) -> None:
    stage.shorten_list()
    stage.spotify.fail("add_to_queue", ProviderUnavailable(502, ""))
    await stage.redeem(1)
    stage.model.add_by_hand(5)
    await stage.pass_time(30, step=5)
    assert stage.spotify.added == [a_track(1).uri]


async def test_a_song_that_spotify_took_and_never_showed_holds_up_those_behind_it_for_a_minute(stage: Stage) -> None:
    """It came and went while Companion was down: nobody is seen waiting in Spotify, so the next one may come."""
    stage.shorten_list()
    run, behind = await stage.redeem(1), await stage.redeem(2, BEN)
    assert stage.requests() == [(run, "handed_over"), (behind, "waiting")]
    stage.model.skip()
    stage.model.skip()
    await stage.restart()
    await stage.pass_time(90, step=10)
    assert stage.status(run) == "waiting"
    assert (behind, "handed_over") in stage.requests()
    await stage.pass_time(3700, step=100)
    assert stage.status(run) == "outcome_unknown"
    assert stage.ledger == [(behind, "fulfilled")]


async def test_at_once_no_more_stand_in_spotify_than_it_shows(stage: Stage) -> None:
    """Spotify shows 20: what stands behind them could not be looked for when an answer is lost."""
    await stage.set(hand_over="at_once")
    runs = [await stage.redeem(number, BEN, "broadcaster") for number in range(1, 15)]
    assert len(stage.spotify.added) == 10
    for _ in runs[:-1]:
        await stage.next_song()
    assert stage.spotify.added == [a_track(number).uri for number in range(1, 15)]
