"""The player calls against the simulated Spotify: what plays, and every way it can go wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest

from companion.kernel.result import Err, Ok, expect_ok
from companion.ports.failures import (
    MalformedAnswer,
    NetworkDown,
    NoAccess,
    NotAllowListed,
    NotConfigured,
    NotFound,
    PremiumRequired,
    ProviderUnavailable,
    QuotaExhausted,
    RateLimited,
    Unauthorized,
)
from tests.contract.spotify.conftest import Spotify
from tests.fakes.spotify import FakeTokens

PLAYER = "spotify.GET /me/player"


async def test_a_song_plays_on_in_time(spotify: Spotify) -> None:
    song = await spotify.steer("spotify/play", track=0, position_ms=10_000)
    service = spotify.service()
    picture = expect_ok(await service.get_playback())
    assert picture.kind == "track"
    assert picture.is_playing
    assert picture.track is not None
    assert picture.track.id == song["id"]
    assert picture.title == picture.track.title == song["title"]
    assert picture.track.duration_ms == song["duration_ms"]
    assert picture.track.artists
    assert picture.track.album
    assert picture.track.link == f"https://open.spotify.com/track/{song['id']}"
    assert picture.track.cover_url is not None
    assert picture.track.cover_url.endswith("?size=300")
    assert picture.device_name == "Workroom PC"
    assert picture.progress_ms == 10_000
    assert picture.seen_at == spotify.clock.now()
    spotify.clock.advance(7)
    assert expect_ok(await service.get_playback()).progress_ms == 17_000


async def test_a_pause_stands_still(spotify: Spotify) -> None:
    await spotify.steer("spotify/play", track=1, position_ms=1000)
    await spotify.steer("spotify/pause")
    picture = expect_ok(await spotify.service().get_playback())
    assert (picture.kind, picture.is_playing, picture.progress_ms) == ("track", False, 1000)


@pytest.mark.parametrize("path", ["spotify/nothing", "spotify/device"])
async def test_204_is_a_picture_of_nothing(spotify: Spotify, path: str) -> None:
    await spotify.steer("spotify/play", track=0)
    await spotify.steer(path, **({"id": None} if path.endswith("device") else {}))
    picture = expect_ok(await spotify.service().get_playback())
    assert (picture.kind, picture.track, picture.title, picture.is_playing) == ("nothing", None, None, False)


async def test_the_fault_of_no_device_is_a_picture_of_nothing(spotify: Spotify) -> None:
    await spotify.steer("spotify/play", track=0)
    await spotify.sim.fault("no_device")
    assert expect_ok(await spotify.service().get_playback()).kind == "nothing"


@pytest.mark.parametrize("kind, titled", [("ad", False), ("unknown", False), ("episode", True), ("local", True)])
async def test_what_is_no_track_has_no_track(spotify: Spotify, kind: str, titled: bool) -> None:
    await spotify.steer("spotify/play", track=0)
    await spotify.steer(f"spotify/{kind}")
    picture = expect_ok(await spotify.service().get_playback())
    assert (picture.kind, picture.track, picture.is_playing) == (kind, None, True)
    assert bool(picture.title) is titled


async def test_a_private_session_shows_nothing_of_itself(spotify: Spotify) -> None:
    await spotify.steer("spotify/play", track=0)
    await spotify.steer("spotify/private", on=True)
    picture = expect_ok(await spotify.service().get_playback())
    assert (picture.kind, picture.track, picture.title) == ("unknown", None, None)


async def test_account(spotify: Spotify) -> None:
    account = expect_ok(await spotify.service().get_account())
    assert (account.user_id, account.login) == ("hL7vQ2xKd9", "harborlantern")
    assert account.display_name
    assert account.picture_url is not None


async def test_track_by_id(spotify: Spotify) -> None:
    song = await spotify.steer("spotify/play", track=3)
    service = spotify.service()
    assert expect_ok(await service.get_track(str(song["id"]))).title == song["title"]
    assert isinstance(await service.get_track("0" * 22), Err)
    assert await service.get_track("../../me") == Err(NotFound("not a Spotify track id"))
    assert spotify.sim.count("spotify.GET /tracks/../../me") == 0


async def test_one_fresh_token_mends_a_401(spotify: Spotify) -> None:
    stale, fresh = spotify.token(expires_in=10), spotify.token()
    tokens = FakeTokens(stale, fresh)
    spotify.clock.advance(11)
    assert isinstance(await spotify.service(tokens).get_playback(), Ok)
    assert [it.value.reveal() for it in tokens.rejected] == [stale]
    assert spotify.sim.count(PLAYER) == 2


async def test_a_burst_of_401_ends_after_one_retry(spotify: Spotify) -> None:
    await spotify.sim.fault("unauthorized_burst", provider="spotify", times=None)
    tokens = FakeTokens(spotify.token())
    assert await spotify.service(tokens).get_playback() == Err(Unauthorized("The access token expired"))
    assert len(tokens.rejected) == 1
    assert spotify.sim.count(PLAYER) == 2


async def test_without_a_login_nothing_is_sent(spotify: Spotify) -> None:
    tokens = FakeTokens(error=NotConfigured())
    assert await spotify.service(tokens).get_playback() == Err(NoAccess(NotConfigured()))
    assert spotify.sim.count(PLAYER) == 0


@pytest.mark.expected_logs("spotify asks for patience")
async def test_429_gates_every_call_until_retry_after(spotify: Spotify) -> None:
    service = spotify.service()
    await spotify.sim.fault("rate_limited", provider="spotify", seconds=40)
    until = spotify.clock.now() + timedelta(seconds=40)
    assert await service.get_playback() == Err(RateLimited(until))
    assert await service.get_account() == Err(RateLimited(until))
    spotify.clock.advance(39)
    assert await service.get_track("0" * 22) == Err(RateLimited(until))
    assert spotify.sim.count("spotify.GET /me") == 0
    spotify.clock.advance(1)
    assert isinstance(await service.get_account(), Ok)


@pytest.mark.expected_logs("spotify asks for patience")
async def test_an_exhausted_quota_is_told_apart(spotify: Spotify) -> None:
    service = spotify.service()
    await spotify.sim.fault("rate_limited", provider="spotify", seconds=7200, kind="quota")
    until = spotify.clock.now() + timedelta(hours=2)
    assert await service.get_playback() == Err(QuotaExhausted(until))
    assert await service.get_playback() == Err(QuotaExhausted(until))
    assert spotify.sim.count(PLAYER) == 1


async def test_5xx_is_asked_once_more(spotify: Spotify) -> None:
    await spotify.sim.fault("server_error", provider="spotify", times=1)
    assert isinstance(await spotify.service().get_playback(), Ok)
    assert spotify.sim.count(PLAYER) == 2


async def test_5xx_twice_is_an_error(spotify: Spotify) -> None:
    await spotify.sim.fault("server_error", provider="spotify", times=None, status=502)
    assert await spotify.service().get_playback() == Err(ProviderUnavailable(502, "Service unavailable"))
    assert spotify.sim.count(PLAYER) == 2


async def test_slow_is_network_down(spotify: Spotify) -> None:
    await spotify.sim.fault("slow", provider="spotify", seconds=0.6)
    assert await spotify.service(time_limit=0.2).get_playback() == Err(NetworkDown("no answer within 0.2 s"))


@pytest.mark.parametrize("name", ["answer_lost", "request_lost"])
async def test_a_dropped_connection_is_network_down(spotify: Spotify, name: str) -> None:
    await spotify.sim.fault(name, provider="spotify")
    result = await spotify.service().get_playback()
    assert isinstance(result, Err)
    assert isinstance(result.error, NetworkDown)


@pytest.mark.parametrize("kind", ["broken_json", "missing_fields", "wrong_types"])
@pytest.mark.expected_logs("GET /me/player: answer 200 not understood")
async def test_malformed_is_a_typed_error(spotify: Spotify, kind: str) -> None:
    await spotify.steer("spotify/play", track=0)
    await spotify.sim.fault("malformed", provider="spotify", kind=kind)
    result = await spotify.service().get_playback()
    assert isinstance(result, Err)
    assert isinstance(result.error, MalformedAnswer)


@pytest.mark.parametrize("status", [200, 401, 403, 407, 511])
async def test_a_proxys_page_says_nothing_about_the_login(spotify: Spotify, status: int) -> None:
    await spotify.sim.fault("proxy_html", provider="spotify", status=status, times=None)
    tokens = FakeTokens(spotify.token())
    result = await spotify.service(tokens).get_playback()
    assert result == Err(ProviderUnavailable(status, "a web page came in place of Spotify's answer"))
    assert tokens.rejected == []


async def test_both_403_texts(spotify: Spotify) -> None:
    service = spotify.service()
    await spotify.steer("spotify/account", owner_premium=False)
    refused = await service.get_playback()
    assert isinstance(refused, Err)
    assert isinstance(refused.error, PremiumRequired)
    assert refused.error.of_owner
    await spotify.steer("spotify/account", owner_premium=True, allow_listed=False)
    refused = await service.get_playback()
    assert isinstance(refused, Err)
    assert isinstance(refused.error, NotAllowListed)
