from __future__ import annotations

import pytest

from companion.simulator.catalogue import EPISODE, LOCAL_SONG, SONGS
from companion.simulator.grants import TokenGrant
from companion.simulator.spotify_player import DEVICES
from tests.fakes.clock import FakeClock
from tests.unit.simulator.helpers import Asker

SCOPES = ["user-read-currently-playing", "user-read-playback-state", "user-modify-playback-state"]


@pytest.fixture
def grant(asker: Asker) -> TokenGrant:
    return asker.sim.login_spotify(scopes=SCOPES)


async def test_who_may_call(asker: Asker, grant: TokenGrant, clock: FakeClock) -> None:
    url = f"{asker.sim.api_url}/me"
    cases = [
        ({}, 401, "No token provided"),
        ({"Authorization": "Basic abc"}, 400, "Only valid bearer authentication supported"),
        ({"Authorization": "Bearer abc"}, 401, "Invalid access token"),
    ]
    for headers, status, message in cases:
        assert await asker.ask("GET", url, headers=headers) == (
            status,
            {"error": {"status": status, "message": message}},
        )
    narrow = asker.sim.login_spotify(scopes=[])
    assert (await asker.spotify("GET", "/me/player", narrow))[1]["error"]["message"] == "Insufficient client scope"
    clock.advance(3600)
    assert (await asker.spotify("GET", "/me", grant))[1]["error"]["message"] == "The access token expired"


async def test_me_tells_neither_product_nor_mail(asker: Asker, grant: TokenGrant) -> None:
    _, me = await asker.spotify("GET", "/me", grant)
    assert (me["account_id"], me["id"], me["display_name"]) == ("hL7vQ2xKd9", "harborlantern", "Harbor Lantern")
    assert not {"product", "email", "country"} & set(me)
    async with asker.session.get(me["images"][0]["url"]) as picture:
        assert picture.content_type == "image/png"


async def test_nothing_playing_is_204(asker: Asker, grant: TokenGrant) -> None:
    for path in ("/me/player", "/me/player/currently-playing"):
        assert await asker.spotify("GET", path, grant) == (204, "")


async def test_song_with_its_cover(asker: Asker, grant: TokenGrant, clock: FakeClock) -> None:
    asker.sim.player.play(2)
    clock.advance(7)
    _, body = await asker.spotify("GET", "/me/player", grant)
    assert (body["progress_ms"], body["is_playing"], body["currently_playing_type"]) == (7_000, True, "track")
    assert body["device"]["is_active"] is True
    assert (body["item"]["name"], body["item"]["is_local"]) == (SONGS[2].title, False)
    assert not {"popularity", "available_markets", "linked_from"} & set(body["item"])
    async with asker.session.get(body["item"]["album"]["images"][0]["url"]) as cover:
        assert (await cover.read())[:8] == b"\x89PNG\r\n\x1a\n"


async def test_what_has_no_item(asker: Asker, grant: TokenGrant) -> None:
    path = "/me/player/currently-playing"

    async def look(query: str = "") -> tuple[str, str | None]:
        _, body = await asker.spotify("GET", path + query, grant)
        return body["currently_playing_type"], body["item"] and body["item"]["name"]

    asker.sim.player.interrupt("ad")
    assert await look() == ("ad", None)
    asker.sim.player.interrupt("episode")
    assert await look() == ("episode", None)
    assert await look("?additional_types=track,episode") == ("episode", EPISODE.title)
    asker.sim.player.interrupt("local")
    assert await look() == ("track", LOCAL_SONG.title)
    asker.sim.player.interrupt("unknown")
    assert await look() == ("unknown", None)
    asker.sim.player.play(0)
    await asker.steer("spotify/private", {"on": True})
    assert await look() == ("unknown", None)


async def test_queue_answers_204_and_text_in_turns(asker: Asker, grant: TokenGrant) -> None:
    asker.sim.player.play(0)
    path = f"/me/player/queue?uri={SONGS[7].uri}"
    answers = [await asker.spotify("POST", path, grant) for _ in range(2)]
    assert answers[0] == (204, "")
    assert answers[1][0] == 200
    assert isinstance(answers[1][1], str)
    _, body = await asker.spotify("GET", "/me/player/queue", grant)
    assert body["currently_playing"]["name"] == SONGS[0].title
    assert [song["name"] for song in body["queue"][:3]] == [SONGS[7].title, SONGS[7].title, SONGS[1].title]
    await asker.spotify("POST", "/me/player/next", grant)
    assert asker.sim.player.now().song == SONGS[7]


async def test_commands_need_device_and_premium(asker: Asker, grant: TokenGrant) -> None:
    asker.sim.player.play(0)
    path = f"/me/player/queue?uri={SONGS[7].uri}"
    await asker.steer("spotify/device", {"id": None})
    no_device = {
        "status": 404,
        "message": "Player command failed: No active device found",
        "reason": "NO_ACTIVE_DEVICE",
    }
    assert await asker.spotify("POST", path, grant) == (404, {"error": no_device})
    assert await asker.spotify("GET", "/me/player", grant) == (204, "")
    phone = DEVICES["phone"][0]
    assert (await asker.spotify("PUT", "/me/player", grant, json={"device_ids": [phone], "play": True}))[0] == 204
    assert (await asker.spotify("POST", path, grant))[0] in (200, 204)
    _, devices = await asker.spotify("GET", "/me/player/devices", grant)
    assert [entry["id"] for entry in devices["devices"] if entry["is_active"]] == [phone]
    await asker.steer("spotify/account", {"premium": False})
    status, body = await asker.spotify("POST", path, grant)
    assert (status, body["error"]["reason"]) == (403, "PREMIUM_REQUIRED")


async def test_both_403_texts(asker: Asker, grant: TokenGrant) -> None:
    await asker.steer("spotify/account", {"allow_listed": False})
    status, body = await asker.spotify("GET", "/me", grant)
    assert (status, body["error"]["message"]) == (403, "User not registered in the Developer Dashboard")
    await asker.steer("spotify/account", {"allow_listed": True, "owner_premium": False})
    status, body = await asker.spotify("GET", "/me", grant)
    assert status == 403
    assert body == "Active premium subscription required for the owner of the app."


@pytest.mark.parametrize(
    "query,message",
    [
        ("q=o&type=track&limit=11", "Invalid limit"),
        ("q=o&type=track&limit=-1", "Invalid limit"),
        ("q=o&type=track&offset=1001", "Invalid offset"),
        ("q=o&type=melody", "Bad search type field melody"),
        ("q=o", "Missing parameter type"),
        ("type=track", "No search query"),
    ],
)
async def test_search_refuses(asker: Asker, grant: TokenGrant, query: str, message: str) -> None:
    status, body = await asker.spotify("GET", f"/search?{query}", grant)
    assert (status, body["error"]["message"]) == (400, message)


async def test_search_pages(asker: Asker, grant: TokenGrant) -> None:
    _, body = await asker.spotify("GET", "/search?q=odette&type=track&limit=2", grant)
    page = body["tracks"]
    assert (len(page["items"]), page["total"], page["previous"]) == (2, 3, None)
    _, body = await asker.ask("GET", page["next"], headers={"Authorization": f"Bearer {grant.access_token}"})
    assert (len(body["tracks"]["items"]), body["tracks"]["next"]) == (1, None)


async def test_track(asker: Asker, grant: TokenGrant) -> None:
    _, body = await asker.spotify("GET", f"/tracks/{SONGS[4].id}", grant)
    assert body["name"] == SONGS[4].title
    assert (await asker.spotify("GET", "/tracks/nope", grant))[1]["error"]["message"] == "Invalid base62 id"
    assert (await asker.spotify("GET", f"/tracks/{'0' * 22}", grant))[0] == 404
    assert (await asker.spotify("GET", "/recommendations", grant))[0] == 404
