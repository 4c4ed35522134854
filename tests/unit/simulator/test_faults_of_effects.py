"""Faults around writes: whether the effect happened is what the ledger says, whatever the answer was."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import ClientError

from companion.simulator.catalogue import SONGS
from companion.simulator.testing import PUBLIC_CLIENT_ID
from tests.unit.simulator.helpers import STREAMER, Asker, Parsed, frame

SCOPES = ["channel:manage:redemptions", "user:write:chat", "user:read:chat"]
SPOTIFY = ["user-read-playback-state", "user-modify-playback-state", "user-read-currently-playing"]
ADD = "channel.channel_points_custom_reward_redemption.add"


class Writer:
    """The three writes whose answer matters most, each with the kind of ledger entry it makes."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self._twitch = asker.sim.login_twitch(scopes=SCOPES)
        self._spotify = asker.sim.login_spotify(scopes=SPOTIFY)
        asker.sim.player.play(0)

    async def fulfil(self) -> int:
        body = {"title": f"T{len(list(self._asker.sim.ledger))}", "client_id": PUBLIC_CLIENT_ID}
        reward = (await self._asker.steer("rewards", body))[1]["id"]
        key = (await self._asker.steer("redemptions", {"reward": reward}))[1]["id"]
        path = f"/channel_points/custom_rewards/redemptions?broadcaster_id={STREAMER}&reward_id={reward}&id={key}"
        return (await self._asker.helix("PATCH", path, self._twitch, json={"status": "FULFILLED"}))[0]

    async def say(self) -> int:
        body = {"broadcaster_id": STREAMER, "sender_id": STREAMER, "message": f"n{len(list(self._asker.sim.ledger))}"}
        return (await self._asker.helix("POST", "/chat/messages", self._twitch, json=body))[0]

    async def queue(self) -> int:
        return (await self._asker.spotify("POST", f"/me/player/queue?uri={SONGS[3].uri}", self._spotify))[0]


WRITES = {"fulfil": "redemption_fulfilled", "say": "chat_shown", "queue": "song_queued"}


@pytest.fixture
def writer(asker: Asker) -> Writer:
    return Writer(asker)


def effects(asker: Asker, write: str) -> int:
    return len(asker.sim.ledger.find([WRITES[write]]))


@pytest.mark.parametrize("write", list(WRITES))
@pytest.mark.parametrize(("fault", "happened"), [("answer_lost", 1), ("request_lost", 0)])
async def test_connection_is_cut_before_or_after(
    asker: Asker, writer: Writer, write: str, fault: str, happened: int
) -> None:
    for method in ("PATCH", "POST"):
        await asker.sim.fault(fault, method=method, path="/spotify/v1" if write == "queue" else "/twitch/helix")
    with pytest.raises(ClientError):
        await getattr(writer, write)()
    assert effects(asker, write) == happened


@pytest.mark.parametrize("write", list(WRITES))
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("fault", "status"), [("server_error", 503), ("rate_limited", 429), ("proxy_html", 200)])
async def test_bad_answer_before_or_after_the_effect(
    asker: Asker, writer: Writer, write: str, when: str, fault: str, status: int
) -> None:
    for path in ("/spotify/v1", "/twitch/helix"):
        await asker.sim.fault(fault, path=path, when=when)
    assert await getattr(writer, write)() == status
    assert effects(asker, write) == (when == "after")


async def test_slow_after_the_effect_is_a_timeout_with_an_effect(asker: Asker, writer: Writer) -> None:
    await asker.sim.fault("slow", provider="twitch", seconds=0.3, when="after")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(writer.say(), 0.15)
    assert effects(asker, "say") == 1


async def test_malformed_answer_after_the_effect(asker: Asker) -> None:
    grant = asker.sim.login_twitch(scopes=SCOPES)
    await asker.sim.fault("malformed", provider="twitch", kind="missing_fields")
    body = {"broadcaster_id": STREAMER, "sender_id": STREAMER, "message": "x"}
    status, answer = await asker.helix("POST", "/chat/messages", grant, json=body)
    assert (status, "drop_reason" in str(answer)) == (200, False)
    assert effects(asker, "say") == 1


async def test_rate_limit_without_a_word_about_waiting(asker: Asker, writer: Writer) -> None:
    spotify = {"Authorization": f"Bearer {asker.sim.login_spotify().access_token}"}
    await asker.sim.fault("rate_limited", provider="spotify", bare=True)
    async with asker.session.get(f"{asker.sim.api_url}/me", headers=spotify) as response:
        assert (response.status, "Retry-After" in response.headers) == (429, False)
    grant = asker.sim.login_twitch()
    headers = {"Authorization": f"Bearer {grant.access_token}", "Client-Id": PUBLIC_CLIENT_ID}
    await asker.sim.fault("rate_limited", provider="twitch", bare=True)
    async with asker.session.get(f"{asker.sim.helix_url}/users", headers=headers) as response:
        assert (response.status, "Ratelimit-Reset" in response.headers) == (429, False)


async def test_method_and_every_nth(asker: Asker) -> None:
    grant = asker.sim.login_twitch(scopes=SCOPES)
    await asker.sim.fault("server_error", path="/twitch/helix", method="POST", every=3)
    assert (await asker.helix("GET", "/users", grant))[0] == 200
    statuses = []
    for number in range(7):
        body = {"broadcaster_id": STREAMER, "sender_id": STREAMER, "message": f"n{number}"}
        statuses.append((await asker.helix("POST", "/chat/messages", grant, json=body))[0])
    assert statuses == [200, 200, 503, 200, 200, 503, 200]


async def test_chance_is_the_same_for_the_same_seed(asker: Asker) -> None:
    grant = asker.sim.login_twitch()

    async def statuses() -> list[int]:
        asker.sim.clear_faults()
        await asker.sim.fault("server_error", path="/twitch/helix", chance=0.4, seed=11)
        return [(await asker.helix("GET", "/users", grant))[0] for _ in range(40)]

    first = await statuses()
    assert first == await statuses()
    assert 6 < first.count(503) < 28


@pytest.mark.parametrize(
    ("fault", "messages", "redemptions"),
    [("notification_lost", 0, 0), ("notification_doubled", 1, 1), ("notification_repeated", 2, 1)],
)
async def test_notifications_lost_doubled_repeated(asker: Asker, fault: str, messages: int, redemptions: int) -> None:
    grant = asker.sim.login_twitch(scopes=SCOPES)
    socket, session_id = await asker.open()
    await asker.subscribe(grant, session_id, ADD)
    await asker.steer("rewards", {"title": "T", "client_id": PUBLIC_CLIENT_ID})
    await asker.sim.fault(fault, subscription_type=ADD)
    await asker.sim.notify("stream.offline", {"broadcaster_user_id": STREAMER})
    await asker.steer("redemptions", {"reward": "T"})
    last = (await asker.steer("redemptions", {"reward": "T"}))[1]["id"]
    seen: list[Parsed] = []
    while not seen or seen[-1]["payload"]["event"]["id"] != last:
        message = await frame(socket)
        if message["metadata"]["message_type"] == "notification":
            seen.append(message)
    before = seen[:-1]
    assert len({message["metadata"]["message_id"] for message in before}) == messages
    assert len({message["payload"]["event"]["id"] for message in before}) == redemptions
    assert len(before) == (2 if messages else 0)
    assert len(asker.sim.ledger.find(["redemption_made"])) == 2
