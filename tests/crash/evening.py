"""One evening from sign-in to quit, told inside a Companion process; begun again, it goes on where it was cut off."""

from __future__ import annotations

from typing import Any

from companion.bootstrap.graph import Graph
from companion.kernel.result import Ok
from tests.crash.backstage import PATIENCE, Backstage, MortalProcess, running, until
from tests.crash.deaths import Deaths

STREAM = "41000077"


async def spend_evening(process: MortalProcess, simulator: str, deaths: Deaths) -> dict[str, Any]:
    """Run Companion, tell it the evening, quit. The answer is what stood at the start, and which logins were lost."""
    deaths.begin()
    async with running(process) as graph:
        evening = _Evening(graph, simulator)
        found = evening.found()
        lost = await evening.sign_in_where_needed()
        await evening.stream()
        evening.check_quiet()
    return {"found": found, "lost": lost}


class _Evening(Backstage):
    """The steps. Each looks first whether it has been taken already."""

    def __init__(self, graph: Graph, simulator: str) -> None:
        super().__init__(graph, simulator)
        self._lifecycle = graph.stream.lifecycle

    def found(self) -> dict[str, Any]:
        """The stream's state as this process found it, and whether each login has been told of it."""
        logins = (self.graph.logins.twitch, self.graph.logins.spotify)
        is_live = self._lifecycle.get_is_live()
        return {"is_live": is_live, "told": [login._keeper.state.live is is_live for login in logins]}

    async def stream(self) -> None:
        """Go live, be counted twice, have both logins renewed, go offline: as far as it has not happened."""
        if await self.stream_at_twitch() is None:
            await self.steer("stream/online", stream_id=STREAM, viewers=61)
        if await self.stream_at_twitch() == "live":
            await until(self._counted, "the stream is live and counted")
            await self._lifecycle.reconcile()
            await self.steer("twitch/expire")
            await self.steer("spotify/expire")
            assert isinstance(await self._lifecycle.reconcile(), Ok)
            await self.graph.stream.playback.refresh()
            await self.steer("stream/offline")
        if self._lifecycle.get_is_live() and not await self._goes_offline(2.0):
            # It was told to the process that was killed. Twitch would be asked five times over five minutes.
            streamer = {"broadcaster_user_id": "900100", "broadcaster_user_login": "lanternharbor"}
            event = {**streamer, "broadcaster_user_name": "LanternHarbor"}
            await self.steer("eventsub/notify", type="stream.offline", event=event)
        assert await self._goes_offline(PATIENCE)

    def check_quiet(self) -> None:
        """Both logins stand at the end."""
        for login in (self.graph.logins.twitch, self.graph.logins.spotify):
            assert login.status().phase == "authorized", login.status()

    def _counted(self) -> bool:
        state = self._lifecycle.get_stream_state()
        return state.is_live and state.viewer_count == 61 and not self._todos()

    async def _goes_offline(self, patience: float) -> bool:
        try:
            await until(lambda: not self._lifecycle.get_is_live() and not self._todos(), "offline", patience)
        except TimeoutError:
            return False
        return True

    def _todos(self) -> bool:
        """Whether something that a transition left to be done is being done."""
        return self._lifecycle.gate.locked()
