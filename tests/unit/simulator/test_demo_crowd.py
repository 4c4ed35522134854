from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from companion.simulator import demo_crowd
from companion.simulator.cast import Cast
from companion.simulator.demo_lines import BAD_REQUESTS, GOOD_REQUESTS, RAIDERS, VIEWERS
from companion.simulator.reward_book import Reward
from companion.simulator.song_search import search
from companion.simulator.testing import PUBLIC_CLIENT_ID, RunningSimulator
from tests.unit.simulator.helpers import STREAMER, Asker, frame_of


@pytest.fixture
async def cast(sim: RunningSimulator) -> Cast:
    await sim.go_online()
    return Cast(sim.world, sim.stage, sim.player, sim.channel)


def offer(cast: Cast, title: str, *, text: bool, owner: str = PUBLIC_CLIENT_ID, paused: bool = False) -> Reward:
    reward = Reward(
        id=title,
        broadcaster=STREAMER,
        owner=owner,
        title=title,
        cost=100,
        is_user_input_required=text,
        is_paused=paused,
    )
    cast.channel.book.create(reward)
    return reward


async def test_nobody_redeems_before_the_rewards_are_there(cast: Cast) -> None:
    offer(cast, "By hand", text=True, owner="")
    for act in (demo_crowd.begin_redeeming, demo_crowd.request_song, demo_crowd.roll):
        await act(cast)
    assert cast.channel.book.redemptions == {}


async def test_two_songs_and_a_roll_at_once_whatever_the_titles(cast: Cast) -> None:
    song, raffle = offer(cast, "Lied wünschen", text=True), offer(cast, "würfeln", text=False)
    for _ in range(5):
        await demo_crowd.begin_redeeming(cast)
    made = list(cast.channel.book.redemptions.values())
    assert sorted(one.reward_id for one in made) == [song.id, song.id, raffle.id]
    assert [one.user_input for one in made if one.reward_id == song.id] == list(GOOD_REQUESTS[:2])


async def test_paused_reward_is_left_alone(cast: Cast) -> None:
    offer(cast, "Song", text=True, paused=True)
    await demo_crowd.begin_redeeming(cast)
    await demo_crowd.request_song(cast)
    assert cast.channel.book.redemptions == {}
    assert cast.begun == {}


async def test_good_requests_can_be_found_and_bad_ones_exist() -> None:
    assert all(search(text) for text in GOOD_REQUESTS if "spotify" not in text)
    assert search(BAD_REQUESTS[3]) == []
    assert len({viewer.login for viewer in VIEWERS + RAIDERS}) == len(VIEWERS) + len(RAIDERS)


@pytest.mark.parametrize(
    ("act", "kind", "scope"),
    [
        (demo_crowd.chatter, "channel.chat.message", "user:read:chat"),
        (demo_crowd.command, "channel.chat.message", "user:read:chat"),
        (demo_crowd.follow, "channel.follow", "moderator:read:followers"),
        (demo_crowd.gift, "channel.subscription.gift", "channel:read:subscriptions"),
        (demo_crowd.cheer, "channel.cheer", "bits:read"),
        (demo_crowd.raid, "channel.raid", "bits:read"),
    ],
)
async def test_each_act_reaches_a_listener(
    cast: Cast, asker: Asker, act: Callable[[Cast], Awaitable[None]], kind: str, scope: str
) -> None:
    more = {
        "channel.chat.message": {"broadcaster_user_id": STREAMER, "user_id": STREAMER},
        "channel.follow": {"broadcaster_user_id": STREAMER, "moderator_user_id": STREAMER},
        "channel.raid": {"to_broadcaster_user_id": STREAMER},
    }
    socket, session_id = await asker.open()
    grant = asker.sim.login_twitch(scopes=[scope])
    condition = more.get(kind, {"broadcaster_user_id": STREAMER})
    assert (await asker.subscribe(grant, session_id, kind, **condition))[0] == 202
    await act(cast)
    message = await frame_of(socket, "notification")
    assert message["metadata"]["subscription_type"] == kind


async def test_subscriptions_are_new_or_shared(cast: Cast, asker: Asker) -> None:
    socket, session_id = await asker.open()
    grant = asker.sim.login_twitch(scopes=["channel:read:subscriptions"])
    await asker.subscribe(grant, session_id, "channel.subscribe")
    await asker.subscribe(grant, session_id, "channel.subscription.message")
    seen = set()
    for _ in range(20):
        await demo_crowd.subscribe(cast)
        seen.add((await frame_of(socket, "notification"))["metadata"]["subscription_type"])
    assert seen == {"channel.subscribe", "channel.subscription.message"}
