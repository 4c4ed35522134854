"""Going live and going offline, on the world and on the wire."""

from __future__ import annotations

from datetime import timedelta

from companion.kernel.instant import Instant
from companion.simulator.answers import Json
from companion.simulator.eventsub_hub import EventSubHub
from companion.simulator.people import TWITCH_PEOPLE
from companion.simulator.world import World
from companion.simulator.world_state import Stream


class StreamStage:
    """What the streamer's encoder does."""

    def __init__(self, *, world: World, hub: EventSubHub) -> None:
        self._world = world
        self._hub = hub

    def live(self) -> Stream | None:
        """The stream that runs now, whatever Helix shows."""
        stream = self._world.state.twitch.stream
        return stream if stream is not None and stream.ended_at is None else None

    async def go_online(
        self,
        *,
        stream_id: str | None = None,
        started_at: Instant | None = None,
        title: str | None = None,
        viewers: int = 87,
        helix_lag: float = 0.0,
        silent: bool = False,
    ) -> Stream:
        """Start a stream. Helix shows it `helix_lag` seconds later; `silent` sends no notification."""
        now = self._world.now()
        twitch = self._world.state.twitch
        twitch.stream = Stream(
            stream_id=stream_id or str(self._world.random.randrange(10**10, 10**11)),
            started_at=started_at or now,
            helix_shows_at=now + timedelta(seconds=helix_lag),
            viewer_count=viewers,
        )
        if title is not None:
            twitch.channel.title = title
        self._world.commit()
        if not silent:
            started = self._world.nano_timestamp(twitch.stream.started_at)
            event: Json = {"id": twitch.stream.stream_id, **self._broadcaster(), "type": "live", "started_at": started}
            await self._hub.notify("stream.online", event)
        return twitch.stream

    async def go_offline(self, *, helix_lag: float = 0.0, silent: bool = False) -> bool:
        """End the stream; `False` when none runs. Helix hides it `helix_lag` seconds later."""
        stream = self.live()
        if stream is None:
            return False
        stream.ended_at = self._world.now()
        stream.helix_hides_at = self._world.after(helix_lag)
        self._world.commit()
        if not silent:
            await self._hub.notify("stream.offline", self._broadcaster())
        return True

    def set_viewers(self, count: int) -> bool:
        """Say how many watch; `False` when nothing is live."""
        stream = self.live()
        if stream is None:
            return False
        stream.viewer_count = count
        self._world.commit()
        return True

    def _broadcaster(self) -> Json:
        person = TWITCH_PEOPLE[self._world.state.twitch.streamer]
        return {
            "broadcaster_user_id": person.id,
            "broadcaster_user_login": person.login,
            "broadcaster_user_name": person.display_name,
        }
