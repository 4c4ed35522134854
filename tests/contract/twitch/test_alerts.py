"""Everything that Twitch tells over EventSub, from the simulated channel to the receiver."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from companion.kernel.tasks import TaskSupervisor
from companion.ports.twitch import (
    ChatMessage,
    Cheered,
    Followed,
    Notification,
    Raided,
    RedemptionAdded,
    RedemptionUpdated,
    Resubscribed,
    Subscribed,
    SubsGifted,
)
from companion.ports.viewers import Role
from companion.services.http import HttpCaller
from companion.services.twitch.subscriptions import ALL_SUBSCRIPTIONS, subscriptions_for
from companion.simulator.testing import PUBLIC_CLIENT_ID, RunningSimulator
from tests.contract.twitch.clients import LOGGER, eventsub_client, twitch_service
from tests.contract.twitch.steering import order
from tests.fakes.twitch import STREAMER, FakeReceiver, FakeTokenSource

SCOPES = sorted({request.scope for request in ALL_SUBSCRIPTIONS if request.scope is not None})
FENNEL = {"login": "fennelbrook", "name": "FennelBrook"}


class Stage:
    def __init__(self, sim: RunningSimulator, http: HttpCaller) -> None:
        self.sim = sim
        self.receiver = FakeReceiver()
        self.supervisor = TaskSupervisor(LOGGER)
        self.tokens = FakeTokenSource(client_id=PUBLIC_CLIENT_ID)
        self.sign_in([])
        service = twitch_service(sim, http, self.tokens)
        self.eventsub = eventsub_client(sim, service, self.receiver, self.supervisor)

    def sign_in(self, scopes: list[str]) -> None:
        self.tokens.token = self.sim.login_twitch(scopes=scopes).access_token
        self.tokens.scopes = frozenset(scopes)

    async def listen(self, scopes: list[str]) -> None:
        """Connect with a login of these scopes, and wait until everything stands."""
        self.sign_in(scopes)
        self.eventsub.set_subscriptions(subscriptions_for(scopes))
        self.eventsub.start()
        self.eventsub.set_enabled(True)
        await self.receiver.wait_until(lambda: bool(self.receiver.gaps))

    async def tell(self, name: str, **fields: object) -> Notification:
        """The one notification that comes of it."""
        before = len(self.receiver.notifications)
        await order(self.sim, name, **fields)
        await self.receiver.wait_until(lambda: len(self.receiver.notifications) > before)
        return self.receiver.notifications[before]

    async def stop(self) -> None:
        await self.eventsub.stop(1)
        self.supervisor.close()
        assert await self.supervisor.drain(1) == ()


@pytest_asyncio.fixture
async def stage(sim: RunningSimulator, http: HttpCaller) -> AsyncIterator[Stage]:
    stage = Stage(sim, http)
    yield stage
    await stage.stop()


async def test_with_every_permission_everything_is_subscribed(stage: Stage) -> None:
    await stage.listen(SCOPES)
    status = stage.eventsub.status()
    assert set(status.subscriptions) == {request.type for request in ALL_SUBSCRIPTIONS}
    assert status.failed_subscriptions == ()


async def test_without_a_permission_nothing_is_refused_since_nothing_is_asked(stage: Stage) -> None:
    await stage.listen([])
    status = stage.eventsub.status()
    assert set(status.subscriptions) == {"stream.online", "stream.offline", "channel.raid"}
    assert status.failed_subscriptions == ()


async def test_a_sign_in_with_more_permissions_adds_to_the_same_session(stage: Stage) -> None:
    await stage.listen([])
    stage.sign_in(SCOPES)
    stage.eventsub.set_subscriptions(subscriptions_for(SCOPES))
    await stage.receiver.wait_until(lambda: len(stage.receiver.gaps) > 1)
    assert len(stage.eventsub.status().subscriptions) == len(ALL_SUBSCRIPTIONS)
    assert stage.receiver.gaps[1].since is None, "what was bought before is looked up"
    told = await stage.tell("chat", text="hello")
    assert isinstance(told, ChatMessage)


async def test_people_who_come_and_give(stage: Stage) -> None:
    await stage.listen(SCOPES)
    follow = await stage.tell("follow", viewer=FENNEL)
    assert isinstance(follow, Followed)
    assert (follow.viewer.login, follow.viewer.display_name) == ("fennelbrook", "FennelBrook")
    subscribed = await stage.tell("subscribe", viewer=FENNEL, tier="2000")
    assert isinstance(subscribed, Subscribed) and (subscribed.tier, subscribed.is_gift) == (2, False)
    again = await stage.tell("resubscribe", viewer=FENNEL, months=15)
    assert isinstance(again, Resubscribed) and (again.tier, again.months) == (1, 15)
    raided = await stage.tell("raid", viewers=42)
    assert isinstance(raided, Raided) and (raided.raider.login, raided.viewers) == ("mossybellows", 42)


async def test_a_gift_bomb_is_one_gift_and_its_receivers(stage: Stage) -> None:
    await stage.listen(SCOPES)
    await stage.tell("gift", viewer=FENNEL, total=3)
    await stage.receiver.wait_until(lambda: len(stage.receiver.notifications) == 4)
    gifts = [told for told in stage.receiver.notifications if isinstance(told, SubsGifted)]
    received = [told for told in stage.receiver.notifications if isinstance(told, Subscribed)]
    assert [(gift.count, gift.viewer.login if gift.viewer else None) for gift in gifts] == [(3, "fennelbrook")]
    assert len(received) == 3
    assert all(one.is_gift for one in received)
    await order(stage.sim, "gift", viewer=None, total=1)
    await stage.receiver.wait_until(lambda: len(stage.receiver.notifications) == 6)
    assert [told.viewer for told in stage.receiver.notifications[4:] if isinstance(told, SubsGifted)] == [None]


async def test_cheers_with_and_without_a_name(stage: Stage) -> None:
    await stage.listen(["bits:read"])
    named = await stage.tell("cheer", viewer=FENNEL, bits=250)
    assert isinstance(named, Cheered) and named.bits == 250 and named.viewer is not None
    nameless = await stage.tell("cheer", viewer=None, bits=100)
    assert isinstance(nameless, Cheered) and nameless.viewer is None


@pytest.mark.parametrize("role", ["subscriber", "vip", "moderator"])
async def test_roles_come_from_badges(stage: Stage, role: Role) -> None:
    await stage.listen(["user:read:chat"])
    nobody = await stage.tell("chat", viewer=FENNEL, text="hello")
    assert isinstance(nobody, ChatMessage) and nobody.role == "everyone"
    await order(stage.sim, "roles", viewer=FENNEL, roles=[role])
    somebody = await stage.tell("chat", viewer=FENNEL, text="hello", reply_to=nobody.chat_id)
    assert isinstance(somebody, ChatMessage)
    assert (somebody.role, somebody.reply_to) == (role, nobody.chat_id)
    owner = await stage.tell("chat", viewer={"login": STREAMER.login}, text="!skip")
    assert isinstance(owner, ChatMessage) and owner.role == "broadcaster"


async def test_a_shared_chat_brings_lines_of_other_channels(stage: Stage) -> None:
    await stage.listen(["user:read:chat"])
    theirs = await stage.tell("chat", viewer=FENNEL, text="!sr x", source="mossybellows")
    assert isinstance(theirs, ChatMessage) and theirs.from_other_channel
    ours = await stage.tell("chat", viewer=FENNEL, text="!sr x", source=STREAMER.login)
    assert isinstance(ours, ChatMessage) and not ours.from_other_channel


async def test_redemptions_made_and_settled(stage: Stage) -> None:
    await stage.listen(["channel:manage:redemptions"])
    fields = {"title": "Song", "cost": 700, "is_user_input_required": True}
    reward = await order(stage.sim, "rewards", client_id=PUBLIC_CLIENT_ID, **fields)
    added = await stage.tell("redemptions", reward=reward["id"], viewer=FENNEL, text="Copper Tides")
    assert isinstance(added, RedemptionAdded)
    bought = added.redemption
    assert (bought.reward_id, bought.user_input, bought.status) == (reward["id"], "Copper Tides", "unfulfilled")
    assert (bought.cost, bought.viewer.display_name) == (700, "FennelBrook")
    updated = await stage.tell("redemptions/settle", id=bought.id, status="CANCELED")
    assert isinstance(updated, RedemptionUpdated)
    assert (updated.redemption.id, updated.redemption.status) == (bought.id, "canceled")


async def test_a_rush_arrives_whole_and_in_batches(stage: Stage) -> None:
    await stage.listen(["channel:manage:redemptions"])
    reward = await order(stage.sim, "rewards", title="Song", client_id=PUBLIC_CLIENT_ID)
    await order(stage.sim, "redemptions/burst", reward=[reward["id"]], count=2000, duplicates=200)
    await stage.receiver.wait_until(lambda: len(stage.receiver.notifications) >= 2000)
    ids = [told.redemption.id for told in stage.receiver.notifications if isinstance(told, RedemptionAdded)]
    assert len(ids) == len(set(ids)) == 2000
    assert sum(stage.receiver.batches) == 2000
    assert max(stage.receiver.batches) <= 200
