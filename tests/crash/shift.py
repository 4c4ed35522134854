"""Shifts of a long night: Companion works off whatever comes, until it is killed; the last one ends what is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from companion.bootstrap.graph import Graph
from companion.kernel.result import Ok
from companion.services.control.client import call
from companion.services.control.codec import Json
from tests.crash.backstage import BUDGET_PATIENCE, Backstage, MortalProcess, running, until, until_true
from tests.crash.deaths import Deaths
from tests.crash.dj import Dj
from tests.crash.loose_ends import found, loose_ends
from tests.fakes.song_rules import everywhere

STREAM = "41000079"
NEVER_SEEN = {
    "runs": "SELECT 'song_request ' || id || ' waiting' FROM song_requests"
    " WHERE state = 'handed_over' AND seen_at IS NULL",
}
_LONGEST = 600.0


async def work_shift(process: MortalProcess, simulator: str, _deaths: Deaths) -> dict[str, Any]:
    """Work until killed."""
    async with running(process) as graph:
        shift = _Shift(graph, simulator)
        await shift.open()
        process.opened.touch()
        while True:
            await shift.dj.step()


async def work_off(process: MortalProcess, simulator: str, _deaths: Deaths) -> dict[str, Any]:
    """Work until nothing is left but songs that Spotify took and never showed: those are given an hour."""
    async with running(process) as graph:
        shift = _Shift(graph, simulator)
        await shift.open()
        await shift.work_off(NEVER_SEEN)
        return {"never_seen": found(shift.data, NEVER_SEEN)}


async def work_last_shift(process: MortalProcess, simulator: str, _deaths: Deaths) -> dict[str, Any]:
    """Work until nothing is left, let the streamer decide what needs them, end the stream; what was found then."""
    async with running(process) as graph:
        shift = _Shift(graph, simulator)
        await shift.open()
        await shift.work_off()
        needed = await shift.decide()
        await shift.work_off()
        await shift.close()
        return {"needs_you": needed, **await shift.told()}


class _Shift(Backstage):
    def __init__(self, graph: Graph, simulator: str) -> None:
        super().__init__(graph, simulator)
        self._objects = graph.evening.objects
        self.dj = Dj(self)

    async def open(self) -> None:
        """Rules that refuse nothing, for there are more requests than songs; then rewards, music, stream."""
        await self.sign_in_where_needed()
        songs = self._objects.songs
        wide = everywhere(songs.get_settings(), queue_cap=500, duplicate_window=timedelta(0))
        if songs.get_settings() != wide:
            assert isinstance(await songs.set_settings(wide), Ok)
        await self.open_rewards()
        if (await self.world())["spotify"]["player"]["kind"] == "nothing":
            await self.steer("spotify/play", track=0)
        if await self.stream_at_twitch() is None:
            await self.steer("stream/online", stream_id=STREAM, viewers=61)
            await until(self.is_raffle_open, "the raffle and both rewards are open", BUDGET_PATIENCE)

    async def work_off(self, besides: Mapping[str, str] = MappingProxyType({})) -> None:
        """Go on until nothing is left to do but what the queries `besides` find."""

        def left() -> Sequence[str]:
            known = found(self.data, besides)
            return [end for end in loose_ends(self.data) if end not in known]

        async def done() -> bool:
            await self.dj.step()
            return not left()

        await until_true(done, lambda: f"all is done but {left()}", patience=_LONGEST)

    async def decide(self) -> list[dict[str, Any]]:
        """The streamer decides, over the control socket, by turns to refund and to fulfil; what there was to decide."""
        found = await self._control("sagas.needs_you")
        for place, run in enumerate(found["runs"]):
            wish = "refund" if place % 2 == 0 else "fulfil"
            offers = run["offers"]
            await self._control("sagas.settle", run_id=run["id"], settlement=wish if wish in offers else offers[0])
        return list(found["runs"])

    async def close(self) -> None:
        """The stream ends, and with it the epoch: its seed is revealed."""
        await self.steer("stream/offline")
        await until(lambda: not self.graph.stream.lifecycle.get_is_live(), "offline")
        await until(self.is_revealed, "the seed is revealed")

    async def told(self) -> dict[str, Any]:
        """What Companion knows at the end."""
        verified = await self._objects.raffle.verify()
        assert isinstance(verified, Ok), verified
        left = await self._control("sagas.needs_you")
        return {
            "left": left["runs"],
            "sound": verified.value.sound,
            "problems": [problem for verdict in verified.value.epochs for problem in verdict.problems],
            "rolls": sum(verdict.rolls for verdict in verified.value.epochs),
        }

    async def _control(self, method: str, **params: Json) -> Any:  # noqa: ANN401 - whatever that method answers
        answer = await call(self.data, method, params)
        assert isinstance(answer, Ok), answer
        return answer.value
