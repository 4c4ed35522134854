from __future__ import annotations

from companion.simulator.testing import PUBLIC_CLIENT_ID, SPOTIFY_CLIENT_ID
from tests.unit.simulator.helpers import STREAMER, Asker, frame_of


async def test_stream_and_viewers(asker: Asker) -> None:
    grant = asker.sim.login_twitch()
    socket, session_id = await asker.open()
    await asker.subscribe(grant, session_id)
    await asker.subscribe(grant, session_id, "stream.offline")
    order = {"stream_id": "55", "started_at": "2026-01-01T00:00:00Z", "title": "Hello", "viewers": 5}
    assert (await asker.steer("stream/online", order))[0] == 200
    assert (await frame_of(socket, "notification"))["payload"]["event"]["id"] == "55"
    assert (await asker.steer("viewers", {"count": 77}))[0] == 200
    _, body = await asker.helix("GET", f"/streams?user_id={STREAMER}", grant)
    assert body["data"][0]["viewer_count"] == 77
    assert (await asker.steer("stream/offline"))[1] == {"ended": True}
    assert (await frame_of(socket, "notification"))["metadata"]["subscription_type"] == "stream.offline"
    assert (await asker.steer("viewers", {"count": 1}))[0] == 400
    assert (await asker.steer("stream/offline"))[1] == {"ended": False}
    await socket.close()


async def test_silent_changes_are_not_told(asker: Asker) -> None:
    await asker.steer("stream/online", {"silent": True})
    assert asker.sim.count("eventsub.notifications") == 0
    assert asker.sim.stage.live() is not None


async def test_logins(asker: Asker) -> None:
    _, twitch = await asker.steer("login/twitch", {"client_id": PUBLIC_CLIENT_ID, "scopes": ["a"], "expires_in": 9})
    assert (twitch["expires_in"], twitch["scope"]) == (9, ["a"])
    _, spotify = await asker.steer("login/spotify", {"client_id": SPOTIFY_CLIENT_ID, "scopes": ["a", "b"]})
    assert (spotify["expires_in"], spotify["scope"]) == (3600, "a b")
    form = {
        "client_id": PUBLIC_CLIENT_ID,
        "grant_type": "refresh_token",
        "refresh_token": twitch["refresh_token"],
    }
    _, again = await asker.ask("POST", f"{asker.sim.id_url}/token", data=form)
    assert again["expires_in"] == 14_400
    assert (await asker.steer("login/twitch", {"client_id": PUBLIC_CLIENT_ID, "user_id": "1"}))[0] == 400


async def test_expire_and_disconnect(asker: Asker) -> None:
    grant = asker.sim.login_twitch()
    await asker.steer("twitch/expire")
    assert (await asker.helix("GET", "/users", grant))[0] == 401
    assert asker.sim.world.state.twitch.refresh[str(grant.refresh_token)].revoked is False
    grant = asker.sim.login_twitch()
    socket, session_id = await asker.open()
    await asker.subscribe(grant, session_id)
    assert (await asker.steer("twitch/disconnect"))[1] == {"revoked": 1}
    revoked = await frame_of(socket, "revocation")
    assert revoked["payload"]["subscription"]["status"] == "authorization_revoked"
    assert (await asker.helix("GET", "/users", grant))[0] == 401
    await socket.close()


async def test_player_steering_answers_with_the_player(asker: Asker) -> None:
    _, now = await asker.steer("spotify/play", {"track": "Kiln Song", "position_ms": 5_000})
    assert (now["title"], now["progress_ms"], now["is_playing"]) == ("Kiln Song", 5_000, True)
    assert (await asker.steer("spotify/pause"))[1]["is_playing"] is False
    assert (await asker.steer("spotify/seek", {"position_ms": 1}))[1]["progress_ms"] == 1
    assert (await asker.steer("spotify/skip"))[1]["title"] != "Kiln Song"
    for kind in ("ad", "episode", "local", "unknown", "nothing"):
        assert (await asker.steer(f"spotify/{kind}"))[1]["kind"] == kind
    assert (await asker.steer("spotify/play", {"track": "Not there"}))[0] == 400


async def test_state_shows_no_token(asker: Asker) -> None:
    grant = asker.sim.login_twitch()
    async with asker.session.get(f"{asker.sim.base_url}/sim/state") as response:
        text = await response.text()
    assert grant.access_token not in text
    assert str(grant.refresh_token) not in text


async def test_reset_forgets(asker: Asker) -> None:
    grant = asker.sim.login_twitch()
    await asker.sim.go_online()
    await asker.sim.fault("slow", times=None)
    await asker.steer("reset")
    assert asker.sim.stage.live() is None
    assert asker.sim.faults.armed() == ()
    assert (await asker.helix("GET", "/users", grant))[0] == 401


async def test_web_pages_and_other_hosts_are_kept_out(asker: Asker) -> None:
    url = f"{asker.sim.base_url}/sim/ready"
    assert (await asker.ask("GET", url))[0] == 200
    assert (await asker.ask("GET", url, headers={"Origin": "http://example.invalid"}))[0] == 403
    assert (await asker.ask("GET", url, headers={"Host": "example.invalid"}))[0] == 421
