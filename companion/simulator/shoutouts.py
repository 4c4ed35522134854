"""Shout-outs: one every 2 minutes, the same channel once in 60, and only while live with somebody watching.

Source: dev.twitch.tv/docs/api/reference#send-a-shoutout.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from companion.kernel.instant import Instant, parse_instant
from companion.simulator.crowd import Crowd, user_fields
from companion.simulator.eventsub_hub import EventSubHub
from companion.simulator.ledger import Ledger
from companion.simulator.stream_stage import StreamStage
from companion.simulator.world import World

_ANY: Final = timedelta(minutes=2)
_SAME: Final = timedelta(minutes=60)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An HTTP status and Helix's words for it."""

    status: int
    message: str


class ShoutoutDesk:
    """Remembers, by way of the ledger, whom the streamer has shouted out and when."""

    def __init__(self, *, world: World, ledger: Ledger, crowd: Crowd, hub: EventSubHub, stage: StreamStage) -> None:
        self._world = world
        self._ledger = ledger
        self._crowd = crowd
        self._hub = hub
        self._stage = stage
        self._given: dict[str, Instant] = {
            str(entry["to_id"]): parse_instant(str(entry["at"])) for entry in ledger if entry["kind"] == "shoutout"
        }

    async def shout_out(self, source: str, target: str, moderator: str) -> Refusal | None:
        """Give one, or say why not."""
        refusal = self._refused(source, target, moderator)
        if refusal is not None:
            return refusal
        stream = self._stage.live()
        if stream is None or stream.viewer_count < 1:
            return Refusal(400, "The broadcaster is not streaming live or does not have one or more viewers.")
        now = self._world.now()
        if any(now - at < _ANY for at in self._given.values()):
            return Refusal(429, "The broadcaster exceeded the number of Shoutouts they may send in 2 minutes.")
        if target in self._given and now - self._given[target] < _SAME:
            return Refusal(429, "The broadcaster exceeded the number of Shoutouts to one broadcaster in 60 minutes.")
        self._ledger.record("shoutout", {"to_id": target, "by": moderator}, now)
        self._given[target] = now
        await self._tell(target, moderator, now, stream.viewer_count)
        return None

    async def _tell(self, target: str, moderator: str, now: Instant, viewers: int) -> None:
        giver = self._crowd.find(moderator) or self._crowd.streamer()
        await self._hub.notify(
            "channel.shoutout.create",
            {
                **user_fields(self._crowd.streamer(), "broadcaster_"),
                **user_fields(giver, "moderator_"),
                **user_fields(self._crowd.known(target), "to_broadcaster_"),
                "viewer_count": viewers,
                "started_at": self._world.nano_timestamp(now),
                "cooldown_ends_at": self._world.nano_timestamp(now + _ANY),
                "target_cooldown_ends_at": self._world.nano_timestamp(now + _SAME),
            },
        )

    def _refused(self, source: str, target: str, moderator: str) -> Refusal | None:
        if source != self._crowd.streamer().id:
            return Refusal(400, "The ID in from_broadcaster_id is not valid.")
        if self._crowd.find(target) is None:
            return Refusal(400, "The ID in to_broadcaster_id is not valid.")
        if not {"broadcaster", "moderator"} & set(self._crowd.roles(moderator)):
            return Refusal(403, "The user in moderator_id is not one of the broadcaster's moderators.")
        if source == target:
            return Refusal(400, "The broadcaster may not give themselves a Shoutout.")
        return None

    def clear(self) -> None:
        """Forget every shout-out."""
        self._given.clear()
