"""What happens in a channel beside chat and points: raids, follows, subscriptions, cheers.

Source: dev.twitch.tv/docs/eventsub/eventsub-reference.
"""

from __future__ import annotations

from companion.simulator.answers import Json
from companion.simulator.chat_room import ChatRoom, Line
from companion.simulator.crowd import Crowd, Viewer, user_fields
from companion.simulator.eventsub_hub import EventSubHub
from companion.simulator.people import TwitchPerson
from companion.simulator.world import World

_NOBODY: Json = {"user_id": None, "user_login": None, "user_name": None}


class ChannelEvents:
    """Each method sends what Twitch sends; how many notifications sockets took."""

    def __init__(self, *, world: World, crowd: Crowd, hub: EventSubHub, room: ChatRoom) -> None:
        self._world = world
        self._crowd = crowd
        self._hub = hub
        self._room = room

    async def raid(self, who: TwitchPerson, viewers: int) -> int:
        """Somebody sends their viewers here."""
        event = {
            **user_fields(who, "from_broadcaster_"),
            **user_fields(self._crowd.streamer(), "to_broadcaster_"),
            "viewers": viewers,
        }
        return await self._hub.notify("channel.raid", event)

    async def follow(self, who: TwitchPerson) -> int:
        """A new follower."""
        event = {**user_fields(who), **self._here(), "followed_at": self._world.nano_timestamp()}
        return await self._hub.notify("channel.follow", event)

    async def subscribe(self, who: TwitchPerson, tier: str, *, is_gift: bool = False) -> int:
        """A first subscription."""
        event = {**user_fields(who), **self._here(), "tier": tier, "is_gift": is_gift}
        return await self._hub.notify("channel.subscribe", event)

    async def gift(self, who: TwitchPerson | None, total: int, tier: str, cumulative: int | None) -> int:
        """One gift and `total` subscriptions; which comes first is left to chance, as it is at Twitch."""
        place = self._world.random.randrange(total + 1)
        told = 0
        for number in range(total + 1):
            if number == place:
                told += await self._gift_event(who, total, tier, cumulative)
            else:
                key = self._world.random.randrange(10**6)
                lucky = self._crowd.see(Viewer(login=f"luckyguest{key}", name=f"LuckyGuest{key}"))
                told += await self.subscribe(lucky, tier, is_gift=True)
        return told

    async def _gift_event(self, who: TwitchPerson | None, total: int, tier: str, cumulative: int | None) -> int:
        event: Json = {
            **(user_fields(who) if who is not None else _NOBODY),
            **self._here(),
            "total": total,
            "tier": tier,
            "cumulative_total": cumulative if who is not None else None,
            "is_anonymous": who is None,
        }
        return await self._hub.notify("channel.subscription.gift", event)

    async def resubscribe(self, who: TwitchPerson, tier: str, text: str, months: int, streak: int | None) -> int:
        """A renewal with its message."""
        event: Json = {
            **user_fields(who),
            **self._here(),
            "tier": tier,
            "message": {"text": text, "emotes": []},
            "cumulative_months": months,
            "streak_months": streak,
            "duration_months": 1,
        }
        return await self._hub.notify("channel.subscription.message", event)

    async def cheer(self, who: TwitchPerson | None, bits: int, text: str) -> int:
        """Bits: an event, and for a person who is named also the chat line that carried them."""
        message = f"cheer{bits} {text}".strip()
        event: Json = {
            "is_anonymous": who is None,
            **(user_fields(who) if who is not None else _NOBODY),
            **self._here(),
            "message": message,
            "bits": bits,
        }
        told = await self._hub.notify("channel.cheer", event)
        if who is not None:
            await self._room.show(Line(sender=who, text=message, by="viewer", extra={"cheer": {"bits": bits}}))
            used: Json = {"type": "cheer", "power_up": None, "message": {"text": message, "fragments": []}}
            told += await self._hub.notify(
                "channel.bits.use", {**self._here(), **user_fields(who), "bits": bits, **used}
            )
        return told

    def _here(self) -> Json:
        return user_fields(self._crowd.streamer(), "broadcaster_")
