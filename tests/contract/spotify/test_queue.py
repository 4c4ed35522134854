"""Spotify's queue, skipping, search and short links against the simulated Spotify, with every way they can go wrong."""

from __future__ import annotations

import pytest

from companion.kernel.result import Err, Ok, expect_ok
from companion.ports.failures import (
    MalformedAnswer,
    NetworkDown,
    NoActiveDevice,
    PremiumRequired,
    ProviderUnavailable,
    RateLimited,
    Refused,
    Unauthorized,
)
from companion.ports.spotify import Track
from tests.contract.spotify.conftest import Spotify
from tests.fakes.spotify import FakeTokens


async def a_song(spotify: Spotify, title: str = "Kiln Song") -> Track:
    found = expect_ok(await spotify.service().search_tracks(title))
    return next(track for track in found if track.title == title)


async def test_what_is_added_comes_next_after_what_was_added_before(spotify: Spotify) -> None:
    await spotify.steer("spotify/play", track=0)
    service, song = spotify.service(), await a_song(spotify)
    before = expect_ok(await service.get_queue())
    for _ in range(4):  # the answer is 204, and 200 with a text, in turns
        assert await service.add_to_queue(song.uri) == Ok(None)
    after = expect_ok(await service.get_queue())
    assert before.current is not None
    assert before.current == after.current
    assert after.upcoming[:4] == (song,) * 4
    assert after.upcoming[4:] == before.upcoming[:16]
    assert len(after.upcoming) == 20


async def test_the_queue_and_what_plays_describe_a_song_alike(spotify: Spotify) -> None:
    await spotify.steer("spotify/play", track=2)
    service = spotify.service()
    picture, queue = expect_ok(await service.get_playback()), expect_ok(await service.get_queue())
    assert picture.track == queue.current
    assert queue.seen_at == spotify.clock.now()


async def test_items_that_are_no_tracks_are_left_out_one_by_one(spotify: Spotify) -> None:
    await spotify.steer("spotify/play", track=0)
    titles = ["Kiln Song", "episode", "O", "local", "ad", "unknown", "Kiln Song"]
    await spotify.steer("spotify/queue", items=titles)
    upcoming = expect_ok(await spotify.service().get_queue()).upcoming
    assert [track.title for track in upcoming[:3]] == ["Kiln Song", "O", "Kiln Song"]


async def test_an_episode_that_plays_is_no_current_track(spotify: Spotify) -> None:
    await spotify.steer("spotify/queue", items=["episode"])
    await spotify.steer("spotify/skip")
    assert expect_ok(await spotify.service().get_queue()).current is None


async def test_without_a_device_there_is_an_empty_queue_and_nothing_can_be_added(spotify: Spotify) -> None:
    song = await a_song(spotify)
    await spotify.steer("spotify/device", id=None)
    service = spotify.service()
    queue = expect_ok(await service.get_queue())
    assert (queue.current, queue.upcoming) == (None, ())
    assert await service.add_to_queue(song.uri) == Err(NoActiveDevice())
    assert await service.skip() == Err(NoActiveDevice())


async def test_skip_plays_what_comes_next(spotify: Spotify) -> None:
    await spotify.steer("spotify/play", track=0)
    service, song = spotify.service(), await a_song(spotify)
    expect_ok(await service.add_to_queue(song.uri))
    assert await service.skip() == Ok(None)
    assert expect_ok(await service.get_playback()).track == song


@pytest.mark.parametrize("fault", ["answer_lost", "request_lost"])
async def test_a_call_whose_answer_is_lost_is_sent_once(spotify: Spotify, fault: str) -> None:
    await spotify.steer("spotify/play", track=0)
    service, song = spotify.service(), await a_song(spotify)
    await spotify.sim.fault(fault, provider="spotify", times=1)
    assert isinstance(await service.add_to_queue(song.uri), Err)
    upcoming = expect_ok(await service.get_queue()).upcoming
    assert [track for track in upcoming[:2] if track == song] == ([song] if fault == "answer_lost" else [])


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_5xx_to_a_modification_is_not_repeated(spotify: Spotify, when: str) -> None:
    await spotify.steer("spotify/play", track=0)
    service, song = spotify.service(), await a_song(spotify)
    await spotify.sim.fault("server_error", provider="spotify", times=1, status=502, when=when)
    answer = await service.add_to_queue(song.uri)
    assert isinstance(answer, Err)
    assert isinstance(answer.error, ProviderUnavailable)
    upcoming = expect_ok(await service.get_queue()).upcoming
    assert upcoming[:2].count(song) == (1 if when == "after" else 0)


async def test_a_page_in_place_of_the_answer_says_nothing(spotify: Spotify) -> None:
    await spotify.steer("spotify/play", track=0)
    service, song = spotify.service(), await a_song(spotify)
    await spotify.sim.fault("proxy_html", provider="spotify", times=1)
    answer = await service.add_to_queue(song.uri)
    assert isinstance(answer, Err)
    assert isinstance(answer.error, ProviderUnavailable)


async def test_a_refused_token_is_renewed_and_the_call_is_sent_again(spotify: Spotify) -> None:
    await spotify.steer("spotify/play", track=0)
    song = await a_song(spotify)
    tokens = FakeTokens("stale", spotify.token())
    assert await spotify.service(tokens).add_to_queue(song.uri) == Ok(None)
    assert [token.value.reveal() for token in tokens.rejected] == ["stale"]
    assert expect_ok(await spotify.service().get_queue()).upcoming[:2].count(song) == 1
    answer = await spotify.service(FakeTokens("stale")).skip()
    assert isinstance(answer, Err)
    assert isinstance(answer.error, Unauthorized)


@pytest.mark.expected_logs("asks for patience")
async def test_a_429_closes_the_gate_for_every_call(spotify: Spotify) -> None:
    service = spotify.service()
    await spotify.sim.fault("rate_limited", provider="spotify", seconds=40, times=1)
    refused = await service.skip()
    assert isinstance(refused, Err)
    assert isinstance(refused.error, RateLimited)
    for answer in (
        await service.get_queue(),
        await service.add_to_queue("spotify:track:" + "0" * 22),
        await service.search_tracks("x"),
    ):
        assert answer == refused


async def test_premium_is_needed(spotify: Spotify) -> None:
    await spotify.steer("spotify/play", track=0)
    song = await a_song(spotify)
    await spotify.steer("spotify/account", premium=False)
    answer = await spotify.service().add_to_queue(song.uri)
    assert isinstance(answer, Err)
    assert isinstance(answer.error, PremiumRequired)


async def test_an_address_that_is_no_track_is_refused(spotify: Spotify) -> None:
    answer = await spotify.service().add_to_queue("spotify:track:" + "0" * 22)
    assert isinstance(answer, Err)
    assert isinstance(answer.error, Refused)


async def test_search_gives_the_best_match_first_and_ten_at_most(spotify: Spotify) -> None:
    service = spotify.service()
    assert expect_ok(await service.search_tracks("gravel heart"))[0].title == "Gravel Heart"
    assert len(expect_ok(await service.search_tracks("o", limit=50))) <= 10
    assert expect_ok(await service.search_tracks("zzqx nothing like it")) == ()


@pytest.mark.expected_logs("not understood")
async def test_a_queue_that_cannot_be_read_is_malformed(spotify: Spotify) -> None:
    await spotify.steer("spotify/play", track=0)
    await spotify.sim.fault("malformed", provider="spotify", times=1, kind="broken_json")
    answer = await spotify.service().get_queue()
    assert isinstance(answer, Err)
    assert isinstance(answer.error, MalformedAnswer)


async def test_a_short_link_is_followed_once(spotify: Spotify) -> None:
    song = await a_song(spotify)
    await spotify.steer("spotify/link", code="AbC123", song=song.id)
    target = expect_ok(await spotify.service().follow_short_link("https://spotify.link/AbC123?_p=1"))
    assert target is not None
    assert target.startswith(f"https://open.spotify.com/track/{song.id}")


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com/track/x",
        "http://open.spotify.com/track/x",
        "https://open.spotify.com.example.com/track/x",
        "https://someone@open.spotify.com/track/x",
        "https://open.spotify.com:8443/track/x",
        "//[broken",
    ],
)
async def test_a_short_link_to_elsewhere_leads_nowhere(spotify: Spotify, address: str) -> None:
    await spotify.steer("spotify/link", code="AbC123", address=address)
    assert await spotify.service().follow_short_link("https://spotify.link/AbC123") == Ok(None)


@pytest.mark.parametrize("url", ["https://spotify.link/unknown", "https://spotify.link/", "https://spotify.link/a/b"])
async def test_a_short_link_that_is_none_leads_nowhere(spotify: Spotify, url: str) -> None:
    assert await spotify.service().follow_short_link(url) == Ok(None)


async def test_a_short_link_without_an_answer_is_an_error(spotify: Spotify) -> None:
    service = spotify.service()
    await spotify.sim.fault("request_lost", provider="spotify", times=1, path="/spotify/link")
    answer = await service.follow_short_link("https://spotify.link/AbC123")
    assert isinstance(answer, Err)
    assert isinstance(answer.error, NetworkDown)


async def test_a_queue_that_shows_all_that_spotify_ever_shows_is_full(spotify: Spotify) -> None:
    await spotify.steer("spotify/play", track=0)
    assert expect_ok(await spotify.service().get_queue()).is_full
    await spotify.steer("spotify/queue", items=["episode"])  # one of the 20, though it is left out
    assert expect_ok(await spotify.service().get_queue()).is_full
    await spotify.steer("spotify/play", track=0, follow=12)
    queue = expect_ok(await spotify.service().get_queue())
    assert (len(queue.upcoming), queue.is_full) == (12, False)
