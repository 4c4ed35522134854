"""More was added to Spotify's queue by hand than it shows: nothing is sent twice, and no more than one at a time."""

from __future__ import annotations

import pytest

from companion.ports.failures import ProviderUnavailable
from tests.fakes.runtime import settle
from tests.fakes.spotify import a_track
from tests.unit.objects.song_queue.spotify_model import SpotifyModel
from tests.unit.objects.song_queue.stage import ANN, BEN, Stage

CROWD = 25


def crowd(model: SpotifyModel, songs: int = CROWD) -> None:
    for number in range(songs):
        model.add_by_hand(200 + number)


async def know_the_list(stage: Stage) -> None:
    """A request came in, and what stood behind it is Spotify's own list; it has been heard since."""
    await stage.redeem(19, BEN)
    await stage.look()
    await stage.next_song()
    await stage.next_song()


@pytest.mark.parametrize("knows", [False, True])
@pytest.mark.parametrize("looks", [False, True])
async def test_a_song_that_may_stand_behind_the_crowd_is_not_sent_again(stage: Stage, knows: bool, looks: bool) -> None:
    if knows:
        await know_the_list(stage)
    crowd(stage.model)
    if looks:
        await stage.look()
    stage.spotify.lose_answers["add_to_queue"] = 1
    run = await stage.redeem(1)
    await stage.pass_time(60, step=5)
    assert stage.spotify.added.count(a_track(1).uri) == 1
    assert stage.status(run) == "outcome_unknown"
    assert (run, "undecided") in stage.requests()


async def test_in_front_of_the_list_it_is_seen_that_it_was_not_taken(stage: Stage) -> None:
    await know_the_list(stage)
    crowd(stage.model, 5)
    stage.spotify.fail("add_to_queue", ProviderUnavailable(502, ""))
    run = await stage.redeem(1)
    await stage.pass_time(30, step=5)
    assert stage.spotify.added.count(a_track(1).uri) == 1
    assert stage.requests() == [(run, "handed_over")]


async def test_what_is_known_of_the_list_survives_a_restart(stage: Stage) -> None:
    await know_the_list(stage)
    await stage.restart()
    await stage.look()
    stage.spotify.fail("add_to_queue", ProviderUnavailable(502, ""))
    run = await stage.redeem(1)
    await stage.pass_time(30, step=5)
    assert stage.requests() == [(run, "handed_over")]


async def test_a_crowd_that_comes_during_the_call_hides_it_as_well(stage: Stage) -> None:
    await know_the_list(stage)
    stage.spotify.fail("add_to_queue", ProviderUnavailable(502, ""))
    run = await stage.redeem(1)
    crowd(stage.model)
    await stage.pass_time(30, step=5)
    assert stage.status(run) == "outcome_unknown"
    assert a_track(1).uri not in stage.spotify.added


@pytest.mark.parametrize("knows", [False, True])
async def test_only_one_request_stands_behind_the_crowd(stage: Stage, knows: bool) -> None:
    if knows:
        await know_the_list(stage)
    crowd(stage.model)
    await stage.look()
    first, second, third = await stage.redeem(1), await stage.redeem(2, BEN), await stage.redeem(3, ANN)
    await stage.pass_time(15 * 60)
    assert stage.requests() == [(first, "handed_over"), (second, "waiting"), (third, "waiting")]
    while stage.now_for() != first:
        await stage.next_song()
        assert stage.requests()[-1] == (third, "waiting")
    assert stage.requests() == [(second, "handed_over"), (third, "waiting")]
    await settle()
