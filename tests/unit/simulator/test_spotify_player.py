from __future__ import annotations

from pathlib import Path

import pytest

from companion.simulator.catalogue import BY_ID, EPISODE, LIBRARY, SONGS
from companion.simulator.song_search import search
from companion.simulator.spotify_player import SpotifyPlayer
from companion.simulator.state_file import StateFile
from companion.simulator.world import World
from companion.simulator.world_state import PlayKind
from tests.fakes.clock import FakeClock


@pytest.fixture
def player(clock: FakeClock) -> SpotifyPlayer:
    return SpotifyPlayer(World(file=None, clock=clock, seed=1))


def test_nothing_plays_at_first(player: SpotifyPlayer) -> None:
    assert player.now().kind == "nothing"
    assert player.upcoming() == []


def test_songs_follow_one_another_in_time(player: SpotifyPlayer, clock: FakeClock) -> None:
    player.play(0)
    clock.advance(10)
    assert (player.now().song, player.now().progress_ms) == (SONGS[0], 10_000)
    clock.advance((SONGS[0].duration_ms + SONGS[1].duration_ms) / 1000 - 4)
    assert (player.now().song, player.now().progress_ms) == (SONGS[2], 6_000)


def test_list_begins_again_at_its_end(player: SpotifyPlayer, clock: FakeClock) -> None:
    player.play(0)
    clock.advance(sum(song.duration_ms for song in SONGS) / 1000 + 3)
    assert (player.now().song, player.now().progress_ms) == (SONGS[0], 3_000)


def test_queue_comes_before_the_list_and_the_list_goes_on(player: SpotifyPlayer, clock: FakeClock) -> None:
    player.play(3)
    player.enqueue(SONGS[9].uri)
    assert player.upcoming()[:2] == [SONGS[9], SONGS[4]]
    player.skip()
    assert player.now().song == SONGS[9]
    clock.advance(SONGS[9].duration_ms / 1000)
    assert player.now().song == SONGS[4]


def test_pause_and_seek(player: SpotifyPlayer, clock: FakeClock) -> None:
    player.play(0)
    clock.advance(5)
    player.pause()
    clock.advance(500)
    assert (player.now().progress_ms, player.now().is_playing) == (5_000, False)
    player.seek(9_000)
    assert player.now().progress_ms == 9_000
    player.play()
    clock.advance(1)
    assert player.now().progress_ms == 10_000


@pytest.mark.parametrize("kind,seconds", [("ad", 30), ("episode", EPISODE.seconds), ("unknown", 30)])
def test_songs_come_back_after_an_interruption(
    player: SpotifyPlayer, clock: FakeClock, kind: PlayKind, seconds: int
) -> None:
    player.play(2)
    player.interrupt(kind)
    clock.advance(seconds - 1)
    assert player.now().kind == kind
    clock.advance(1)
    assert player.now().song == SONGS[2]


def test_position_survives_a_restart_and_goes_on_meanwhile(tmp_path: Path, clock: FakeClock) -> None:
    SpotifyPlayer(World(file=StateFile(tmp_path), clock=clock, seed=1)).play(5)
    clock.advance(42)
    again = SpotifyPlayer(World(file=StateFile(tmp_path), clock=clock, seed=1))
    assert (again.now().song, again.now().progress_ms) == (SONGS[5], 42_000)


def test_no_progress_before_the_start_when_the_clock_is_set_back(player: SpotifyPlayer, clock: FakeClock) -> None:
    player.play(0)
    clock.jump(-3600)
    assert player.now().progress_ms == 0


def test_catalogue_is_what_an_interface_must_bear() -> None:
    assert len(BY_ID) == len(LIBRARY) >= 40
    assert all(len(song.id) == 22 and song.id.isalnum() for song in LIBRARY)
    assert max(len(song.title) for song in SONGS) > 150
    assert min(len(song.title) for song in SONGS) == 1


def test_search_wants_every_word() -> None:
    assert [song.title for song in search("PAPER orchard harbour")] == ["Half a Harbour"]
    assert search("夜明け")[0].artists == ("ユズリハ灯台",)
    assert search("no such song anywhere") == []
