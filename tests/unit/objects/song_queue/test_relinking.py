"""A song that Spotify plays under another id than it was asked for is its requester's all the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from companion.kernel.result import Err, Result, expect_ok
from companion.ports.failures import ProviderUnavailable, SpotifyError
from companion.ports.spotify import Track, is_same_song
from tests.fakes.spotify import a_track
from tests.unit.objects.song_queue.spotify_model import Occurrence
from tests.unit.objects.song_queue.stage import BEN, Stage


def other_release(number: int) -> Track:
    """The same recording under another id."""
    twin = a_track(500 + number, duration_ms=181_000)
    return replace(twin, title=a_track(number).title.upper(), album="Another Album")


def relinked(stage: Stage, *numbers: int) -> None:
    for number in numbers:
        stage.spotify.plays_instead[a_track(number).uri] = other_release(number)


def test_the_same_recording_has_title_artists_and_length_in_common() -> None:
    song = a_track(1)
    assert is_same_song(song, other_release(1))
    assert not is_same_song(song, a_track(2))
    assert not is_same_song(song, replace(other_release(1), artists=("Somebody",)))
    assert not is_same_song(song, replace(other_release(1), duration_ms=song.duration_ms + 2_001))


async def test_it_is_seen_heard_fulfilled_and_counted_under_the_id_that_was_asked_for(stage: Stage) -> None:
    relinked(stage, 1)
    run = await stage.redeem(1)
    behind = await stage.redeem(2, BEN)
    await stage.pass_time(60)
    assert [item.track.title for item in stage.queue.get_queue().autoplay][:1] == [a_track(101).title]
    await stage.next_song()
    assert stage.now_for() == run
    assert stage.ledger == [(run, "fulfilled")]
    await stage.pass_time(60)
    assert stage.now_for() == run
    assert (behind, "handed_over") in stage.requests()
    await stage.next_song()
    assert stage.now_for() == behind
    (song,) = expect_ok(await stage.queue.get_history()).songs
    assert (song.request_id, song.track.id) == (run, a_track(1).id)


async def test_it_is_its_requesters_also_when_it_began_before_anybody_looked(stage: Stage) -> None:
    relinked(stage, 1)
    run = await stage.redeem(1)
    await stage.next_song()
    assert stage.now_for() == run
    await stage.restart()
    await stage.pass_time(30)
    assert stage.now_for() == run
    await stage.next_song()
    assert stage.ledger == [(run, "fulfilled")]
    assert expect_ok(await stage.queue.get_history()).total == 1


async def test_another_release_in_the_list_is_not_taken_for_it(stage: Stage) -> None:
    stage.model.following.insert(0, Occurrence(other_release(1)))
    await stage.look()
    run = await stage.redeem(1)
    await stage.pass_time(30)
    await stage.next_song()
    assert stage.now_for() == run
    await stage.next_song()
    assert stage.now_for() is None
    assert [song.request_id for song in expect_ok(await stage.queue.get_history()).songs] == [run]


async def test_one_that_was_seen_and_is_gone_is_not_found_again_in_another_release(stage: Stage) -> None:
    run = await stage.redeem(1)
    await stage.pass_time(15)
    stage.model.added.clear()
    stage.model.following.insert(0, Occurrence(other_release(1)))
    await stage.pass_time(60)
    assert stage.ledger == [(run, "canceled")]


async def test_two_viewers_one_relinked_song_keep_their_own(stage: Stage) -> None:
    relinked(stage, 1)
    await stage.set(hand_over="at_once")
    await stage.limit(duplicate_window=timedelta(0))
    first, second = await stage.redeem(1), await stage.redeem(1, BEN)
    await stage.pass_time(30)
    for run in (first, second):
        await stage.next_song()
        assert stage.now_for() == run


async def test_an_addition_whose_answer_was_lost_is_found_and_not_sent_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    relinked(stage, 1)
    add = stage.spotify.add_to_queue

    async def without_an_answer(uri: str) -> Result[None, SpotifyError]:
        await add(uri)
        return Err(ProviderUnavailable(503, ""))

    monkeypatch.setattr(stage.spotify, "add_to_queue", without_an_answer)
    run = await stage.redeem(1)
    await stage.pass_time(60, step=5)
    assert stage.spotify.added == [a_track(1).uri]
    assert stage.requests() == [(run, "handed_over")]
