"""Channel points in motion: redeeming and settling, with the notifications that follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from companion.kernel.instant import format_instant, parse_instant
from companion.simulator.answers import Json
from companion.simulator.crowd import Crowd, user_fields
from companion.simulator.eventsub_hub import EventSubHub
from companion.simulator.people import TwitchPerson
from companion.simulator.reward_book import Redemption, Reward, RewardBook, Status
from companion.simulator.stream_stage import StreamStage
from companion.simulator.world import World

_TYPE = "channel.channel_points_custom_reward_redemption"


class NotRedeemableError(Exception):
    """What the viewer would read instead of a redemption."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Who redeems and with which words."""

    viewer: TwitchPerson
    text: str = ""


class Points:
    """What viewers and the streamer do with rewards."""

    def __init__(self, *, world: World, book: RewardBook, crowd: Crowd, hub: EventSubHub, stage: StreamStage) -> None:
        self._world = world
        self._book = book
        self._crowd = crowd
        self._hub = hub
        self._stage = stage

    def check(self, reward: Reward, wish: Wish) -> None:
        """Raises `NotRedeemableError` when Twitch would not let this viewer redeem now."""
        if not reward.is_enabled or reward.is_paused:
            raise NotRedeemableError("the reward is paused or disabled")
        if reward.is_user_input_required and not wish.text.strip():
            raise NotRedeemableError("this reward needs a text")
        limited = reward.is_max_per_stream_enabled or reward.is_max_per_user_per_stream_enabled
        if not (limited or reward.is_global_cooldown_enabled):
            return
        stream = self._stage.live()
        since = format_instant(stream.started_at) if stream is not None else ""
        of_reward = [one for one in self._book.redemptions.values() if one.reward_id == reward.id]
        counted = [one for one in of_reward if one.status != "CANCELED" and one.redeemed_at >= since]
        if reward.is_max_per_stream_enabled and len(counted) >= reward.max_per_stream:
            raise NotRedeemableError("the limit per stream is reached")
        own = [one for one in counted if one.user_id == wish.viewer.id]
        if reward.is_max_per_user_per_stream_enabled and len(own) >= reward.max_per_user_per_stream:
            raise NotRedeemableError("the limit per viewer and stream is reached")
        if reward.is_global_cooldown_enabled and of_reward:
            passed = (self._world.now() - parse_instant(of_reward[-1].redeemed_at)).total_seconds()
            if passed < reward.global_cooldown_seconds:
                raise NotRedeemableError("the reward is on cooldown")

    def make(self, reward: Reward, wishes: Sequence[Wish]) -> list[Redemption]:
        """Redemptions, all written down at once and told to nobody yet."""
        at, first = format_instant(self._world.now()), self._book.next_number()
        shown: Json = {"id": reward.id, "title": reward.title, "cost": reward.cost, "prompt": reward.prompt}
        made = [
            Redemption(
                nth=first + offset,
                id=self._world.uuid(),
                broadcaster=reward.broadcaster,
                user_id=wish.viewer.id,
                user_login=wish.viewer.login,
                user_name=wish.viewer.display_name,
                user_input=wish.text if reward.is_user_input_required else "",
                reward_id=reward.id,
                reward=shown,
                redeemed_at=at,
                status="FULFILLED" if reward.should_redemptions_skip_request_queue else "UNFULFILLED",
            )
            for offset, wish in enumerate(wishes)
        ]
        self._book.add(made)
        return made

    async def redeem(self, reward: Reward, wish: Wish) -> Redemption:
        """One redemption, told to whoever listens. Raises `NotRedeemableError`."""
        self.check(reward, wish)
        made = self.make(reward, [wish])[0]
        await self.tell(made, "add")
        return made

    async def settle(self, redemptions: Sequence[Redemption], status: Status, by: str) -> None:
        """Fulfil or cancel, and tell."""
        self._book.settle(redemptions, status, by)
        for one in redemptions:
            await self.tell(one, "update")

    async def delete(self, reward: Reward, by: str) -> int:
        """Remove a reward; what waited is fulfilled and told. How many those were."""
        gone = self._book.delete(reward, by)
        for one in gone:
            await self.tell(one, "update")
        return len(gone)

    async def tell(self, one: Redemption, what: str) -> int:
        """Send the notification `add` or `update`; how many sockets took it."""
        return await self._hub.notify(f"{_TYPE}.{what}", self.event(one))

    def event(self, one: Redemption) -> Json:
        """The redemption as EventSub writes it: the status is in lower case there."""
        return {
            "id": one.id,
            **user_fields(self._crowd.known(one.broadcaster), "broadcaster_"),
            "user_id": one.user_id,
            "user_login": one.user_login,
            "user_name": one.user_name,
            "user_input": one.user_input,
            "status": one.status.lower(),
            "reward": one.reward,
            "redeemed_at": one.redeemed_at,
        }
