from __future__ import annotations

from pathlib import Path

import pytest

from companion.simulator.catalogue import EPISODE, LIBRARY, LOCAL_SONG, OTHER_SONGS, SONGS
from companion.simulator.grants import TokenGrant
from companion.simulator.ledger import Ledger
from companion.simulator.song_search import search
from companion.simulator.spotify_player import SpotifyPlayer
from companion.simulator.state_file import StateFile
from companion.simulator.testing import RunningSimulator
from companion.simulator.world import World
from tests.fakes.clock import FakeClock
from tests.unit.simulator.helpers import Asker

SCOPES = ["user-read-playback-state", "user-modify-playback-state", "user-read-currently-playing"]


@pytest.fixture
def grant(sim: RunningSimulator) -> TokenGrant:
    return sim.login_spotify(scopes=SCOPES)


async def test_what_a_person_adds_stands_in_the_queue(asker: Asker, grant: TokenGrant) -> None:
    asker.sim.player.play(0)
    items = ["episode", "local", "ad", "unknown", SONGS[5].title, OTHER_SONGS[0].id]
    assert (await asker.steer("spotify/queue", {"items": items}))[1]["nths"] == [1, 2, 3, 4, 5, 6]
    _, body = await asker.spotify("GET", "/me/player/queue", grant)
    episode, local, ad, odd, song, other = body["queue"][:6]
    assert (episode["type"], episode["name"], "artists" in episode) == ("episode", EPISODE.title, False)
    assert (local["is_local"], local["id"], local["uri"]) == (True, None, LOCAL_SONG.local_uri)
    assert ad is None
    assert (odd["name"], "id" in odd, "duration_ms" in odd) == ("", False, False)
    assert [song["id"], other["id"]] == [SONGS[5].id, OTHER_SONGS[0].id]
    assert (await asker.steer("spotify/queue", {"items": ["no such song"]}))[0] == 400


async def test_everything_in_the_queue_plays_in_turn(sim: RunningSimulator, asker: Asker, clock: FakeClock) -> None:
    sim.player.play(3)
    await asker.steer("spotify/queue", {"items": ["ad", "episode", "local", SONGS[9].title]})
    seen = []
    for _ in range(5):
        sim.player.skip()
        playing = sim.player.now()
        seen.append((playing.kind, playing.song))
    assert seen == [("ad", None), ("episode", None), ("local", None), ("track", SONGS[9]), ("track", SONGS[4])]


async def test_app_and_person_are_told_apart_and_occurrences_counted(
    asker: Asker, grant: TokenGrant, clock: FakeClock
) -> None:
    asker.sim.player.play(0)
    uri = SONGS[7].uri
    await asker.spotify("POST", f"/me/player/queue?uri={uri}", grant)
    await asker.steer("spotify/queue", {"items": [uri]})
    clock.advance((SONGS[0].duration_ms + SONGS[7].duration_ms) / 1000 + 1)
    await asker.spotify("POST", "/me/player/next", grant)
    _, entries = await asker.ask("GET", f"{asker.sim.base_url}/sim/ledger?uri={uri}")
    assert [(entry["kind"], entry["nth"]) for entry in entries] == [
        ("song_queued", 1),
        ("song_queued", 2),
        ("song_started", 1),
        ("song_ended", 1),
        ("song_started", 2),
        ("song_skipped", 2),
    ]
    assert [entry.get("by") for entry in entries[:2]] == ["app", "person"]


async def test_person_takes_things_out_of_the_queue(asker: Asker, grant: TokenGrant) -> None:
    asker.sim.player.play(0)
    kiln = next(song for song in LIBRARY if song.title == "Kiln Song")
    await asker.steer("spotify/queue", {"items": [kiln.title, "ad", kiln.title, SONGS[5].title]})
    assert (await asker.steer("spotify/unqueue", {"song": kiln.title}))[1]["gone"] == 2
    assert asker.sim.player.upcoming()[1:3] == [SONGS[5], SONGS[1]]
    assert (await asker.steer("spotify/unqueue"))[1]["gone"] == 2
    assert asker.sim.player.upcoming()[0] == SONGS[1]
    assert [entry["nth"] for entry in asker.sim.ledger.find(["song_vanished"])] == [1, 3, 2, 4]


async def test_episode_can_be_queued_by_an_app(asker: Asker, grant: TokenGrant) -> None:
    asker.sim.player.play(0)
    assert (await asker.spotify("POST", f"/me/player/queue?uri=spotify:episode:{EPISODE.id}", grant))[0] in (200, 204)
    _, body = await asker.spotify("GET", "/me/player/queue", grant)
    assert body["queue"][0]["type"] == "episode"
    refused = await asker.spotify("POST", f"/me/player/queue?uri={LOCAL_SONG.local_uri}", grant)
    assert refused[0] == 400


def test_starts_and_ends_bear_the_instant_they_happened(clock: FakeClock, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, clock)
    player = SpotifyPlayer(World(file=StateFile(tmp_path), clock=clock, seed=1), ledger)
    player.play(0)
    player.enqueue(SONGS[9].uri)
    begun = clock.now()
    clock.advance((SONGS[0].duration_ms + SONGS[9].duration_ms) / 1000 + 30)
    assert player.now().song == SONGS[1]
    ended = [entry for entry in ledger if entry["kind"] == "song_ended"]
    moment = begun.timestamp() + SONGS[0].duration_ms / 1000
    assert ended[0]["at"] == clock.now().fromtimestamp(moment, begun.tzinfo).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    count = len(list(ledger))
    ledger.close()
    # A simulator that was killed and comes back tells the same ending only once.
    ledger = Ledger(tmp_path, clock)
    again = SpotifyPlayer(World(file=StateFile(tmp_path), clock=clock, seed=1), ledger)
    assert again.now().song == SONGS[1]
    assert len(list(ledger)) == count
    ledger.close()


def test_kill_between_ledger_and_world_is_made_good(clock: FakeClock, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, clock)
    player = SpotifyPlayer(World(file=StateFile(tmp_path), clock=clock, seed=1), ledger)
    player.play(0)
    player.enqueue(SONGS[9].uri)
    saved = (tmp_path / "world.json").read_bytes()
    player.enqueue(SONGS[9].uri)
    player.skip()
    ledger.close()
    # The world of before both effects, the ledger of after them.
    (tmp_path / "world.json").write_bytes(saved)
    ledger = Ledger(tmp_path, clock)
    player = SpotifyPlayer(World(file=StateFile(tmp_path), clock=clock, seed=1), ledger)
    player.skip()
    assert [entry.nth for entry in player.state.queue] == [2]
    assert [entry["nth"] for entry in ledger.find(["song_queued"])] == [1, 2]
    assert [entry["nth"] for entry in ledger.find(["song_started"], fields={"uri": SONGS[9].uri})] == [1]
    assert player.enqueue(SONGS[3].uri) == 3
    ledger.close()


async def test_speed_makes_songs_shorter_everywhere(asker: Asker, grant: TokenGrant, clock: FakeClock) -> None:
    asker.sim.player.play(0)
    clock.advance(96)
    assert (await asker.steer("spotify/speed", {"times": 4}))[0] == 200
    _, body = await asker.spotify("GET", "/me/player/currently-playing", grant)
    assert body["item"]["duration_ms"] == round(SONGS[0].duration_ms / 4)
    assert body["progress_ms"] == 24_000
    _, found = await asker.spotify("GET", f"/tracks/{SONGS[0].id}", grant)
    _, queue = await asker.spotify("GET", "/me/player/queue", grant)
    assert found["duration_ms"] == body["item"]["duration_ms"]
    assert queue["queue"][0]["duration_ms"] == round(SONGS[1].duration_ms / 4)
    clock.advance(25)
    assert asker.sim.player.now().song == SONGS[1]
    assert (await asker.steer("spotify/speed", {"times": 0}))[0] == 400


async def test_devices_listed_while_none_is_active_and_transfer(asker: Asker, grant: TokenGrant) -> None:
    asker.sim.player.play(0)
    await asker.steer("spotify/device", {"id": None})
    assert (await asker.spotify("GET", "/me/player/devices", grant))[1] == {"devices": []}
    await asker.steer("spotify/device", {"id": None, "listed": True})
    _, body = await asker.spotify("GET", "/me/player/devices", grant)
    assert [device["is_active"] for device in body["devices"]] == [False, False]
    uri = f"/me/player/queue?uri={SONGS[3].uri}"
    status, refused = await asker.spotify("POST", uri, grant)
    assert (status, refused["error"]["reason"]) == (404, "NO_ACTIVE_DEVICE")
    order = {"device_ids": [body["devices"][1]["id"]], "play": True}
    assert (await asker.spotify("PUT", "/me/player", grant, json=order))[0] == 204
    assert (await asker.spotify("POST", uri, grant))[0] in (200, 204)
    assert asker.sim.player.state.device == "phone"


async def test_short_links(asker: Asker) -> None:
    _, made = await asker.steer("spotify/link", {"song": "Kiln Song"})
    _, away = await asker.steer("spotify/link", {"code": "elsewhere", "address": "https://example.invalid/x"})
    for link, start in ((made, "https://open.spotify.com/track/"), (away, "https://example.invalid/")):
        url = asker.sim.base_url + link["path"]
        async with asker.session.get(url, allow_redirects=False) as response:
            assert response.status == 302
            assert response.headers["Location"].startswith(start)
    async with asker.session.get(f"{asker.sim.base_url}/spotify/link/nothing", allow_redirects=False) as response:
        assert response.status == 404
    assert (await asker.steer("spotify/link", {}))[0] == 400
    assert (await asker.steer("spotify/link", {"song": "Kiln Song", "address": "https://example.invalid"}))[0] == 400


async def test_any_song_can_be_started_by_its_id(asker: Asker, clock: FakeClock) -> None:
    short = LIBRARY[-1]
    _, now = await asker.steer("spotify/play", {"track": short.id})
    assert now["title"] == short.title
    assert 2_000 <= now["duration_ms"] < 4_000
    clock.advance(4)
    assert asker.sim.player.now().song == SONGS[1]


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("copper tides", "Copper Tides"),
        ("Copper Tides by Marrow & Fen", "Copper Tides"),
        ("marrow fen copper tides", "Copper Tides"),
        ("creme de la pluie", "Crème de la Pluie"),
        ("tamsin oake kiln song", "Kiln Song"),
        ("grvel heart", "Gravel Heart"),
        ('track:"nine moths" artist:ilm', "Nine Moths"),
        ("紙飛行機", "紙飛行機と雨のち晴れのメロディー"),
        ("тихие", "Тихие провода"),
        ("weissdorn", "Weißdorn im März"),
        ("👻🎹🦊", "👻🎹🦊"),
    ],
)
def test_search_finds_what_people_mean(query: str, title: str) -> None:
    assert search(query)[0].title == title


@pytest.mark.parametrize("query", ["zzxq plorb", "!!!", "   "])
def test_search_finds_nothing_for_nonsense(query: str) -> None:
    assert search(query) == []
